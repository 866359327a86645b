import { Avatar } from "@mantine/core";
import classes from "./AccountAvatar.module.css";
import { PlatformIcon } from "./PlatformIcon";

interface Props {
  platform: string;
  url: string | null;
  size?: number;
}

/** An account's picture with its platform's mark; the mark alone where there is none. */
export function AccountAvatar({ platform, url, size = 36 }: Props) {
  // Pictures of other servers are not asked for: a person's browser tells nobody what it shows.
  const own = url?.startsWith("data:image/") ? url : null;
  if (!own) {
    return (
      <span className={classes.mark} style={{ width: size, height: size }}>
        <PlatformIcon platform={platform} size={size / 2} decorative />
      </span>
    );
  }
  return (
    <span className={classes.avatar}>
      <Avatar src={own} size={size} radius="xl" alt="" style={{ width: size, height: size }} />
      <span className={classes.badge}>
        <PlatformIcon platform={platform} size={12} decorative />
      </span>
    </span>
  );
}

import { PlatformIcon } from "@/components/ui/PlatformIcon";
import type { Platform } from "@/lib/python-backend/types";
import classes from "./Connect.module.css";

interface Props {
  platforms: Platform[];
  onChoose: (name: string) => void;
}

/** Every platform an account can be connected of. */
export function PlatformGrid({ platforms, onChoose }: Props) {
  return (
    <ul className={classes.grid}>
      {platforms
        .filter(({ ways }) => ways.length > 0)
        .map(({ name, label }) => (
          <li key={name}>
            <button type="button" className={classes.platform} onClick={() => onChoose(name)}>
              <PlatformIcon platform={name} size={22} decorative />
              <span>{label}</span>
            </button>
          </li>
        ))}
    </ul>
  );
}

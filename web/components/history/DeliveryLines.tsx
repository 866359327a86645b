import { useQuery } from "@tanstack/react-query";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { SandboxMark } from "@/components/ui/SandboxMark";
import { useWords } from "@/hooks/useWords";
import { accountsQuery } from "@/lib/python-backend/api/accounts";
import type { Account, Delivery, Post } from "@/lib/python-backend/types";
import { DeliveryLine } from "./DeliveryLine";
import classes from "./DeliveryLines.module.css";

/** Where the post goes: each delivery with its state or, before it is scheduled, each account. */
export function DeliveryLines({ post, zone }: { post: Post; zone: string }) {
  const words = useWords();
  const { data: accounts } = useQuery(accountsQuery);
  if (post.deliveries.some(hasNews)) {
    return (
      <ul className={classes.lines} aria-label={words("post.deliveries")}>
        {post.deliveries.map((delivery) => (
          <DeliveryLine key={delivery.id} delivery={delivery} zone={zone} />
        ))}
      </ul>
    );
  }
  const targets = targetsOf(post, accounts ?? []);
  if (targets.length === 0) return null;
  return (
    <ul className={classes.targets} aria-label={words("post.targets")}>
      {targets.map(({ platform, handle, sandbox }) => (
        <li key={`${platform} ${handle}`}>
          <PlatformIcon platform={platform} />
          {handle}
          {sandbox && <SandboxMark compact />}
        </li>
      ))}
    </ul>
  );
}

/** Whether a delivery has more to say than that it waits, which the post's status says. */
function hasNews({ state, error }: Delivery): boolean {
  return error !== null || (state !== "scheduled" && state !== "canceled");
}

interface Target {
  platform: string;
  handle: string;
  sandbox: boolean;
}

function targetsOf(post: Post, accounts: Account[]): Target[] {
  if (post.deliveries.length > 0) return post.deliveries;
  if (post.accounts.length > 0) return accounts.filter(({ id }) => post.accounts.includes(id));
  return post.platforms.map(
    (platform) =>
      accounts.find((account) => account.platform === platform) ?? {
        platform,
        handle: "",
        sandbox: false,
      },
  );
}

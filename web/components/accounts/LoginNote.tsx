import { IconAlertTriangle, IconClock } from "@tabler/icons-react";
import { useNow } from "@/hooks/useNow";
import { useWords } from "@/hooks/useWords";
import type { Account } from "@/lib/python-backend/types";
import { fullMoment } from "@/lib/time/format";
import classes from "./AccountRow.module.css";

/** From so long before its end on a login that nothing renews is a matter for a person. */
const SOON = 7 * 86_400_000;

/** Why an account needs a person, or until when its login lasts. */
export function LoginNote({ account, zone }: { account: Account; zone: string }) {
  const words = useWords();
  const now = useNow(60_000);
  const { problem, login_ends_at: ends, renew_at: renews, status } = account;
  if (status === "needs_login") {
    return (
      <div className={classes.note} data-kind="blocked">
        <span>
          <IconAlertTriangle size={14} aria-hidden />
          {problem || words("accounts.needsPerson")}
        </span>
      </div>
    );
  }
  if (!ends || status !== "connected") return null;
  const at = fullMoment(Date.parse(ends), zone);
  const soon = !renews && Date.parse(ends) - now < SOON;
  const Icon = soon ? IconAlertTriangle : IconClock;
  return (
    <div className={classes.note} data-kind={soon ? "blocked" : undefined}>
      <span>
        <Icon size={14} aria-hidden />
        {words(renews ? "accounts.renewed" : soon ? "accounts.endsSoon" : "accounts.ends", { at })}
      </span>
    </div>
  );
}

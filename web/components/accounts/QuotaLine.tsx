import { useWords } from "@/hooks/useWords";
import type { Quota } from "@/lib/python-backend/types";
import { fullMoment, span } from "@/lib/time/format";
import classes from "./AccountRow.module.css";

/** How much of an account's quota is left now, and when there is room again. */
export function QuotaLine({ quota, zone }: { quota: Quota | null; zone: string }) {
  const words = useWords();
  if (!quota) return null;
  const { left, limit, next_free_at: free } = quota;
  return (
    <div className={classes.note} data-kind={left > 0 ? undefined : "blocked"}>
      <span>
        {words("accounts.quota", { left, limit, span: span(quota.window_seconds) })}
        {left <= 0 &&
          free &&
          ` ${words("accounts.quotaFree", { at: fullMoment(Date.parse(free), zone) })}`}
      </span>
    </div>
  );
}

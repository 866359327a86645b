import { IconExternalLink } from "@tabler/icons-react";
import { Moment } from "@/components/ui/Moment";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { SandboxMark } from "@/components/ui/SandboxMark";
import { type MessageId, useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import type { Delivery } from "@/lib/python-backend/types";
import { lateness } from "@/lib/time/format";
import classes from "./DeliveryLine.module.css";

const STATES: Record<string, MessageId> = {
  staging: "delivery.staging",
  staged: "delivery.staged",
  claimed: "delivery.claimed",
  sending: "delivery.sending",
  unknown: "delivery.unknown",
  held: "delivery.held",
  published: "delivery.published",
  failed: "delivery.failed",
  missed: "delivery.missed",
  unconfirmed: "delivery.unconfirmed",
  canceled: "delivery.canceled",
};

/** One account's copy of the post: its state, its lateness, and where to see it. */
export function DeliveryLine({ delivery, zone }: { delivery: Delivery; zone: string }) {
  const words = useWords();
  const { platform, handle, state, permalink, next_at: nextAt, error } = delivery;
  const retrying = nextAt && (delivery.failures > 0 || error) && state !== "published";
  return (
    <li className={classes.line} data-state={state}>
      <span className={classes.account}>
        <PlatformIcon platform={platform} />
        {handle}
        {delivery.sandbox && <SandboxMark compact />}
      </span>
      <div className={classes.facts}>
        <span className={classes.state}>{stateOf(delivery, words)}</span>
        {permalink && (
          <a href={permalink} target="_blank" rel="noreferrer" className={classes.link}>
            {words("delivery.view", { label: labelOf(platform) })}
            <IconExternalLink size={13} aria-hidden />
          </a>
        )}
        {retrying && (
          <span>
            {words(state === "unknown" ? "delivery.look" : "delivery.next")}{" "}
            <Moment instant={nextAt} zone={zone} timeOnly />
          </span>
        )}
        {error && state !== "published" && <span className={classes.error}>{error.message}</span>}
      </div>
    </li>
  );
}

function stateOf(delivery: Delivery, words: ReturnType<typeof useWords>): string {
  const { state, late_ms: late, platform } = delivery;
  if (state === "published" && late != null) {
    return words("delivery.sent", { late: lateness(late) });
  }
  if (state === "scheduled" && delivery.error) return words("delivery.waiting");
  return words(STATES[state] ?? "delivery.scheduled", { label: labelOf(platform) });
}

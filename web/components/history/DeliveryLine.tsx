import { IconExternalLink } from "@tabler/icons-react";
import { Moment } from "@/components/ui/Moment";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { SandboxMark } from "@/components/ui/SandboxMark";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import type { Delivery } from "@/lib/python-backend/types";
import classes from "./DeliveryLine.module.css";
import { stateWords, waitsForRoom } from "./deliveryWords";

/** What came back says nothing of a published post; of an unconfirmed one its panel tells it. */
const TOLD_ELSEWHERE = ["published", "unconfirmed"];

/** One account's copy of the post: its state, its lateness, and where to see it. */
export function DeliveryLine({ delivery, zone }: { delivery: Delivery; zone: string }) {
  const words = useWords();
  const { platform, handle, state, permalink, next_at: nextAt, error } = delivery;
  const { parts, note, removed_at: removed } = delivery;
  const full = waitsForRoom(delivery);
  const retrying = nextAt && (delivery.failures > 0 || error) && state !== "published";
  return (
    <li className={classes.line} data-state={state}>
      <span className={classes.account}>
        <PlatformIcon platform={platform} />
        {handle}
        {delivery.sandbox && <SandboxMark compact />}
      </span>
      <div className={classes.facts}>
        {!full && <span className={classes.state}>{stateWords(delivery, words)}</span>}
        {removed && (
          <span>
            {words("delivery.removed")} <Moment instant={removed} zone={zone} />
          </span>
        )}
        {parts.length > 0 && state !== "published" && (
          <span>{words("delivery.parts", { count: parts.length })}</span>
        )}
        {note && <span className={classes.error}>{note}</span>}
        {permalink && !removed && (
          <a href={permalink} target="_blank" rel="noreferrer" className={classes.link}>
            {words("delivery.view", { label: labelOf(platform) })}
            <IconExternalLink size={13} aria-hidden />
          </a>
        )}
        {nextAt && full && (
          <span>
            {words("delivery.until")} <Moment instant={nextAt} zone={zone} timeOnly />
            {words("delivery.noRoom")}
          </span>
        )}
        {retrying && !full && (
          <span>
            {words(state === "unknown" ? "delivery.look" : "delivery.next")}{" "}
            <Moment instant={nextAt} zone={zone} timeOnly />
          </span>
        )}
        {error && !full && !TOLD_ELSEWHERE.includes(state) && (
          <span className={classes.error}>{error.message}</span>
        )}
      </div>
    </li>
  );
}

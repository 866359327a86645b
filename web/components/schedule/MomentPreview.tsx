import { useNow } from "@/hooks/useNow";
import { useWords } from "@/hooks/useWords";
import { amount, fullMoment } from "@/lib/time/format";
import type { Wall } from "@/lib/time/local";
import { readWall } from "@/lib/time/wall";
import { browserZone, zonePlace } from "@/lib/time/zone";
import classes from "./MomentPreview.module.css";

/** Says back what was chosen: the exact moment, how far away, and in the browser's zone. */
export function MomentPreview({ wall, zone }: { wall: Wall; zone: string }) {
  const words = useWords();
  const now = useNow(1000);
  const reading = readWall(wall, zone);
  const here = browserZone();
  return (
    <div className={classes.preview} aria-live="polite">
      {!reading && <span>{words("moment.none")}</span>}
      {reading && reading.kind !== "one" && <span>{words(`moment.${reading.kind}`)}</span>}
      {reading?.kind === "one" && (
        <>
          <strong>
            <time>{fullMoment(reading.instant, zone)}</time>
          </strong>
          <span className="tabular" aria-live="off">
            {words(reading.instant >= now ? "time.in" : "time.ago", {
              amount: amount(reading.instant - now),
            })}
          </span>
          {here !== zone && (
            <span className={classes.second}>
              {words("moment.yours", {
                moment: fullMoment(reading.instant, here),
                place: zonePlace(here),
              })}
            </span>
          )}
        </>
      )}
    </div>
  );
}

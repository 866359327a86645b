import { Tooltip } from "@mantine/core";
import { useNow } from "@/hooks/useNow";
import { useWords } from "@/hooks/useWords";
import { amount, fullMoment, zonedTime } from "@/lib/time/format";
import { browserZone, zonePlace } from "@/lib/time/zone";

interface Props {
  instant: string;
  zone: string;
  /** Only the time of day: its date stands nearby. */
  timeOnly?: boolean;
  className?: string;
}

/** An instant in the working zone; on hover in the browser's zone and in UTC as well. */
export function Moment({ instant, zone, timeOnly = false, className }: Props) {
  const words = useWords();
  const at = Date.parse(instant);
  const others = [...new Set([zone, browserZone(), "UTC"])];
  const label = (
    <span className="tabular">
      {others.map((one) => (
        <span key={one} style={{ display: "block" }}>
          {words("time.inZone", { moment: fullMoment(at, one), place: zonePlace(one) })}
        </span>
      ))}
    </span>
  );
  return (
    <Tooltip label={label}>
      <time dateTime={instant} className={className}>
        {timeOnly ? zonedTime(at, zone) : fullMoment(at, zone)}
      </time>
    </Tooltip>
  );
}

/** "in 2 h 5 min" or "3 min ago"; only ever beside the exact moment. */
export function Relative({ instant }: { instant: string }) {
  const words = useWords();
  const away = Date.parse(instant) - useNow(1000);
  return (
    <span className="tabular">
      {words(away >= 0 ? "time.in" : "time.ago", { amount: amount(away) })}
    </span>
  );
}

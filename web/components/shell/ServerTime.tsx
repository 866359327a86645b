import { Tooltip } from "@mantine/core";
import { IconClock } from "@tabler/icons-react";
import { useDashboard } from "@/contexts/DashboardContext";
import { useNow } from "@/hooks/useNow";
import { useWords } from "@/hooks/useWords";
import { zoneName, zonePlace } from "@/lib/time/zone";
import classes from "./ServerTime.module.css";

/** The server's clock in the working zone: the "now" that everything here goes by. */
export function ServerTime() {
  const words = useWords();
  const { zone } = useDashboard();
  const now = useNow(1000);
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    timeStyle: "medium",
    hourCycle: "h23",
  }).format(now);
  return (
    <Tooltip label={words("shell.clock", { place: zonePlace(zone) })}>
      <span className={classes.clock}>
        <IconClock size={15} aria-hidden />
        <time dateTime={new Date(now).toISOString()}>{time}</time>
        <span>{zoneName(now, zone)}</span>
      </span>
    </Tooltip>
  );
}

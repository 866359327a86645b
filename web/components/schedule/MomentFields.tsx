import { Button, Group } from "@mantine/core";
import { DatePickerInput, TimePicker } from "@mantine/dates";
import { IconCalendar } from "@tabler/icons-react";
import { type MessageId, useWords } from "@/hooks/useWords";
import { serverNow } from "@/lib/serverClock";
import type { Wall } from "@/lib/time/local";
import { dayAfter, wallOf } from "@/lib/time/wall";
import { zonePlace } from "@/lib/time/zone";
import classes from "./MomentFields.module.css";
import { MomentPreview } from "./MomentPreview";

interface Props {
  value: Wall | null;
  onChange: (wall: Wall) => void;
  zone: string;
}

const MINUTE = 60_000;
const NOTHING: Wall = { date: "", time: "" };

const QUICK: readonly [MessageId, (now: number, zone: string) => Wall][] = [
  ["moment.in5Minutes", (now, zone) => wallOf(now + 5 * MINUTE, zone)],
  ["moment.in1Hour", (now, zone) => wallOf(now + 60 * MINUTE, zone)],
  ["moment.tomorrow9", (now, zone) => dayAfter(now, zone, 1, "09:00:00")],
];

/** A date and a time to the second, read in the working zone. */
export function MomentFields({ value, onChange, zone }: Props) {
  const words = useWords();
  const wall = value ?? NOTHING;
  return (
    <div className={classes.fields}>
      <Group gap="sm" align="flex-end" wrap="wrap">
        <DatePickerInput
          id="moment-date"
          label={words("moment.date")}
          placeholder={words("moment.pickDate")}
          value={wall.date || null}
          onChange={(date) => onChange({ ...wall, date: date ?? "" })}
          minDate={wallOf(serverNow(), zone).date}
          valueFormat="ddd D MMM YYYY"
          leftSection={<IconCalendar size={15} aria-hidden />}
          popoverProps={{ position: "bottom-start" }}
          w={190}
        />
        <TimePicker
          label={words("moment.time")}
          withSeconds
          value={wall.time}
          onChange={(time) => onChange({ ...wall, time })}
          hoursInputLabel={words("moment.hours")}
          minutesInputLabel={words("moment.minutes")}
          secondsInputLabel={words("moment.seconds")}
          w={132}
        />
        <span className={classes.zone}>{words("moment.zone", { place: zonePlace(zone) })}</span>
      </Group>
      <Group gap={6}>
        {QUICK.map(([label, wallAt]) => (
          <Button
            key={label}
            size="compact-xs"
            variant="default"
            onClick={() => onChange(wallAt(serverNow(), zone))}
          >
            {words(label)}
          </Button>
        ))}
      </Group>
      <MomentPreview wall={wall} zone={zone} />
    </div>
  );
}

import { Temporal } from "temporal-polyfill";
import { localTime, type Wall } from "./local";

export type Reading =
  | { kind: "one"; instant: number }
  | { kind: "gap"; instants: [number, number] }
  | { kind: "twice"; instants: [number, number] };

/** The wall-clock reading of an instant in a zone, to the second. */
export function wallOf(instant: number, zone: string): Wall {
  const local = Temporal.Instant.fromEpochMilliseconds(instant)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime();
  return { date: local.toPlainDate().toString(), time: local.toString().slice(11, 19) };
}

/** When that wall-clock time happens in the zone: once, never (clocks go forward), or twice. */
export function readWall(wall: Wall, zone: string): Reading | null {
  const plain = parse(wall);
  if (!plain) return null;
  const [earlier, later] = (["earlier", "later"] as const).map((disambiguation) =>
    plain.toZonedDateTime(zone, { disambiguation }),
  );
  if (!earlier || !later) return null;
  const instants: [number, number] = [earlier.epochMilliseconds, later.epochMilliseconds];
  if (instants[0] === instants[1]) return { kind: "one", instant: instants[0] };
  const exists = earlier.toPlainDateTime().equals(plain);
  return { kind: exists ? "twice" : "gap", instants };
}

/** The wall-clock time so many days later at `time`, counted from an instant. */
export function dayAfter(instant: number, zone: string, days: number, time: string): Wall {
  const date = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  return { date: date.toPlainDate().add({ days }).toString(), time };
}

function parse(wall: Wall): Temporal.PlainDateTime | null {
  if (!wall.date || !wall.time) return null;
  try {
    return Temporal.PlainDateTime.from(localTime(wall));
  } catch {
    return null;
  }
}

import { zoneName } from "./zone";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  formats.set(key, made);
  return made;
}

/** "Sun 22 Nov 2026" */
export function dayOf(instant: number, zone: string): string {
  return format(zone, { weekday: "short", day: "numeric", month: "short", year: "numeric" })
    .format(instant)
    .replace(",", "");
}

/** "2026-11-22" in that zone, to group and compare days. */
export function dayKey(instant: number, zone: string): string {
  const parts = format(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(
    instant,
  );
  const value = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${value("year")}-${value("month")}-${value("day")}`;
}

/** "12:28", or "12:28:05" when the seconds matter. */
export function timeOf(instant: number, zone: string): string {
  const exact = Math.floor(instant / 1000) % 60 !== 0;
  return format(zone, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(exact && { second: "2-digit" }),
  }).format(instant);
}

/** "12:28:05 CET" */
export function zonedTime(instant: number, zone: string): string {
  return `${timeOf(instant, zone)} ${zoneName(instant, zone)}`;
}

/** "Sun 22 Nov 2026, 12:28:05 CET" */
export function fullMoment(instant: number, zone: string): string {
  return `${dayOf(instant, zone)}, ${zonedTime(instant, zone)}`;
}

/** "1 d 3 h", "2 h 5 min", "4 min 10 s", "8 s": the two largest units of a length of time. */
export function amount(milliseconds: number): string {
  const total = Math.round(Math.abs(milliseconds) / 1000);
  const units: [string, number][] = [
    ["d", Math.floor(total / 86_400)],
    ["h", Math.floor(total / 3600) % 24],
    ["min", Math.floor(total / 60) % 60],
    ["s", total % 60],
  ];
  const first = units.findIndex(([, count]) => count > 0);
  if (first === -1) return "0 s";
  return units
    .slice(first, total >= 600 && total < 3600 ? first + 1 : first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`)
    .join(" ");
}

const SPANS = [
  ["d", 86_400, 172_800],
  ["h", 3600, 3600],
  ["min", 60, 60],
] as const;

/** "10 min", "24 h", "3 d": a round length of time in one unit; hours up to two days. */
export function span(seconds: number): string {
  const found = SPANS.find(([, unit, from]) => seconds >= from && seconds % unit === 0);
  return found ? `${seconds / found[1]} ${found[0]}` : `${seconds} s`;
}

/** "+0.004 s", or "+2 min 3 s" from a minute on. */
export function lateness(milliseconds: number): string {
  if (milliseconds >= 60_000) return `+${amount(milliseconds)}`;
  return `+${(milliseconds / 1000).toFixed(3)} s`;
}

/** A moment as a person writes it: date "2026-11-22", time "12:28" or "12:28:05". */
export interface Wall {
  date: string;
  time: string;
}

/** "2026-11-22T12:28:05": what the API reads together with a zone. */
export function localTime(wall: Wall): string {
  return `${wall.date}T${wall.time.length === 5 ? `${wall.time}:00` : wall.time}`;
}

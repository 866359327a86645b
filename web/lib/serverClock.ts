/** "Now" is the server's: its clock decides when a post leaves, the browser's may be wrong. */
let offset = 0;

export function noteServerTime(instant: string): void {
  offset = Date.parse(instant) - Date.now();
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return Date.now() + offset;
}

const OFFSET = /^(GMT|UTC)/;

/** The person's own zone, as the browser says. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Every IANA zone this browser can calculate with. */
export function allZones(): string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}

/** The zone's short name at that instant: "CET", "EST", or "UTC+9" where it has no name. */
export function zoneName(instant: number, zone: string): string {
  const british = shortName("en-GB", instant, zone);
  if (!OFFSET.test(british)) return british;
  const american = shortName("en-US", instant, zone);
  return (OFFSET.test(american) ? british : american).replace("GMT", "UTC");
}

/** "Europe/Berlin" → "Berlin"; "America/Argentina/Salta" → "Salta". */
export function zonePlace(zone: string): string {
  return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

function shortName(locale: string, instant: number, zone: string): string {
  const parts = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    timeZoneName: "short",
  }).formatToParts(instant);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

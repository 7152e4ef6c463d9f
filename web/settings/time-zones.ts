/** The names of the time zones that this browser knows, for a list to choose from. */
export function timeZonesWith(own: string): readonly string[] {
  const known = Intl.supportedValuesOf("timeZone");
  // The own one may be written otherwise than the browser writes it, and is not to be lost.
  return known.includes(own) ? known : [own, ...known];
}

/** "GMT+9", as it is at that time; empty where the browser does not know the zone. */
export function offsetOf(timeZone: string, atMs: number): string {
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "shortOffset" });
    const parts = format.formatToParts(atMs);
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  } catch {
    return "";
  }
}

export function timeZoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

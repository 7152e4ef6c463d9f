import type { Locale } from "./language.ts";

/** Times and numbers as the reader's language writes them, in the reader's time zone. */

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** From then on a date says more than a number of days. */
const relativeDaysMax = 7;

/** Making a formatter costs far more than using it. */
function remembered<T>(make: (locale: Locale) => T): (locale: Locale) => T {
  const made = new Map<Locale, T>();
  return (locale) => {
    const known = made.get(locale) ?? make(locale);
    made.set(locale, known);
    return known;
  };
}

type InZone = (locale: Locale, timeZone?: string) => Intl.DateTimeFormat;

/** A zone that this browser has not heard of is taken for the browser's own. */
function inZone(options: Intl.DateTimeFormatOptions): InZone {
  const made = new Map<string, Intl.DateTimeFormat>();
  return (locale, timeZone) => {
    const name = `${locale} ${timeZone ?? ""}`;
    const known = made.get(name) ?? newFormat(locale, options, timeZone);
    made.set(name, known);
    return known;
  };
}

function newFormat(
  locale: string,
  options: Intl.DateTimeFormatOptions,
  timeZone?: string,
): Intl.DateTimeFormat {
  if (timeZone !== undefined) {
    try {
      return new Intl.DateTimeFormat(locale, { ...options, timeZone });
    } catch {
      // Below.
    }
  }
  return new Intl.DateTimeFormat(locale, options);
}

const narrow = remembered(
  (locale) => new Intl.RelativeTimeFormat(locale, { style: "narrow", numeric: "always" }),
);
const named = remembered(
  (locale) => new Intl.RelativeTimeFormat(locale, { style: "narrow", numeric: "auto" }),
);
const unitOf = remembered(
  (locale) => (unit: "minute" | "hour" | "day") =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }),
);
const numericDay = inZone({ year: "numeric", month: "numeric", day: "numeric" });
const dayOfYear = inZone({ month: "short", day: "numeric" });
const day = inZone({ year: "numeric", month: "short", day: "numeric" });
const exact = inZone({ dateStyle: "full", timeStyle: "short" });
const clock = inZone({ timeStyle: "short" });
const compact = remembered(
  (locale) => new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }),
);
const whole = remembered((locale) => new Intl.NumberFormat(locale));

/** The calendar's day at that place, and its number since 1970. */
function calendarDay(
  atMs: number,
  timeZone?: string,
): { readonly year: number; readonly days: number } {
  const parts = numericDay("en", timeZone).formatToParts(atMs);
  const of = (type: "year" | "month" | "day"): number =>
    Number(parts.find((part) => part.type === type)?.value);
  const year = of("year");
  return { year, days: Date.UTC(year, of("month") - 1, of("day")) / dayMs };
}

interface Reader {
  readonly locale: Locale;
  readonly nowMs: number;
  /** The word for a time that is hardly over. */
  readonly now: string;
  readonly timeZone?: string | undefined;
}

/**
 * "3분 전", "3分前", "3m"; under a minute `now`; yesterday and before by the calendar; after a week
 * the date. A time that is a little ahead comes from a clock that is a little behind: it is now.
 */
export function relativeTime(iso: string, reader: Reader): string {
  const { locale, nowMs, now, timeZone } = reader;
  const atMs = Date.parse(iso);
  const ageMs = nowMs - atMs;
  if (ageMs < minuteMs && ageMs > -dayMs) {
    return now;
  }
  if (ageMs >= 0 && ageMs < hourMs) {
    return ago(Math.floor(ageMs / minuteMs), "minute", locale);
  }
  if (ageMs >= 0 && ageMs < dayMs) {
    return ago(Math.floor(ageMs / hourMs), "hour", locale);
  }
  const [then, today] = [calendarDay(atMs, timeZone), calendarDay(nowMs, timeZone)];
  const days = today.days - then.days;
  if (days > 0 && days < relativeDaysMax) {
    return ago(days, "day", locale);
  }
  return (then.year === today.year ? dayOfYear : day)(locale, timeZone).format(atMs);
}

function ago(count: number, unit: "minute" | "hour" | "day", locale: Locale): string {
  if (locale === "en") {
    // English says "3m": the word "ago" is left out where the unit stands alone.
    return unitOf(locale)(unit).format(count);
  }
  const isYesterday = unit === "day" && count === 1;
  return (isYesterday ? named : narrow)(locale).format(-count, unit);
}

/** The whole date and time, for those who want to know exactly. */
export function exactTime(iso: string, locale: Locale, timeZone?: string): string {
  return exact(locale, timeZone).format(Date.parse(iso));
}

export function dateOf(iso: string, locale: Locale, timeZone?: string): string {
  return day(locale, timeZone).format(Date.parse(iso));
}

/** What the clocks show there. */
export function clockTime(atMs: number, locale: Locale, timeZone?: string): string {
  return clock(locale, timeZone).format(atMs);
}

/** "1.2만", "1.2万", "12K": a count that fits beside an icon. */
export function compactCount(count: number, locale: Locale): string {
  return compact(locale).format(count);
}

export function wholeCount(count: number, locale: Locale): string {
  return whole(locale).format(count);
}

import type { Locale } from "./language.ts";

/** Times and numbers as the reader's language writes them. */

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

const narrow = remembered(
  (locale) => new Intl.RelativeTimeFormat(locale, { style: "narrow", numeric: "always" }),
);
const unitOf = remembered(
  (locale) => (unit: "minute" | "hour" | "day") =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }),
);
const dayOfYear = remembered(
  (locale) => new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" }),
);
const day = remembered(
  (locale) => new Intl.DateTimeFormat(locale, { year: "numeric", month: "short", day: "numeric" }),
);
const exact = remembered(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }),
);
const compact = remembered(
  (locale) => new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }),
);
const whole = remembered((locale) => new Intl.NumberFormat(locale));

/** "3분 전", "3分前", "3m"; under a minute `now`; after a week the date. */
export function relativeTime(
  iso: string,
  options: { readonly locale: Locale; readonly nowMs: number; readonly now: string },
): string {
  const { locale, nowMs, now } = options;
  const atMs = Date.parse(iso);
  const ageMs = Math.max(0, nowMs - atMs);
  if (ageMs < minuteMs) {
    return now;
  }
  const [count, unit] =
    ageMs < hourMs
      ? ([Math.floor(ageMs / minuteMs), "minute"] as const)
      : ageMs < dayMs
        ? ([Math.floor(ageMs / hourMs), "hour"] as const)
        : ([Math.floor(ageMs / dayMs), "day"] as const);
  if (unit === "day" && count >= relativeDaysMax) {
    const sameYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
    return (sameYear ? dayOfYear : day)(locale).format(atMs);
  }
  // English says "3m": the word "ago" is left out where the unit stands alone.
  return locale === "en" ? unitOf(locale)(unit).format(count) : narrow(locale).format(-count, unit);
}

/** The whole date and time, for those who want to know exactly. */
export function exactTime(iso: string, locale: Locale): string {
  return exact(locale).format(Date.parse(iso));
}

export function dateOf(iso: string, locale: Locale): string {
  return day(locale).format(Date.parse(iso));
}

/** "1.2만", "1.2万", "12K": a count that fits beside an icon. */
export function compactCount(count: number, locale: Locale): string {
  return compact(locale).format(count);
}

export function wholeCount(count: number, locale: Locale): string {
  return whole(locale).format(count);
}

import { idEpochMs } from "../kernel/id.ts";

/** The two formats of an import, a line at a time. */

/** Two account numbers of the source, who are friends of each other. */
export interface FriendsLine {
  readonly people: readonly [string, string];
}

export interface StoryLine {
  /** The author's account number in the source. */
  readonly author: string;
  /** Milliseconds since 1970; of a day alone, its beginning in UTC. */
  readonly atMs: number;
  readonly text: string;
}

/** What a line says, why it says nothing that can be used, or null for a line without content. */
export type Parsed<T> = T | { readonly refused: string } | null;

/** 64 bits in decimal, and with one letter more still a handle. */
const accountDigitsMax = 20;

/** Leading zeros change no number: one account has one spelling. */
function accountNumber(text: string): string | null {
  return /^[0-9]+$/.test(text) && text.length <= accountDigitsMax
    ? text.replace(/^0+(?=[0-9])/, "")
    : null;
}

/** A pair of account numbers with white space between; `#` begins a comment. */
export function parseFriends(line: string): Parsed<FriendsLine> {
  const hash = line.indexOf("#");
  const content = (hash === -1 ? line : line.slice(0, hash)).trim();
  if (content === "") {
    return null;
  }
  const [one, other, ...more] = content.split(/\s+/).map(accountNumber);
  if (typeof one !== "string" || typeof other !== "string" || more.length > 0) {
    return { refused: "is not two account numbers" };
  }
  return one === other ? { refused: "names the same account twice" } : { people: [one, other] };
}

function parseAuthor(value: unknown): string | null {
  if (typeof value === "number") {
    // Beyond 53 bits the number that was written is not the number that was read.
    return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  }
  return typeof value === "string" ? accountNumber(value) : null;
}

const datePattern =
  /^(?<day>(?<year>\d{4})-(?<month>\d\d)-(?<date>\d\d))(?<time>T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(?<zone>Z|[+-]\d\d:\d\d)?$/;

/** A day, or a time that is in UTC where it names no zone; null for what no calendar has. */
function parseTime(text: string): number | null {
  const { day, year, month, date, time, zone } = datePattern.exec(text)?.groups ?? {};
  if (day === undefined || (time === undefined && zone !== undefined)) {
    return null;
  }
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(date));
  // A 30th of February counts on into March.
  if (!new Date(dayMs).toISOString().startsWith(day)) {
    return null;
  }
  const timeMs = time === undefined ? dayMs : Date.parse(`${day}${time}${zone ?? "Z"}`);
  return Number.isNaN(timeMs) ? null : timeMs;
}

/** `{"author": number or string, "date": "YYYY-MM-DD" or ISO 8601, "text": string}`; more members do no harm. */
export function parseStory(line: string, nowMs: number): Parsed<StoryLine> {
  if (line.trim() === "") {
    return null;
  }
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { refused: "is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { refused: "is not an object with author, date and text" };
  }
  const { author: authorValue, date, text } = value as Readonly<Record<string, unknown>>;
  const author = parseAuthor(authorValue);
  if (author === null) {
    return { refused: "its author is not an account number" };
  }
  const atMs = typeof date === "string" ? parseTime(date) : null;
  if (atMs === null) {
    return { refused: "its date is neither YYYY-MM-DD nor a time in ISO 8601" };
  }
  if (atMs < idEpochMs || atMs > nowMs) {
    return { refused: "its date is before the year 2000 or in the future" };
  }
  return typeof text === "string"
    ? { author, atMs, text }
    : { refused: "its text is not a string" };
}

import type { InputError } from "../../kernel/problem.ts";
import {
  countGraphemes,
  hasControls,
  isBlank,
  normalizeText,
  textFault,
  utf8Bytes,
} from "../../kernel/text.ts";
import type { Locale, Privacy } from "./contract.ts";

/** What people may call themselves and how they may set up their account. */

export const nameGraphemesMax = 50;
export const nameBytesMax = 200;
export const bioGraphemesMax = 500;
export const bioBytesMax = 2048;
export const passwordCharactersMin = 8;
export const passwordCharactersMax = 200;

export const localeDefault: Locale = "en";
export const timeZoneDefault = "UTC";
export const privacyDefault: Privacy = "friends";

/** 2 to 30 of these; upper case is folded. ASCII alone, so that no two handles look the same. */
export const handlePattern = "^[A-Za-z0-9_]{2,30}$";
const handleExpression = new RegExp(handlePattern, "u");

/** Handles that would read as a part of the API or as someone who speaks for the server. */
const reservedHandles: ReadonlySet<string> = new Set([
  "me",
  "admin",
  "administrator",
  "maru",
  "moderator",
  "root",
  "support",
  "system",
]);

/** As it is stored, or null for a text that cannot be a handle. */
export function foldHandle(text: string): string | null {
  return handleExpression.test(text) ? text.toLowerCase() : null;
}

export function isReserved(handle: string): boolean {
  return reservedHandles.has(handle);
}

/** One character may fold into many; what is searched for is bounded all the same. */
const foldedCharactersMax = 100;

/** Names are found by this: without case, and without the widths and forms of letters. */
export function foldName(name: string): string {
  const folded = name.normalize("NFKC").toLowerCase().normalize("NFC").trimStart();
  return folded.length <= foldedCharactersMax
    ? folded
    : Array.from(folded).slice(0, foldedCharactersMax).join("");
}

const codeUnitsPerAstral = 2;
const highestCodePoint = 0x10ffff;
const firstSurrogate = 0xd800;
const afterSurrogates = 0xe000;

/** The least text, in the order of UTF-8, above all that begin with `prefix`; null when there is none. */
export function prefixEnd(prefix: string): string | null {
  let rest = prefix;
  while (rest !== "") {
    const last = rest.codePointAt(rest.length - codeUnitsPerAstral) ?? 0;
    const isAstral = last > 0xffff;
    const point = isAstral ? last : rest.charCodeAt(rest.length - 1);
    const before = rest.slice(0, isAstral ? -codeUnitsPerAstral : -1);
    if (point < highestCodePoint) {
      const next = point + 1 === firstSurrogate ? afterSurrogates : point + 1;
      return before + String.fromCodePoint(next);
    }
    rest = before;
  }
  return null;
}

export function encodingFault(text: string): string | null {
  switch (textFault(text)) {
    case "nul":
      return "must not contain U+0000";
    case "lone-surrogate":
      return "must not contain half a character (a lone surrogate)";
    case null:
      return null;
  }
}

/** Of a name in NFC. */
export function nameFault(name: string): string | null {
  const encoding = encodingFault(name);
  if (encoding !== null) {
    return encoding;
  }
  if (hasControls(name)) {
    return "must not contain control characters or line breaks";
  }
  if (isBlank(name)) {
    return "must not be blank";
  }
  if (utf8Bytes(name) > nameBytesMax) {
    return `must have at most ${nameBytesMax} bytes in UTF-8`;
  }
  return countGraphemes(name, nameGraphemesMax) > nameGraphemesMax
    ? `must have at most ${nameGraphemesMax} characters`
    : null;
}

/** Tabs and line breaks are fine in a text of several lines; what turns its direction is not. */
const bioControls =
  /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

/** Of a bio in NFC. */
export function bioFault(bio: string): string | null {
  const encoding = encodingFault(bio);
  if (encoding !== null) {
    return encoding;
  }
  if (bioControls.test(bio)) {
    return "must not contain control characters other than tabs and line breaks";
  }
  if (utf8Bytes(bio) > bioBytesMax) {
    return `must have at most ${bioBytesMax} bytes in UTF-8`;
  }
  return countGraphemes(bio, bioGraphemesMax) > bioGraphemesMax
    ? `must have at most ${bioGraphemesMax} characters`
    : null;
}

export function passwordFault(password: string): string | null {
  const encoding = encodingFault(password);
  if (encoding !== null) {
    return encoding;
  }
  const characters = Array.from(password).length;
  return characters < passwordCharactersMin || characters > passwordCharactersMax
    ? `must have ${passwordCharactersMin} to ${passwordCharactersMax} characters`
    : null;
}

/** The name of an IANA time zone in its usual case, or null. Plain offsets such as `+09:00` are none. */
export function timeZoneNamed(text: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text)) {
    return null;
  }
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    // An alias resolves to another name; the person's own choice is kept then.
    return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text;
  } catch {
    return null;
  }
}

/** The first language of an `Accept-Language` header that we speak, in the order of its weights. */
export function localeAccepted(header: string | undefined): Locale {
  const wishes = (header ?? "").split(",").map((part) => {
    const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
    const weight = parameters.find((parameter) => parameter.trim().startsWith("q="));
    return { language: tag.split("-")[0], weight: Number(weight?.trim().slice(2) ?? 1) };
  });
  const spoken = wishes.filter(({ language }) => ["ko", "ja", "en"].includes(language ?? ""));
  const best = spoken.toSorted((a, b) => b.weight - a.weight)[0]?.language;
  return best === "ko" || best === "ja" ? best : localeDefault;
}

export interface ProfileChanges {
  readonly name?: string;
  readonly bio?: string;
  readonly locale?: Locale;
  readonly timeZone?: string;
  readonly privacy?: Privacy;
}

export interface Checked<T> {
  readonly value: T;
  readonly errors: readonly InputError[];
}

/** The changes as they are stored, with everything that is wrong about them. */
export function checkProfile(input: ProfileChanges): Checked<ProfileChanges> {
  const errors: InputError[] = [];
  const note = (path: string, message: string | null): void => {
    if (message !== null) {
      errors.push({ path, message });
    }
  };
  const value: { -readonly [K in keyof ProfileChanges]: ProfileChanges[K] } = { ...input };
  if (value.name !== undefined) {
    value.name = normalizeText(value.name);
    note("/name", nameFault(value.name));
  }
  if (value.bio !== undefined) {
    value.bio = normalizeText(value.bio);
    note("/bio", bioFault(value.bio));
  }
  if (value.timeZone !== undefined) {
    const named = timeZoneNamed(value.timeZone);
    note(
      "/timeZone",
      named === null ? "must be the name of an IANA time zone, such as Asia/Seoul" : null,
    );
    value.timeZone = named ?? timeZoneDefault;
  }
  return { value, errors };
}

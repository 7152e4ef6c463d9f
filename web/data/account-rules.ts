import { graphemeCount } from "../design/first-grapheme.ts";

/**
 * What the server asks of names, handles and passwords, so that it can be said while someone types.
 * The server has the last word: where it knows better, its answer is shown.
 */

export const nameMax = 50;
export const bioMax = 500;
export const passwordMin = 8;
const nameBytesMax = 200;
const bioBytesMax = 2_048;
const passwordMax = 200;
const handleMin = 2;
const handleMax = 30;

export type Fault = "empty" | "short" | "long" | "characters";

const utf8 = new TextEncoder();
const bytesOf = (text: string): number => utf8.encode(text).byteLength;

/** As people write handles: an `@` before it and upper case are no fault. */
export function handleOf(typed: string): string {
  return typed.trim().replace(/^@/u, "").toLowerCase();
}

export function handleFault(typed: string): Fault | null {
  const handle = handleOf(typed);
  if (handle === "") {
    return "empty";
  }
  if (!/^[a-z0-9_]*$/u.test(handle)) {
    return "characters";
  }
  return handle.length < handleMin ? "short" : handle.length > handleMax ? "long" : null;
}

const blank = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]*$/u;
/** Line breaks, and marks that turn the direction of what follows. */
const nameControls = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** Tabs and line breaks are fine in a text of several lines. */
const bioControls =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

export function nameFault(typed: string): Fault | null {
  const name = typed.normalize("NFC");
  if (blank.test(name)) {
    return "empty";
  }
  if (nameControls.test(name) || !name.isWellFormed()) {
    return "characters";
  }
  return graphemeCount(name) > nameMax || bytesOf(name) > nameBytesMax ? "long" : null;
}

export function bioFault(typed: string): Fault | null {
  const bio = typed.normalize("NFC");
  if (bioControls.test(bio) || !bio.isWellFormed()) {
    return "characters";
  }
  return graphemeCount(bio) > bioMax || bytesOf(bio) > bioBytesMax ? "long" : null;
}

/** Of a password that someone chooses. */
export function passwordFault(password: string): Fault | null {
  const length = Array.from(password).length;
  if (length === 0) {
    return "empty";
  }
  if (!password.isWellFormed() || password.includes("\u0000")) {
    return "characters";
  }
  return length < passwordMin ? "short" : length > passwordMax ? "long" : null;
}

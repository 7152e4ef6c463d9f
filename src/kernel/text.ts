/** Text from people: what is refused, what is normalised, how it is counted. */

const segmenters = new Map<string, Intl.Segmenter>();

function segmenter(): Intl.Segmenter {
  let found = segmenters.get("grapheme");
  if (found === undefined) {
    found = new Intl.Segmenter("und", { granularity: "grapheme" });
    segmenters.set("grapheme", found);
  }
  return found;
}

/** Counts what people see as characters, and stops at `max + 1`, so that long input costs no more. */
export function countGraphemes(text: string, max: number): number {
  // Every grapheme has at least one code unit, so short texts need no segmentation to be within.
  let count = 0;
  for (const _ of segmenter().segment(text)) {
    count += 1;
    if (count > max) {
      break;
    }
  }
  return count;
}

export type TextFault = "nul" | "lone-surrogate";

/** What no text may contain: U+0000 (PostgreSQL cannot hold it) and halves of characters. */
export function textFault(text: string): TextFault | null {
  if (text.includes("\u0000")) {
    return "nul";
  }
  return text.isWellFormed() ? null : "lone-surrogate";
}

export function normalizeText(text: string): string {
  return text.normalize("NFC");
}

export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** True for a text that shows nothing: white space and characters without a shape of their own. */
export function isBlank(text: string): boolean {
  return /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]*$/u.test(text);
}

/**
 * Control characters, line breaks, and the marks that turn the direction of what follows: none of
 * them may stand in a name, where they would break a line or make one name look like another.
 */
export function hasControls(text: string): boolean {
  return /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text);
}

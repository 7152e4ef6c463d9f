import type { Locale } from "./language.ts";

/**
 * The language in which a short text by a person is most likely written, as far as its letters tell:
 * with it lines break as its readers are used to, and a screen reader speaks it right.
 */
export function languageOf(text: string): Locale | undefined {
  if (/\p{Script=Hangul}/u.test(text)) {
    return "ko";
  }
  return /\p{Script=Hiragana}|\p{Script=Katakana}/u.test(text) ? "ja" : undefined;
}

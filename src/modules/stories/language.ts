/**
 * The language of a text, told from its script, and English from its smallest words.
 *
 * Libraries that know more languages were weighed: on texts as short as a story they guess where
 * they should not, and the one that is well kept holds 90 MB of memory in every process. Search
 * needs to know Korean and Japanese; for the rest "undetermined" is the honest answer, and clients
 * that know better say so.
 */
export const undetermined = "und";

/** BCP 47 sets no bound; the longest registered tags are well below. */
const tagCharactersMax = 35;

/** Scripts that one living language alone writes, or nearly so. */
const scripts: readonly (readonly [lang: string, letter: RegExp])[] = [
  ["ko", /\p{Script=Hangul}/gu],
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["th", /\p{Script=Thai}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["hy", /\p{Script=Armenian}/gu],
  ["ka", /\p{Script=Georgian}/gu],
];

/** Words that English needs all the time and its neighbours do not have. */
const englishWords = new Set(
  (
    "about and are been but could did does for from good had has have hello here how i'm is it it's " +
    "just morning my new not of on our out see she should thanks thank that the their them there these " +
    "they this today to tomorrow up very was we were what when where which who why will with would " +
    "yesterday you your"
  ).split(" "),
);
const englishShareMin = 0.25;
/** A share of the letters below this is a quotation or a name. */
const scriptShareMin = 0.3;
/** More tells no more. */
const charactersLookedAt = 1000;

function share(text: string, letter: RegExp, letters: number): number {
  return (text.match(letter)?.length ?? 0) / letters;
}

function looksEnglish(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{Letter}']+/gu) ?? [];
  const known = words.filter((word) => englishWords.has(word)).length;
  return words.length > 0 && known / words.length >= englishShareMin;
}

export function guessLanguage(text: string): string {
  const sample = text.slice(0, charactersLookedAt).replace(/(?:https?:\/\/|www\.|[@#])\S+/giu, " ");
  const letters = sample.match(/\p{Letter}/gu)?.length ?? 0;
  if (letters === 0) {
    return undetermined;
  }
  const found = scripts.find(([, letter]) => share(sample, letter, letters) >= scriptShareMin);
  if (found !== undefined) {
    return found[0];
  }
  return looksEnglish(sample) ? "en" : undetermined;
}

/** The tag in its canonical spelling, or null if it is none. */
export function canonicalLanguage(tag: string): string | null {
  if (tag.length === 0 || tag.length > tagCharactersMax) {
    return null;
  }
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

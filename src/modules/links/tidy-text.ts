import { isBlank, normalizeText } from "../../kernel/text.ts";

/** What may be in the words of other people's pages, and how much of it. */

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
/** One that people see as one may be of any number of characters; few are of more than this. */
const unitsPerGrapheme = 8;
/** Before they are tidied, words are mostly not much longer. */
const untidyFactor = 4;

const whiteSpace = /[\p{White_Space}\p{Cc}]+/gu;
/** They show nothing, but turn the direction of what follows, which may be Maru's own words. */
const unseen = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const cutMark = "…";

/** In one line, without what turns or hides it, and no longer than so many graphemes; null: it says nothing. */
export function tidyText(text: string | null | undefined, graphemesMax: number): string | null {
  if (text === null || text === undefined) {
    return null;
  }
  const some = text.slice(0, graphemesMax * unitsPerGrapheme * untidyFactor);
  const tidy = normalizeText(some.toWellFormed())
    .replace(unseen, "")
    .replace(whiteSpace, " ")
    .trim();
  return isBlank(tidy) ? null : cut(tidy, graphemesMax);
}

function cut(text: string, graphemesMax: number): string {
  const unitsMax = graphemesMax * unitsPerGrapheme;
  let count = 0;
  let endOfLast = 0;
  for (const { index, segment } of graphemes.segment(text)) {
    const end = index + segment.length;
    count += 1;
    if (count > graphemesMax || end > unitsMax) {
      return `${text.slice(0, endOfLast).trimEnd()}${cutMark}`;
    }
    // With room for the mark, if there is more.
    endOfLast = count < graphemesMax ? end : endOfLast;
  }
  return text;
}

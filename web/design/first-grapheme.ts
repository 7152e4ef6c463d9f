const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a reader takes for the first character of a text: a whole emoji, a letter with its accents. */
export function firstGrapheme(text: string): string {
  const [first] = segmenter.segment(text.trim());
  return (first?.segment ?? "").toLocaleUpperCase();
}

/** How many characters a reader sees. */
export function graphemeCount(text: string): number {
  let count = 0;
  for (const _ of segmenter.segment(text)) {
    count += 1;
  }
  return count;
}

/** How long a text may be, counted as the server counts it. */
export interface TextBounds {
  /** In characters as readers see them. */
  readonly graphemesMax: number;
  /** In UTF-8: a character has no bound of its own. */
  readonly bytesMax: number;
}

export const storyBounds: TextBounds = { graphemesMax: 5_000, bytesMax: 32 * 1024 };
export const commentBounds: TextBounds = { graphemesMax: 1_000, bytesMax: 8 * 1024 };

export interface TextMeasure {
  /** Nothing in it can be seen. */
  readonly isBlank: boolean;
  /** How many characters fit yet, or, below zero, are too many; null while that is far away. */
  readonly left: number | null;
}

const blank = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]*$/u;
/** The writer learns of the end when a tenth is left. */
const nearShare = 0.9;
const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });
const encoder = new TextEncoder();

export function measured(text: string, { graphemesMax, bytesMax }: TextBounds): TextMeasure {
  const sendable = tidied(text);
  const isBlank = blank.test(sendable);
  // A character has at least one code unit and a code unit at most three bytes: most texts need no count.
  const isFar =
    sendable.length < graphemesMax * nearShare && sendable.length * 3 < bytesMax * nearShare;
  if (isFar) {
    return { isBlank, left: null };
  }
  const graphemes = [...segmenter.segment(sendable)].length;
  const { length: bytes } = encoder.encode(sendable);
  const byGraphemes = graphemesMax - graphemes;
  const byBytes = Math.floor(((bytesMax - bytes) * graphemes) / bytes);
  const isNear = graphemes >= graphemesMax * nearShare || bytes >= bytesMax * nearShare;
  return { isBlank, left: isNear ? Math.min(byGraphemes, byBytes) : null };
}

/**
 * What is sent: in the form that is stored, without what no text may contain, and without the empty
 * lines around it.
 */
export function tidied(text: string): string {
  return text
    .replaceAll("\u0000", "")
    .replace(/\p{Surrogate}/gu, "")
    .normalize("NFC")
    .replace(/^(?:[^\S\n]*\n)+/u, "")
    .trimEnd();
}

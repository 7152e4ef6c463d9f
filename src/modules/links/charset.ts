import { Parser } from "htmlparser2";
import { decodeKorean } from "./korean.ts";

/**
 * Turns pages into text. What they declare is believed where it fits, and where it does not, or they
 * declare nothing, what their bytes look like: many old pages are served as something that they are not.
 */

/** Where browsers look for a declaration, and as much again several times over. */
const declarationBytesMax = 4_096;
/** Enough to tell by. */
const sampleBytesMax = 32 * 1024;
const asciiMax = 0x7f;
/** Of different ones; a page has one, and its header another. */
const declarationsMax = 4;
/** Of what is not ASCII, so much may be broken: somebody's comment, or a byte too many. */
const brokenShareMax = 0.02;
/** With more than this it is another encoding after all. */
const spoiltShareMax = 0.3;
/** Of what is not ASCII. Japanese is half kana; Korean is Hangul. */
const kanaShareMin = 0.3;
const hangulShareMin = 0.5;

const byMarks: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16be", [0xfe, 0xff]],
  ["utf-16le", [0xff, 0xfe]],
];
/** Names that pages use and the Encoding Standard does not know. */
const otherNames: Readonly<Record<string, string>> = {
  cp949: "euc-kr",
  ms949: "euc-kr",
  uhc: "euc-kr",
  "x-windows-949": "euc-kr",
  cp932: "shift_jis",
  cp1252: "windows-1252",
  utf8mb4: "utf-8",
};
const korean = "euc-kr";
const western = "windows-1252";
/** How ISO-2022-JP begins what is not ASCII. */
const japaneseShifts = [Buffer.from("\u001b$B"), Buffer.from("\u001b$@")];

export function decodePage(bytes: Uint8Array, contentType: string | null): string {
  return decode(bytes, encodingFor(bytes, contentType));
}

function encodingFor(bytes: Uint8Array, contentType: string | null): string {
  const marked = byMarks.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  if (marked !== undefined) {
    return marked[0];
  }
  const declared = [
    encodingOf(contentType === null ? null : charsetIn(contentType)),
    ...declaredInside(bytes.subarray(0, declarationBytesMax)),
  ].filter((encoding) => encoding !== null);
  // Servers name the western one when nobody has told them which, and every byte means something in it.
  const meant = [...new Set(declared)].filter((encoding) => encoding !== western);
  const hasShifts = japaneseShifts.some((shift) => Buffer.from(bytes).includes(shift));
  const sample = sampleOf(bytes);
  const tried = [
    ...(hasShifts ? ["iso-2022-jp"] : []),
    ...meant.slice(0, declarationsMax),
    "utf-8",
  ].map((encoding) => ({ encoding, brokenShare: shareOf(broken, decode(sample, encoding)) }));
  const fitting = tried.find(({ brokenShare }) => brokenShare <= brokenShareMax);
  const [best] = tried.toSorted((a, b) => a.brokenShare - b.brokenShare);
  const isSpoilt = best === undefined || best.brokenShare > spoiltShareMax;
  return fitting?.encoding ?? likely(sample) ?? (isSpoilt ? western : best.encoding);
}

/** From where it is more than ASCII on. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const first = Math.max(
    0,
    bytes.findIndex((byte) => byte > asciiMax),
  );
  // UTF-16 has characters of two bytes each.
  const start = first - (first % 2);
  return bytes.subarray(start, start + sampleBytesMax);
}

/** What stands behind `charset=`, in a header or in what stands for one. */
function charsetIn(contentType: string): string | null {
  const found = /charset\s*=\s*["']?([^\s"';,]+)/i.exec(contentType);
  return found?.[1] ?? null;
}

/** The standard's name; null: nobody knows it. */
function encodingOf(label: string | null): string | null {
  const name = label?.trim().toLowerCase() ?? "";
  try {
    return new TextDecoder(otherNames[name] ?? name).encoding;
  } catch {
    return null;
  }
}

function declaredInside(head: Uint8Array): (string | null)[] {
  const text = Buffer.from(head).toString("latin1");
  const xml = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]+)["']/i.exec(text);
  const labels: (string | null)[] = [xml?.[1] ?? null];
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === "meta") {
        const { charset = null, content } = attributes;
        const isHeader = attributes["http-equiv"]?.toLowerCase() === "content-type";
        labels.push(charset, isHeader && content !== undefined ? charsetIn(content) : null);
      }
    },
  });
  parser.end(text);
  return labels.map((label) => {
    const encoding = encodingOf(label);
    // Whoever could read the declaration has seen that it is not true.
    return encoding?.startsWith("utf-16") === true ? "utf-8" : encoding;
  });
}

function decode(bytes: Uint8Array, encoding: string): string {
  // The last character may be cut off, which is no fault of the page.
  return encoding === korean
    ? decodeKorean(bytes)
    : new TextDecoder(encoding).decode(bytes, { stream: true });
}

const outsideAscii = /[^\p{ASCII}]/gu;
/** What decoders give for bytes that mean nothing. */
const broken = /[\ufffd\u0080-\u009f]/gu;
const kana = /[\u3041-\u3096\u30a1-\u30fc]/gu;
const syllables = /[\uac00-\ud7a3]/gu;

function shareOf(pattern: RegExp, text: string): number {
  const all = text.match(outsideAscii)?.length ?? 0;
  return all === 0 ? 0 : (text.match(pattern)?.length ?? 0) / all;
}

/** By the letters of a language that only come out right in the right encoding; null: none is likely. */
function likely(sample: Uint8Array): string | null {
  const candidates = [
    { encoding: "euc-jp", letters: kana, shareMin: kanaShareMin },
    { encoding: "shift_jis", letters: kana, shareMin: kanaShareMin },
    { encoding: korean, letters: syllables, shareMin: hangulShareMin },
  ];
  const scored = candidates.flatMap(({ encoding, letters, shareMin }) => {
    const text = decode(sample, encoding);
    const share = shareOf(letters, text);
    return share >= shareMin && shareOf(broken, text) <= brokenShareMax
      ? [{ encoding, share }]
      : [];
  });
  const [best] = scored.sort((a, b) => b.share - a.share);
  return best?.encoding ?? null;
}

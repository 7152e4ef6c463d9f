/**
 * EUC-KR as pages use it: windows-949, which has the 8,822 syllables besides that KS X 1001 leaves out,
 * such as 똠 and 뷁. Node's decoder knows only what KS X 1001 has.
 */
const leadMin = 0x81;
/** KS X 1001 has its characters where both bytes are from here on. */
const plainMin = 0xa1;
const byteMax = 0xfe;
const byteBits = 8;
const space = 0x20;
/** Trails of syllables besides are `A` to `Z`, `a` to `z`, and what is not ASCII. */
const trails = [...range(0x41, 0x5a), ...range(0x61, 0x7a), ...range(leadMin, byteMax)];
const besidesMax = 0xc652;
const firstSyllable = 0xac00;
const lastSyllable = 0xd7a3;
const asciiMax = 0x7f;
const unknown = 0xfffd;

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Characters by both bytes; 0: there is none. */
function makeTable(): Uint16Array {
  const table = new Uint16Array(2 ** (2 * byteBits));
  const decoder = new TextDecoder("euc-kr");
  const left = new Set(range(firstSyllable, lastSyllable));
  for (const lead of range(plainMin, byteMax)) {
    const row = range(plainMin, byteMax);
    const text = decoder.decode(Uint8Array.from(row.flatMap((trail) => [lead, trail, space])));
    for (const [i, character] of text.split(" ").slice(0, row.length).entries()) {
      const code = character.charCodeAt(0);
      if (character.length === 1 && code !== unknown) {
        table[(lead << byteBits) | (plainMin + i)] = code;
        left.delete(code);
      }
    }
  }
  // Those that are left are placed in the order of Unicode, where nothing else is.
  const places = range(leadMin, byteMax)
    .flatMap((lead) => trails.map((trail) => (lead << byteBits) | trail))
    .filter(
      (pair) => pair <= besidesMax && (pair >> byteBits < plainMin || (pair & 0xff) < plainMin),
    );
  for (const [i, code] of [...left].entries()) {
    table[places[i] as number] = code;
  }
  return table;
}

let made: Uint16Array | undefined;

export function decodeKorean(bytes: Uint8Array): string {
  made ??= makeTable();
  const codes = new Uint16Array(bytes.length);
  let count = 0;
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] as number;
    const trail = bytes[at + 1];
    if (lead <= asciiMax) {
      codes[count] = lead;
      at += 1;
    } else if (trail === undefined) {
      // Cut off where the page was.
      break;
    } else {
      const code = made[(lead << byteBits) | trail] ?? 0;
      codes[count] = code === 0 ? unknown : code;
      at += code === 0 && trail <= asciiMax ? 1 : 2;
    }
    count += 1;
  }
  return new TextDecoder("utf-16le").decode(codes.subarray(0, count));
}

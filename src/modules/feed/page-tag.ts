/**
 * The weak ETag of a page: covers which items stand where, the versions of stories and people, and
 * the viewer's flags; not the counts, which come live. 64 bits of a hash that mixes well, because a
 * tag is only ever compared with the same viewer's earlier ones.
 */
export interface PageTag {
  begin(): void;
  /** A number of at most 32 bits. */
  add(word: number): void;
  end(): string;
}

const seedA = 0x1656_67b1;
const seedB = 0x9e37_79b9;
const multiplierA = 0x85eb_ca6b;
const multiplierB = 0xc2b2_ae35;
const shiftA = 15;
const shiftB = 13;
const finalShift = 16;
const radix = 36;

export function createPageTag(): PageTag {
  let a = 0;
  let b = 0;

  function finish(x: number): number {
    let mixed = Math.imul(x ^ (x >>> finalShift), multiplierA);
    mixed = Math.imul(mixed ^ (mixed >>> shiftB), multiplierB);
    return (mixed ^ (mixed >>> finalShift)) >>> 0;
  }

  return {
    begin() {
      a = seedA;
      b = seedB;
    },
    add(word) {
      a = Math.imul(a ^ word, multiplierA);
      a ^= a >>> shiftA;
      b = Math.imul(b + word, multiplierB);
      b = (b ^ (b >>> shiftB)) + a;
    },
    end: () => `W/"${finish(a).toString(radix)}.${finish(b ^ a).toString(radix)}"`,
  };
}

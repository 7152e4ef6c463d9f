import type { Id } from "./id.ts";

/** Ids as two unsigned 32-bit words, as they lie in shared memory, and their places in hash tables. */
const low32 = 0xffff_ffffn;
const wordBits = 32n;
const multiplierHigh = 0x9e37_79b1;
const multiplierLow = 0x85eb_ca77;
const shiftMix = 15;
const twoTo32 = 2 ** 32;

export function highWord(id: Id): number {
  return Number(id >> wordBits);
}

export function lowWord(id: Id): number {
  return Number(id & low32);
}

export function joinWords(high: number, low: number): Id {
  return (BigInt(high) << wordBits) | BigInt(low);
}

/** 32 bits in which every bit of the id has its part. */
export function mixOf(high: number, low: number): number {
  const mixed =
    Math.imul(high, multiplierHigh) ^ Math.imul(low ^ (low >>> shiftMix), multiplierLow);
  return Math.imul(mixed ^ (mixed >>> shiftMix), multiplierHigh) >>> 0;
}

/** Where a search in a table begins: spread over the cells, whose number need be no power of two. */
export function homeOfMix(mix: number, cells: number): number {
  return Math.floor((mix / twoTo32) * cells);
}

export function homeOf(high: number, low: number, cells: number): number {
  return homeOfMix(mixOf(high, low), cells);
}

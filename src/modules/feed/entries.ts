import type { Status, Visibility } from "../stories/contract.ts";
import type { Column } from "./packed.ts";

/**
 * How the entries of the index lie in memory, shared by the writer and the readers.
 *
 * A slot is four words: the id, the next older entry of the same account, and the state. What only
 * some entries need stands in a link of four words, to which the slot's third word then leads, so
 * that a reader sees either all of it or nothing: a single word is stored.
 */
export const slotWords = 4;
export const highAt = 0;
export const lowAt = 1;
/** The next older slot of the account, or a link's number with `linkBit`. */
export const olderAt = 2;
export const stateAt = 3;

export const linkWords = 4;
/** The next older slot of the account. */
export const linkOlderAt = 0;
/** Of a story its first reshare; of a reshare its story. */
export const targetAt = 1;
/** Of a reshare the story's next later one; of a story its last. */
export const siblingAt = 2;
/** Of a landmark the account's next older landmark, or `noLandmark`; 0: this is none. */
export const skipAt = 3;

export const linkBit = 0x8000_0000;
export const noLandmark = 0xffff_ffff;

/** An account's head is two words: its newest slot, and the high word of that slot's id. */
export const headWords = 2;
export const headHighAt = 1;

/** Bits of the state: the account's number, what it is, whether it is in its account's chain, its version. */
export const accountMask = 0x03ff_ffff;
export const kindShift = 26;
export const kindMask = 0b111;
export const chainedBit = 1 << 29;
export const versionShift = 30;
/** Versions up to here stand in the state; this one says that it is looked up. */
export const versionElsewhere = 3;

/** Nothing is known of the story but that a reshare refers to it; or the slot is free. */
export const kindUnknown = 0;
/** Live stories: this and the two after it, by the least level that sees them. */
export const kindPublic = 1;
export const kindGone = 4;
export const kindReshare = 5;
export const kindEndedReshare = 6;

/** How much of an author's a viewer sees. */
export const seesPublic = 0;
export const seesFriends = 1;
export const seesAll = 2;
export type Level = typeof seesPublic | typeof seesFriends | typeof seesAll;

/** The least level that sees a story of this visibility. */
export const visibilityLevels: Readonly<Record<Visibility, Level>> = {
  public: seesPublic,
  friends: seesFriends,
  self: seesAll,
};

export function kindOf(status: Status, visibility: Visibility): number {
  return status === "live" ? kindPublic + visibilityLevels[visibility] : kindGone;
}

/** Whether it is the kind of a live story that this level sees. */
export function isSeenBy(level: Level, kind: number): boolean {
  return (kind - kindPublic) >>> 0 <= level;
}

/** What readers of the index look at. */
export interface IndexColumns {
  readonly slots: Column;
  readonly links: Column;
  /** By account number. */
  readonly heads: Column;
}

/** Whether the first slot's entry is older than the second's. */
export function isOlderSlot(slots: Column, a: number, b: number): boolean {
  const aHigh = slots[a * slotWords + highAt] as number;
  const bHigh = slots[b * slotWords + highAt] as number;
  return (
    aHigh < bHigh ||
    (aHigh === bHigh &&
      (slots[a * slotWords + lowAt] as number) < (slots[b * slotWords + lowAt] as number))
  );
}

/** The slot after this one in its account's chain, or 0. */
export function olderOf({ slots, links }: IndexColumns, slot: number): number {
  const word = slots[slot * slotWords + olderAt] as number;
  return word < linkBit ? word : (links[(word - linkBit) * linkWords + linkOlderAt] as number);
}

/** Where the words of the slot's link begin, or 0 when it has none. */
export function linkOf(slots: Column, slot: number): number {
  const word = slots[slot * slotWords + olderAt] as number;
  return word < linkBit ? 0 : (word - linkBit) * linkWords;
}

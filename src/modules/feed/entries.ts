import type { Status, Visibility } from "../stories/contract.ts";
import type { Column } from "./packed.ts";

/** How an entry of the index lies in memory: a slot in every column, and bits in one of them. */
export interface Columns {
  readonly high: Column;
  readonly low: Column;
  /** Number of the author, or of the resharer. */
  readonly actor: Column;
  /** The same account's next older entry. */
  readonly older: Column;
  /** Bits, see below. */
  readonly meta: Column;
  readonly version: Column;
  /** Of a story its first reshare; of a reshare its story. */
  readonly target: Column;
  /** Of a reshare the story's next later one; of a story its last. */
  readonly sibling: Column;
  /** By account number: the newest entry. */
  readonly newest: Column;
}

export const visibilityMask = 0b11;
export const visibilityCodes: Readonly<Record<Visibility, number>> = {
  public: 0,
  friends: 1,
  self: 2,
};
export const liveBit = 1 << 2;
export const reshareBit = 1 << 3;
/** In its account's chain; the id is at or above the loading floor. */
export const chainedBit = 1 << 4;
/** A reshare that ended. */
export const endedBit = 1 << 5;
/** Some reshare needs it; used while sweeping. */
export const neededBit = 1 << 6;

export function statusBit(status: Status): number {
  return status === "live" ? liveBit : 0;
}

import { compareIds, type Id } from "../../src/kernel/id.ts";
import {
  packedHiddenBit,
  packedLiveBit,
  packedVisibilities,
  reshareAt,
  storyAt,
  type PackedReshares,
  type PackedStories,
  type ReshareState,
  type Status,
  type StoryState,
} from "../../src/modules/stories/contract.ts";

/** States in columns and back, for tests that stand in for the record or look at what it gives. */

const statusBits: Readonly<Record<Status, number>> = {
  live: packedLiveBit,
  hidden: packedHiddenBit,
  deleted: 0,
};

const newestFirst = (a: { readonly id: Id }, b: { readonly id: Id }): number =>
  compareIds(b.id, a.id);
const high = (ids: readonly Id[]): Uint32Array => Uint32Array.from(ids, (id) => Number(id >> 32n));
const low = (ids: readonly Id[]): Uint32Array =>
  Uint32Array.from(ids, (id) => Number(id & 0xffff_ffffn));

export function packStories(states: readonly StoryState[]): PackedStories {
  const sorted = states.toSorted(newestFirst);
  const ids = sorted.map(({ id }) => id);
  const authorIds = sorted.map(({ authorId }) => authorId);
  return {
    count: sorted.length,
    high: high(ids),
    low: low(ids),
    authorHigh: high(authorIds),
    authorLow: low(authorIds),
    state: Uint8Array.from(
      sorted,
      ({ visibility, status }) => packedVisibilities.indexOf(visibility) | statusBits[status],
    ),
    version: Uint32Array.from(sorted, ({ version }) => version),
  };
}

export function packReshares(states: readonly ReshareState[]): PackedReshares {
  const sorted = states.toSorted(newestFirst);
  const ids = sorted.map(({ id }) => id);
  const accountIds = sorted.map(({ accountId }) => accountId);
  const storyIds = sorted.map(({ storyId }) => storyId);
  return {
    count: sorted.length,
    high: high(ids),
    low: low(ids),
    accountHigh: high(accountIds),
    accountLow: low(accountIds),
    storyHigh: high(storyIds),
    storyLow: low(storyIds),
  };
}

export const unpackStories = (stories: PackedStories): StoryState[] =>
  Array.from({ length: stories.count }, (_, i) => storyAt(stories, i));

export const unpackReshares = (reshares: PackedReshares): ReshareState[] =>
  Array.from({ length: reshares.count }, (_, i) => reshareAt(reshares, i));

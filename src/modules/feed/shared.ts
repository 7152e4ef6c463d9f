import type { ShelfMemory } from "../../kernel/shelf.ts";
import type { ItemsMemory } from "./items.ts";
import { openIndexMemory, type IndexBuffers, type IndexMemory } from "./memory.ts";
import type { Column } from "./packed.ts";

/** Everything that a page of the feed is made of, to be handed to other threads. */
export interface FeedBuffers {
  readonly index: IndexBuffers;
  /** Ids by account number. */
  readonly accountIds: SharedArrayBuffer;
  readonly audiences: ShelfMemory;
  readonly reactions: ShelfMemory;
  readonly items: ItemsMemory;
  readonly progress: SharedArrayBuffer;
  readonly tallies: SharedArrayBuffer;
}

export interface FeedMemory {
  readonly index: IndexMemory;
  readonly accountIds: Column;
  /** Of summaries, by account number. */
  readonly versions: Column;
  readonly progress: Progress;
}

export function openFeedMemory(buffers: FeedBuffers): FeedMemory {
  return {
    index: openIndexMemory(buffers.index),
    accountIds: new Uint32Array(buffers.accountIds),
    versions: new Uint32Array(buffers.items.versions),
    progress: openProgress(buffers.progress),
  };
}

/** How far the index has come in the log: where a client that reads a page begins to listen. */
export interface Progress {
  set(epoch: number, position: number): void;
  /** `epoch.position`, as the ids of live events are written. */
  text(): string;
}

const epochAt = 0;
const positionAt = 1;
const progressBytes = 16;

export function createProgressBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(progressBytes);
}

export function openProgress(buffer: SharedArrayBuffer): Progress {
  const numbers = new Float64Array(buffer);
  let known = "";
  let epoch = -1;
  let position = -1;
  return {
    set(newEpoch, newPosition) {
      // A reader between the two has a pair that never was; with it a stream begins anew.
      numbers[positionAt] = newPosition;
      numbers[epochAt] = newEpoch;
    },
    text() {
      if (numbers[positionAt] !== position || numbers[epochAt] !== epoch) {
        position = numbers[positionAt] as number;
        epoch = numbers[epochAt] as number;
        known = `${String(epoch)}.${String(position)}`;
      }
      return known;
    },
  };
}

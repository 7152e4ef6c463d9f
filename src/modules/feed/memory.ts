import { idMax, type Id } from "../../kernel/id.ts";
import { highWord, joinWords, lowWord } from "../../kernel/words.ts";
import { headWords, linkWords, slotWords, type IndexColumns } from "./entries.ts";
import { type Column } from "./packed.ts";

/**
 * The index's shared memory. All of it is reserved at the start, because memory that was never
 * touched costs nothing and a buffer that grows is read several times more slowly.
 */
export interface IndexBuffers {
  readonly control: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  readonly links: SharedArrayBuffer;
  readonly heads: SharedArrayBuffer;
}

export interface IndexMemory extends IndexColumns {
  readonly buffers: IndexBuffers;
  readonly slotsMax: number;
  readonly accountsMax: number;
  /** Everything at or above it is in the index. */
  floor(): Id;
  setFloor(floor: Id): void;
  /**
   * Counts how often the floor was set: what was read between two equal answers is whole, because
   * slots are used anew only after the floor was set.
   */
  floorCount(): number;
}

const wordBytes = 4;
const countAt = 0;
const floorHighAt = 1;
const floorLowAt = 2;
const controlWords = 4;

export function createIndexBuffers(limits: {
  readonly slotsMax: number;
  readonly accountsMax: number;
}): IndexBuffers {
  const buffer = (words: number): SharedArrayBuffer => new SharedArrayBuffer(words * wordBytes);
  return {
    control: buffer(controlWords),
    slots: buffer((limits.slotsMax + 1) * slotWords),
    links: buffer((limits.slotsMax + 1) * linkWords),
    heads: buffer((limits.accountsMax + 1) * headWords),
  };
}

/** The same memory, seen by this thread. */
export function openIndexMemory(buffers: IndexBuffers): IndexMemory {
  const column = (buffer: SharedArrayBuffer): Column => new Uint32Array(buffer);
  const control = column(buffers.control);
  const slots = column(buffers.slots);
  const heads = column(buffers.heads);
  return {
    buffers,
    slots,
    links: column(buffers.links),
    heads,
    slotsMax: slots.length / slotWords - 1,
    accountsMax: heads.length / headWords - 1,
    floor() {
      for (;;) {
        const before = Atomics.load(control, countAt);
        const floor = joinWords(control[floorHighAt] as number, control[floorLowAt] as number);
        if (Atomics.load(control, countAt) === before) {
          return before === 0 ? idMax : floor;
        }
      }
    },
    setFloor(floor) {
      // Counted before and after, so that who reads in between sees another count at the end.
      Atomics.add(control, countAt, 1);
      Atomics.store(control, floorHighAt, highWord(floor));
      Atomics.store(control, floorLowAt, lowWord(floor));
      Atomics.add(control, countAt, 1);
    },
    floorCount: () => Atomics.load(control, countAt),
  };
}

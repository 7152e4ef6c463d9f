import { assert, present } from "../../kernel/assert.ts";
import { parseId, type Id } from "../../kernel/id.ts";

/**
 * Packed memory of the feed index: columns of unsigned 32-bit numbers over shared buffers, whose
 * pages the system hands out only once they are touched, and a hash table from ids to slots.
 */
const low32 = 0xffff_ffffn;
const wordBits = 32n;
const wordBytes = 4;

export type Column = Uint32Array;

export function createColumn(length: number): Column {
  return new Uint32Array(new SharedArrayBuffer(length * wordBytes));
}

export function highWord(id: Id): number {
  return Number(id >> wordBits);
}

export function lowWord(id: Id): number {
  return Number(id & low32);
}

export function joinWords(high: number, low: number): Id {
  return (BigInt(high) << wordBits) | BigInt(low);
}

/** An id of an event, whose shape the log's schemas vouch for. */
export function idOf(text: string): Id {
  return present(parseId(text), "an id");
}

/** Slots are numbers from 1, so that 0 in a column means "none". */
export const noSlot = 0;

/** Finds the slot of an id. Open addressing; the ids themselves stand in the caller's columns. */
export interface IdTable {
  find(high: number, low: number): number;
  add(slot: number): void;
  remove(slot: number): void;
}

const multiplierHigh = 0x9e37_79b1;
const multiplierLow = 0x85eb_ca77;
const shiftMix = 15;

/** Twice as many cells as slots keeps probes short. */
const cellsPerSlot = 2;

export function createIdTable(slotsMax: number, high: Column, low: Column): IdTable {
  let cells = 1;
  while (cells < slotsMax * cellsPerSlot) {
    cells *= 2;
  }
  const mask = cells - 1;
  const table = createColumn(cells);
  let used = 0;

  function home(h: number, l: number): number {
    const mixed = Math.imul(h, multiplierHigh) ^ Math.imul(l ^ (l >>> shiftMix), multiplierLow);
    return (mixed ^ (mixed >>> shiftMix)) & mask;
  }

  function cellOf(h: number, l: number): number {
    let cell = home(h, l);
    for (;;) {
      const slot = table[cell] as number;
      if (slot === noSlot || (high[slot] === h && low[slot] === l)) {
        return cell;
      }
      cell = (cell + 1) & mask;
    }
  }

  return {
    find: (h, l) => table[cellOf(h, l)] as number,
    add(slot) {
      assert(used < mask, "the id table has a free cell");
      table[cellOf(high[slot] as number, low[slot] as number)] = slot;
      used += 1;
    },
    remove(slot) {
      let hole = cellOf(high[slot] as number, low[slot] as number);
      if (table[hole] === noSlot) {
        return;
      }
      used -= 1;
      // What follows moves up where its home allows it, so that no search ends at the hole.
      let cell = hole;
      for (;;) {
        cell = (cell + 1) & mask;
        const moved = table[cell] as number;
        if (moved === noSlot) {
          break;
        }
        const wanted = home(high[moved] as number, low[moved] as number);
        if (((cell - wanted) & mask) >= ((cell - hole) & mask)) {
          table[hole] = moved;
          hole = cell;
        }
      }
      table[hole] = noSlot;
    },
  };
}

/** Gives each account a small number, from 1 in order of arrival, and keeps it for good. */
export interface AccountNumbers {
  /** The account's number, given now if it has none yet. */
  of(id: Id): number;
  /** The account's number, or 0 when it never had one. */
  find(id: Id): number;
  idOf(number: number): Id;
  count(): number;
}

export function createAccountNumbers(accountsMax: number): AccountNumbers {
  const high = createColumn(accountsMax + 1);
  const low = createColumn(accountsMax + 1);
  const table = createIdTable(accountsMax, high, low);
  let count = 0;
  return {
    of(id) {
      const h = highWord(id);
      const l = lowWord(id);
      const found = table.find(h, l);
      if (found !== noSlot) {
        return found;
      }
      assert(
        count < accountsMax,
        `the feed index holds at most ${String(accountsMax)} accounts: raise MARU_FEED_ACCOUNTS_MAX`,
      );
      count += 1;
      high[count] = h;
      low[count] = l;
      table.add(count);
      return count;
    },
    find: (id) => table.find(highWord(id), lowWord(id)),
    idOf: (number) => joinWords(high[number] as number, low[number] as number),
    count: () => count,
  };
}

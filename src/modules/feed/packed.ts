import { assert, present } from "../../kernel/assert.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import { highWord, homeOf, joinWords, lowWord } from "../../kernel/words.ts";

/**
 * Packed memory of the feed index: columns of unsigned 32-bit numbers over shared buffers, whose
 * pages the system hands out only once they are touched, and a hash table from ids to slots.
 */
const wordBytes = 4;

export type Column = Uint32Array;

export function createColumn(length: number): Column {
  return new Uint32Array(new SharedArrayBuffer(length * wordBytes));
}

/** An id of an event, whose shape the log's schemas vouch for. */
export function idOf(text: string): Id {
  return present(parseId(text), "an id");
}

/** Slots are numbers from 1, so that 0 in a column means "none". */
export const noSlot = 0;

/** Finds the slot of an id. Open addressing; the ids themselves stand in the caller's slots. */
export interface IdTable {
  find(high: number, low: number): number;
  add(slot: number): void;
  remove(slot: number): void;
  readonly bytes: number;
}

/** The part of the cells that slots may take: a search looks at three cells, or at 13 in vain. */
const load = 0.8;

/** `words` holds the two words of a slot's id at `slot * stride`. */
export function createIdTable(slotsMax: number, words: Column, stride: number): IdTable {
  const count = Math.ceil(slotsMax / load) + 1;
  const table = createColumn(count);
  let used = 0;

  const homeOfSlot = (slot: number): number =>
    homeOf(words[slot * stride] as number, words[slot * stride + 1] as number, count);

  function cellOf(h: number, l: number): number {
    let cell = homeOf(h, l, count);
    for (;;) {
      const slot = table[cell] as number;
      if (slot === noSlot || (words[slot * stride + 1] === l && words[slot * stride] === h)) {
        return cell;
      }
      cell = cell + 1 === count ? 0 : cell + 1;
    }
  }

  const cellOfSlot = (slot: number): number =>
    cellOf(words[slot * stride] as number, words[slot * stride + 1] as number);

  return {
    bytes: count * wordBytes,
    find: (h, l) => table[cellOf(h, l)] as number,
    add(slot) {
      assert(used < count - 1, "the id table has a free cell");
      table[cellOfSlot(slot)] = slot;
      used += 1;
    },
    remove(slot) {
      let hole = cellOfSlot(slot);
      if (table[hole] === noSlot) {
        return;
      }
      used -= 1;
      // What follows moves up where its home allows it, so that no search ends at the hole.
      for (let cell = hole; ;) {
        cell = cell + 1 === count ? 0 : cell + 1;
        const moved = table[cell] as number;
        if (moved === noSlot) {
          break;
        }
        const wanted = homeOfSlot(moved);
        if ((cell - wanted + count) % count >= (cell - hole + count) % count) {
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

/** Their ids in memory: two words by number. */
const idWords = 2;

export function createAccountNumbers(
  accountsMax: number,
  ids: Column = createColumn(idWords * (accountsMax + 1)),
): AccountNumbers {
  const table = createIdTable(accountsMax, ids, idWords);
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
      ids[count * idWords] = h;
      ids[count * idWords + 1] = l;
      table.add(count);
      return count;
    },
    find: (id) => table.find(highWord(id), lowWord(id)),
    idOf: (number) => idOfNumber(ids, number),
    count: () => count,
  };
}

export function idOfNumber(ids: Column, number: number): Id {
  return joinWords(ids[number * idWords] as number, ids[number * idWords + 1] as number);
}

import { assert, present } from "../../kernel/assert.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import { highWord, homeOf, homeOfMix, joinWords, lowWord, mixOf } from "../../kernel/words.ts";

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
/**
 * A cell holds a slot, and above it some bits of the id's hash: a search passes by most of the other
 * slots without looking at their ids, each of which lies elsewhere in memory.
 */
const slotBits = 28;
const slotMask = 2 ** slotBits - 1;
const tagMask = 2 ** (32 - slotBits) - 1;

/** `words` holds the two words of a slot's id at `slot * stride`. */
export function createIdTable(slotsMax: number, words: Column, stride: number): IdTable {
  assert(slotsMax <= slotMask, "a cell has room for every slot");
  const count = Math.ceil(slotsMax / load) + 1;
  const table = createColumn(count);
  let used = 0;

  const homeOfSlot = (slot: number): number =>
    homeOf(words[slot * stride] as number, words[slot * stride + 1] as number, count);

  function cellOf(h: number, l: number): number {
    const mix = mixOf(h, l);
    const tag = mix & tagMask;
    let cell = homeOfMix(mix, count);
    for (;;) {
      const found = table[cell] as number;
      if (found === noSlot) {
        return cell;
      }
      if (found >>> slotBits === tag) {
        const at = (found & slotMask) * stride;
        if (words[at + 1] === l && words[at] === h) {
          return cell;
        }
      }
      cell = cell + 1 === count ? 0 : cell + 1;
    }
  }

  const cellOfSlot = (slot: number): number =>
    cellOf(words[slot * stride] as number, words[slot * stride + 1] as number);

  return {
    bytes: count * wordBytes,
    find: (h, l) => (table[cellOf(h, l)] as number) & slotMask,
    add(slot) {
      assert(used < count - 1, "the id table has a free cell");
      const tag =
        mixOf(words[slot * stride] as number, words[slot * stride + 1] as number) & tagMask;
      table[cellOfSlot(slot)] = (slot | (tag << slotBits)) >>> 0;
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
        const wanted = homeOfSlot(moved & slotMask);
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
  /** The same by the words of the id. */
  ofWords(high: number, low: number): number;
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

  function ofWords(high: number, low: number): number {
    const found = table.find(high, low);
    if (found !== noSlot) {
      return found;
    }
    assert(
      count < accountsMax,
      `the feed index holds at most ${String(accountsMax)} accounts: raise MARU_FEED_ACCOUNTS_MAX`,
    );
    count += 1;
    ids[count * idWords] = high;
    ids[count * idWords + 1] = low;
    table.add(count);
    return count;
  }

  return {
    of: (id) => ofWords(highWord(id), lowWord(id)),
    ofWords,
    find: (id) => table.find(highWord(id), lowWord(id)),
    idOf: (number) => idOfNumber(ids, number),
    count: () => count,
  };
}

export function idOfNumber(ids: Column, number: number): Id {
  return joinWords(ids[number * idWords] as number, ids[number * idWords + 1] as number);
}

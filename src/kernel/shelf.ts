import { assert } from "./assert.ts";
import { homeOf } from "./words.ts";

/**
 * A cache in shared memory, bounded in bytes: records of 32-bit words under 64-bit keys, written by
 * one thread and read by any number of them without a lock.
 *
 * Records lie one after another in a ring. What is oldest goes when room is needed, save that a
 * record that was read since it was last looked at moves to the front instead (a clock). A record
 * never changes its place or its length while it stands; its words may be changed by the writer.
 *
 * A reader finds a record's place in a table of cells, reads, and asks `isStillThere` afterwards:
 * a record leaves the table before its memory is used again.
 */
export interface ShelfMemory {
  readonly control: SharedArrayBuffer;
  readonly cells: SharedArrayBuffer;
  /** A record lies in one of them as a whole. */
  readonly segments: readonly SharedArrayBuffer[];
}

export interface ShelfOptions {
  /** Of the records together. */
  readonly bytesMax: number;
  /** Records at most. */
  readonly entriesMax: number;
}

export interface Shelf {
  readonly memory: ShelfMemory;
  /**
   * Puts a record in the place of the one that the key may have; `write` fills its words from `at`
   * on, which hold nothing in particular. False: it is too large to be kept.
   */
  put(
    high: number,
    low: number,
    length: number,
    write: (words: Uint32Array, at: number) => void,
  ): boolean;
  remove(high: number, low: number): void;
  /** Memory that records and cells in use take. */
  bytes(): number;
  count(): number;
  /** Of the writer's own thread, where nothing goes while it reads. */
  readonly reader: ShelfReader;
}

const wordBytes = 4;
/** Records begin at multiples of four words, so that a place fits 32 bits up to 64 GiB. */
const unitWords = 4;
const unitBytes = unitWords * wordBytes;
/** Of a record's head: two of the key, its length, and whether it was read lately. */
const keyHighAt = 0;
const keyLowAt = 1;
const lengthAt = 2;
const usedAt = 3;
const headWords = 4;
/** 1 GiB each, so that a word's index is a small integer and never a floating-point number. */
const segmentShift = 26;
const segmentUnits = 2 ** segmentShift;
const segmentMask = segmentUnits - 1;
const largestShare = 4;
/** Part of the cells that may be taken: more would make searches long. */
const load = 0.75;
/** Words of the control buffer. */
const lapsAt = 0;
/** A record moves on at most so many times in a row before the next one goes whether it was read or not. */
const secondChancesMax = 16;

interface Segment {
  readonly words: Uint32Array;
  readonly bytes: Buffer;
}

/** One for each thread; what it found last is in its fields until the next `find`. */
export class ShelfReader {
  /** The record's words begin at `at`, and there are `length` of them. */
  words: Uint32Array;
  at = 0;
  length = 0;
  /** Of no meaning, but what is only read and not used is not read at all. */
  touched = 0;
  /** The same memory as bytes; the record begins at `at * 4`. */
  bytes: Buffer;
  readonly #segments: readonly Segment[];
  #segment: Segment;
  readonly #cells: Uint32Array;
  readonly #control: Uint32Array;
  #cell = 0;
  #place = 0;
  #laps = 0;

  constructor(memory: ShelfMemory) {
    this.#cells = new Uint32Array(memory.cells);
    this.#control = new Uint32Array(memory.control);
    this.#segments = memory.segments.map((buffer) => ({
      words: new Uint32Array(buffer),
      bytes: Buffer.from(buffer),
    }));
    const [first] = this.#segments;
    assert(first !== undefined, "a shelf has memory");
    this.#segment = first;
    this.words = first.words;
    this.bytes = first.bytes;
  }

  find(high: number, low: number): boolean {
    const cells = this.#cells;
    const count = cells.length;
    let cell = homeOf(high, low, count);
    this.#laps = Atomics.load(this.#control, lapsAt);
    for (let steps = 0; steps < count; steps += 1) {
      // A place is that of the record's head, plus one, so that 0 is no place.
      const place = cells[cell] as number;
      if (place === 0) {
        return false;
      }
      const segment = this.#segments[(place - 1) >>> segmentShift] as Segment;
      const head = ((place - 1) & segmentMask) * unitWords;
      const { words } = segment;
      if (words[head + keyLowAt] === low && words[head + keyHighAt] === high) {
        if (words[head + usedAt] === 0) {
          words[head + usedAt] = 1;
        }
        // To store an object costs more than to see that it is there already.
        if (segment !== this.#segment) {
          this.#segment = segment;
          this.words = words;
          this.bytes = segment.bytes;
        }
        this.at = head + headWords;
        this.length = words[head + lengthAt] as number;
        this.#cell = cell;
        this.#place = place;
        // Only now is it certain that the length is this record's.
        return Atomics.load(cells, cell) === place;
      }
      cell = cell + 1 === count ? 0 : cell + 1;
    }
    return false;
  }

  /**
   * Begins to bring a record into the processor's caches, for whoever will soon look for several
   * of them: what is asked for at the same time is waited for once.
   */
  touch(high: number, low: number): void {
    const place = this.#cells[homeOf(high, low, this.#cells.length)] as number;
    if (place !== 0) {
      const segment = this.#segments[(place - 1) >>> segmentShift] as Segment;
      const head = ((place - 1) & segmentMask) * unitWords;
      this.touched = (this.touched + (segment.words[head] as number)) | 0;
    }
  }

  /** Whether what was read since `find` is the record that was found; if not, it tells nothing. */
  isStillThere(): boolean {
    return (
      Atomics.load(this.#cells, this.#cell) === this.#place &&
      Atomics.load(this.#control, lapsAt) - this.#laps < 2
    );
  }
}

export function createShelf({ bytesMax, entriesMax }: ShelfOptions): Shelf {
  const units = Math.max(2, Math.floor(bytesMax / unitBytes));
  const cellCount = Math.ceil(entriesMax / load) + 1;
  const memory: ShelfMemory = {
    control: new SharedArrayBuffer(unitBytes),
    cells: new SharedArrayBuffer(cellCount * wordBytes),
    // Memory that is never touched costs nothing, so all of it is reserved at once.
    segments: Array.from(
      { length: Math.ceil(units / segmentUnits) },
      (_, i) => new SharedArrayBuffer(Math.min(segmentUnits, units - i * segmentUnits) * unitBytes),
    ),
  };
  const control = new Uint32Array(memory.control);
  const cells = new Uint32Array(memory.cells);
  const segments = memory.segments.map((buffer) => new Uint32Array(buffer));
  const reader = new ShelfReader(memory);
  /** The ring: records from `tail` on to `head`, in units; equal when it is empty or full. */
  let head = 0;
  let tail = 0;
  let usedUnits = 0;
  let count = 0;

  const wordsAt = (unit: number): Uint32Array => segments[unit >>> segmentShift] as Uint32Array;
  const wordOf = (unit: number): number => (unit & segmentMask) * unitWords;

  function cellOf(high: number, low: number): number {
    let cell = homeOf(high, low, cellCount);
    for (;;) {
      const place = cells[cell] as number;
      if (place === 0) {
        return cell;
      }
      const words = wordsAt(place - 1);
      const at = wordOf(place - 1);
      if (words[at + keyLowAt] === low && words[at + keyHighAt] === high) {
        return cell;
      }
      cell = cell + 1 === cellCount ? 0 : cell + 1;
    }
  }

  function clearCell(cleared: number): void {
    let hole = cleared;
    // What follows moves up where its home allows it, so that no search ends at the hole.
    for (let cell = hole; ;) {
      cell = cell + 1 === cellCount ? 0 : cell + 1;
      const place = cells[cell] as number;
      if (place === 0) {
        break;
      }
      const words = wordsAt(place - 1);
      const at = wordOf(place - 1);
      const home = homeOf(
        words[at + keyHighAt] as number,
        words[at + keyLowAt] as number,
        cellCount,
      );
      if ((cell - home + cellCount) % cellCount >= (cell - hole + cellCount) % cellCount) {
        Atomics.store(cells, hole, place);
        hole = cell;
      }
    }
    Atomics.store(cells, hole, 0);
  }

  const unitsFor = (length: number): number => Math.ceil((headWords + length) / unitWords);

  /** The oldest record or gap leaves the ring. Its place, if it was read and is to be moved on. */
  function retire(mayStay: boolean): number | null {
    const unit = tail;
    const words = wordsAt(unit);
    const at = wordOf(unit);
    const cell = cellOf(words[at + keyHighAt] as number, words[at + keyLowAt] as number);
    const size = unitsFor(words[at + lengthAt] as number);
    tail = (tail + size) % units;
    usedUnits -= size;
    if (cells[cell] !== unit + 1) {
      return null;
    }
    // In any case nobody is to find it where it was.
    clearCell(cell);
    count -= 1;
    return mayStay && words[at + usedAt] === 1 ? unit : null;
  }

  function advance(size: number): void {
    head = (head + size) % units;
    usedUnits += size;
    if (head === 0) {
      Atomics.add(control, lapsAt, 1);
    }
  }

  /** Fills the end of a segment that is too short for the next record. */
  function fillGap(size: number): void {
    const words = wordsAt(head);
    const at = wordOf(head);
    // No key is 0, so that a gap is never held.
    words[at + keyHighAt] = 0;
    words[at + keyLowAt] = 0;
    words[at + lengthAt] = size * unitWords - headWords;
    words[at + usedAt] = 0;
    advance(size);
  }

  const roomInSegment = (): number => Math.min(segmentUnits - (head & segmentMask), units - head);

  /** Makes room for so many units in a row at the head; records that were read lately stay. */
  function makeRoom(size: number): void {
    let chances = secondChancesMax;
    for (;;) {
      const room = roomInSegment();
      if (usedUnits + Math.min(room, size) <= units) {
        if (room >= size) {
          return;
        }
        fillGap(room);
        continue;
      }
      const unit = retire(chances > 0);
      if (unit !== null) {
        chances -= 1;
        moveOn(unit);
      }
    }
  }

  /**
   * Writes a record that has just left the ring anew at the head, which may overlap where it was;
   * where a segment's end would cut it, it goes after all.
   */
  function moveOn(unit: number): void {
    const words = wordsAt(unit);
    const at = wordOf(unit);
    const record = words.subarray(at, at + headWords + (words[at + lengthAt] as number));
    const size = unitsFor(record.length - headWords);
    if (roomInSegment() < size) {
      return;
    }
    const [high, low] = [record[keyHighAt] as number, record[keyLowAt] as number];
    const to = wordsAt(head);
    const toAt = wordOf(head);
    to.set(record, toAt);
    to[toAt + usedAt] = 0;
    Atomics.store(cells, cellOf(high, low), head + 1);
    count += 1;
    advance(size);
  }

  function remove(high: number, low: number): void {
    const cell = cellOf(high, low);
    if (cells[cell] !== 0) {
      clearCell(cell);
      count -= 1;
    }
  }

  return {
    memory,
    reader,
    put(high, low, length, write) {
      assert(high !== 0 || low !== 0, "0 is no key");
      const size = unitsFor(length);
      // One record may take a quarter of the memory, so that it does not drive out all others.
      if (size * largestShare > Math.min(units, segmentUnits)) {
        remove(high, low);
        return false;
      }
      while (count >= entriesMax) {
        retire(false);
      }
      makeRoom(size);
      const words = wordsAt(head);
      const at = wordOf(head);
      words[at + keyHighAt] = high;
      words[at + keyLowAt] = low;
      words[at + lengthAt] = length;
      words[at + usedAt] = 0;
      write(words, at + headWords);
      const cell = cellOf(high, low);
      if (cells[cell] === 0) {
        count += 1;
      }
      Atomics.store(cells, cell, head + 1);
      advance(size);
      return true;
    },
    remove,
    bytes: () => usedUnits * unitBytes + Math.ceil(count / load) * wordBytes,
    count: () => count,
  };
}

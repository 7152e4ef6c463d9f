import { assert } from "../../kernel/assert.ts";
import { idMax, type Id } from "../../kernel/id.ts";
import type { ReshareState, StoryState } from "../stories/contract.ts";
import {
  chainedBit,
  endedBit,
  neededBit,
  reshareBit,
  statusBit,
  visibilityCodes,
  type Columns,
} from "./entries.ts";
import {
  createColumn,
  createIdTable,
  highWord,
  joinWords,
  lowWord,
  noSlot,
  type AccountNumbers,
} from "./packed.ts";

/**
 * The window: every story and every reshare with an id at or above the floor, of every author, in
 * packed columns. An entry is a slot. Each account's entries form a chain, newest first; each
 * story's reshares form a chain, oldest first, because a reshared story stands where the first
 * reshare that the reader sees stands.
 *
 * Besides the window it holds the older stories that reshares of the window refer to, with all of
 * their reshares ("loose" slots: in no account's chain).
 *
 * Applying a state again or in another order ends in the same index: stories carry versions, and a
 * reshare that ended stays as a marker.
 */
export interface StoryIndex {
  /** The window begins here; a page reads it once and uses it throughout. */
  floor(): Id;
  /** At or above it events are applied; below the floor while older stories are being loaded. */
  loadingFloor(): Id;
  /** Called before the rows are read; from here on no event is lost, whatever it tells of. */
  startLoading(from: Id): void;
  /** Called once the rows are applied: the floor is lowered. */
  finishLoading(): void;
  /** True if the story was not known or the state is newer; stories that the index does not hold are left out. */
  applyStory(state: StoryState): boolean;
  /** The id of the reshare's story if that has to be loaded now, because the index can't know it. */
  applyReshare(state: ReshareState, ended: boolean): Id | null;
  /**
   * States of stories that reshares of the window refer to, with all of their reshares, wherever
   * they stand; what no reshare needs is left out.
   */
  applyTargets(stories: readonly StoryState[], reshares: readonly ReshareState[]): void;
  /** Slots that are taken. */
  size(): number;
  readonly slotsMax: number;
  /** Bytes that the columns reserve; untouched ones cost nothing. */
  readonly bytes: number;
  /** The slot of an id, or 0. */
  find(id: Id): number;
  readonly columns: Columns;
}

const columnsBySlot = 8;
const cellWordsBySlot = 2;
const wordBytes = 4;
/** How much room a sweep makes: an eighth, so that sweeping costs little for each story. */
const sweptShare = 8;
const sampleMax = 4096;
/** After so many raises by an eighth little is left; then everything goes. */
const raisesMax = 16;
/** A reshare and the story that it refers to. */
const slotsByEventMax = 2;

export function createStoryIndex(options: {
  readonly slotsMax: number;
  readonly accountsMax: number;
  readonly accounts: AccountNumbers;
}): StoryIndex {
  const { slotsMax, accountsMax, accounts } = options;
  const high = createColumn(slotsMax + 1);
  const low = createColumn(slotsMax + 1);
  const actor = createColumn(slotsMax + 1);
  const older = createColumn(slotsMax + 1);
  const meta = createColumn(slotsMax + 1);
  const version = createColumn(slotsMax + 1);
  const target = createColumn(slotsMax + 1);
  const sibling = createColumn(slotsMax + 1);
  const newest = createColumn(accountsMax + 1);
  const oldest = createColumn(accountsMax + 1);
  const table = createIdTable(slotsMax, high, low);

  let floor = idMax;
  let loadingFloor = idMax;
  let size = 0;
  let everUsed = 0;
  /** Freed slots form a chain through `older`. */
  let firstFree = noSlot;
  /** Events of a load that is under way which tell of nothing that is held yet; null: none is. */
  let early: (() => void)[] | null = null;

  const idOf = (slot: number): Id => joinWords(high[slot] as number, low[slot] as number);
  const find = (id: Id): number => table.find(highWord(id), lowWord(id));
  const isBefore = (a: number, b: number): boolean =>
    (high[a] as number) < (high[b] as number) ||
    (high[a] === high[b] && (low[a] as number) < (low[b] as number));

  function take(id: Id, account: number, bits: number): number {
    assert(size < slotsMax, "the feed index has a free slot");
    let slot = firstFree;
    if (slot === noSlot) {
      everUsed += 1;
      slot = everUsed;
    } else {
      firstFree = older[slot] as number;
    }
    size += 1;
    high[slot] = highWord(id);
    low[slot] = lowWord(id);
    actor[slot] = account;
    older[slot] = noSlot;
    meta[slot] = bits;
    version[slot] = 0;
    target[slot] = noSlot;
    sibling[slot] = noSlot;
    table.add(slot);
    return slot;
  }

  function release(slot: number): void {
    table.remove(slot);
    older[slot] = firstFree;
    meta[slot] = 0;
    firstFree = slot;
    size -= 1;
  }

  /** Puts a complete slot into its account's chain: nearly always at one of the two ends. */
  function chain(slot: number): void {
    const account = actor[slot] as number;
    meta[slot] = (meta[slot] as number) | chainedBit;
    const first = newest[account] as number;
    const last = oldest[account] as number;
    if (first === noSlot) {
      oldest[account] = slot;
      Atomics.store(newest, account, slot);
    } else if (isBefore(first, slot)) {
      older[slot] = first;
      Atomics.store(newest, account, slot);
    } else if (isBefore(slot, last)) {
      oldest[account] = slot;
      Atomics.store(older, last, slot);
    } else {
      let at = first;
      while (isBefore(slot, older[at] as number)) {
        at = older[at] as number;
      }
      older[slot] = older[at] as number;
      Atomics.store(older, at, slot);
    }
  }

  /** Puts a reshare into its story's chain, oldest first: nearly always at the end. */
  function join(reshare: number, story: number): void {
    target[reshare] = story;
    const first = target[story] as number;
    const last = sibling[story] as number;
    if (first === noSlot) {
      target[story] = reshare;
      sibling[story] = reshare;
    } else if (isBefore(last, reshare)) {
      sibling[last] = reshare;
      sibling[story] = reshare;
    } else if (isBefore(reshare, first)) {
      sibling[reshare] = first;
      target[story] = reshare;
    } else {
      let at = first;
      while (isBefore(sibling[at] as number, reshare)) {
        at = sibling[at] as number;
      }
      sibling[reshare] = sibling[at] as number;
      sibling[at] = reshare;
    }
  }

  function setState(slot: number, state: StoryState): boolean {
    if (state.version <= (version[slot] as number)) {
      return false;
    }
    version[slot] = state.version;
    actor[slot] = accounts.of(state.authorId);
    const kept = (meta[slot] as number) & chainedBit;
    meta[slot] = kept | visibilityCodes[state.visibility] | statusBit(state.status);
    return true;
  }

  function holdStory(state: StoryState): boolean {
    const slot = find(state.id) || take(state.id, accounts.of(state.authorId), 0);
    const changed = setState(slot, state);
    if (state.id >= loadingFloor && ((meta[slot] as number) & chainedBit) === 0) {
      chain(slot);
    }
    return changed;
  }

  function holdReshare(state: ReshareState, ended: boolean): void {
    let slot = find(state.id);
    if (slot === noSlot) {
      slot = take(state.id, accounts.of(state.accountId), reshareBit);
      const story = find(state.storyId);
      assert(story !== noSlot, "a reshare's story is held before the reshare");
      join(slot, story);
    }
    if (ended) {
      meta[slot] = (meta[slot] as number) | endedBit;
    }
    if (state.id >= loadingFloor && ((meta[slot] as number) & chainedBit) === 0) {
      chain(slot);
    }
  }

  /** Called before anything is looked up, because it may free what a caller has just found. */
  function makeRoom(): void {
    for (let tries = 0; size + slotsByEventMax > slotsMax && tries < raisesMax; tries += 1) {
      raiseFloor(chooseFloor());
    }
    if (size + slotsByEventMax > slotsMax) {
      // One story with more reshares than there are slots: the window begins anew above it.
      raiseFloor(aboveAll());
    }
    assert(size + slotsByEventMax <= slotsMax, "an empty window has room");
  }

  /** The id below which about an eighth of the window lies, judged by a sample. */
  function chooseFloor(): Id {
    const step = Math.max(1, Math.floor(everUsed / sampleMax));
    const sample: Id[] = [];
    for (let slot = 1; slot <= everUsed; slot += step) {
      if (((meta[slot] as number) & chainedBit) !== 0) {
        sample.push(idOf(slot));
      }
    }
    sample.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return sample[Math.ceil(sample.length / sweptShare)] ?? aboveAll();
  }

  function aboveAll(): Id {
    let newestId = loadingFloor === idMax ? idMax : loadingFloor - 1n;
    for (let slot = 1; slot <= everUsed; slot += 1) {
      if (((meta[slot] as number) & chainedBit) !== 0 && idOf(slot) > newestId) {
        newestId = idOf(slot);
      }
    }
    return newestId === idMax ? idMax : newestId + 1n;
  }

  /**
   * Makes room: the floor rises first, so that no page begins below it, then what lies below is
   * freed, save for what reshares of the window refer to.
   */
  function raiseFloor(raised: Id): void {
    floor = raised > floor ? raised : floor;
    loadingFloor = raised > loadingFloor ? raised : loadingFloor;
    const floorHigh = highWord(raised);
    const floorLow = lowWord(raised);
    const isBelow = (slot: number): boolean =>
      (high[slot] as number) < floorHigh ||
      (high[slot] === floorHigh && (low[slot] as number) < floorLow);

    for (let slot = 1; slot <= everUsed; slot += 1) {
      const bits = meta[slot] as number;
      if ((bits & chainedBit) === 0) {
        continue;
      }
      if (isBelow(slot)) {
        const account = actor[slot] as number;
        if (isBelow(newest[account] as number)) {
          newest[account] = noSlot;
          oldest[account] = noSlot;
        }
        meta[slot] = (meta[slot] as number) & ~chainedBit;
      } else {
        const next = older[slot] as number;
        if (next !== noSlot && isBelow(next)) {
          older[slot] = noSlot;
          oldest[actor[slot] as number] = slot;
        }
      }
    }
    sweep();
  }

  function sweep(): void {
    // Reshares go with their story, so every chain of reshares is kept or freed as a whole; those
    // that are in an account's chain keep their story.
    for (let slot = 1; slot <= everUsed; slot += 1) {
      const bits = meta[slot] as number;
      if ((bits & reshareBit) !== 0 && (bits & chainedBit) !== 0) {
        meta[target[slot] as number] = (meta[target[slot] as number] as number) | neededBit;
      }
    }
    for (let slot = 1; slot <= everUsed; slot += 1) {
      const bits = meta[slot] as number;
      const isStory = (bits & reshareBit) === 0;
      if (!isStory || find(idOf(slot)) !== slot || (bits & (chainedBit | neededBit)) !== 0) {
        continue;
      }
      let reshare = target[slot] as number;
      while (reshare !== noSlot) {
        const next = sibling[reshare] as number;
        release(reshare);
        reshare = next;
      }
      release(slot);
    }
    for (let slot = 1; slot <= everUsed; slot += 1) {
      meta[slot] = (meta[slot] as number) & ~neededBit;
    }
  }

  function applyStory(state: StoryState): boolean {
    makeRoom();
    if (state.id >= loadingFloor || find(state.id) !== noSlot) {
      return holdStory(state);
    }
    early?.push(() => applyStory(state));
    return false;
  }

  function applyReshare(state: ReshareState, ended: boolean): Id | null {
    makeRoom();
    let story = find(state.storyId);
    if (story === noSlot) {
      if (state.id < loadingFloor) {
        early?.push(() => applyReshare(state, ended));
        return null;
      }
      // Nothing is known of the story: it stays invisible (version 0, not live) until it is.
      story = take(state.storyId, accounts.of(state.accountId), 0);
    }
    holdReshare(state, ended);
    return version[story] === 0 && state.storyId < loadingFloor ? state.storyId : null;
  }

  return {
    floor: () => floor,
    loadingFloor: () => loadingFloor,
    startLoading(from) {
      loadingFloor = from;
      early = [];
    },
    finishLoading() {
      // The rows may hold what these ended or changed after the rows were read.
      const missed = early ?? [];
      early = null;
      for (const apply of missed) {
        apply();
      }
      floor = loadingFloor;
    },
    applyStory,
    applyReshare,
    applyTargets(stories, reshares) {
      for (const story of stories) {
        makeRoom();
        if (find(story.id) !== noSlot) {
          holdStory(story);
        }
      }
      for (const reshare of reshares) {
        makeRoom();
        if (find(reshare.storyId) !== noSlot) {
          holdReshare(reshare, false);
        }
      }
    },
    size: () => size,
    slotsMax,
    bytes:
      (slotsMax + 1) * (columnsBySlot + cellWordsBySlot) * wordBytes +
      2 * (accountsMax + 1) * wordBytes,
    find,
    columns: { high, low, actor, older, meta, version, target, sibling, newest },
  };
}

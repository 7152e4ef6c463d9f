import { assert } from "../../kernel/assert.ts";
import { idMax, type Id } from "../../kernel/id.ts";
import { highWord, joinWords, lowWord } from "../../kernel/words.ts";
import type { ReshareState, StoryState } from "../stories/contract.ts";
import { createChains } from "./chains.ts";
import {
  accountMask,
  chainedBit,
  highAt,
  kindEndedReshare,
  kindMask,
  kindOf,
  kindReshare,
  kindShift,
  kindUnknown,
  linkWords,
  lowAt,
  olderAt,
  slotWords,
  stateAt,
  versionElsewhere,
  versionShift,
} from "./entries.ts";
import type { IndexMemory } from "./memory.ts";
import { createIdTable, noSlot, type AccountNumbers } from "./packed.ts";

/**
 * The window: every story and every reshare with an id at or above the floor, of every author, in
 * packed memory that other threads read while this one writes. An entry is a slot (`entries.ts`);
 * slots are reached by the chains of their accounts (`chains.ts`).
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
  /** Memory of the slots, links and cells in use; what was never used is reserved and costs nothing. */
  bytes(): number;
  /** The slot of an id, or 0. */
  find(id: Id): number;
  /** Of a story its first reshare, of a reshare the next later one, or 0. */
  firstReshare(story: number): number;
  nextReshare(reshare: number): number;
  accountOf(slot: number): number;
  isStory(slot: number): boolean;
  readonly memory: IndexMemory;
}

/** How much room a sweep makes: an eighth, so that sweeping costs little for each story. */
const sweptShare = 8;
const sampleMax = 4096;
/** After so many raises by an eighth little is left; then everything goes. */
const raisesMax = 16;
/** A reshare and the story that it refers to. */
const slotsByEventMax = 2;
const wordBytes = 4;
/** Of a version that does not fit the slot: an entry of a map. */
const versionBytes = 40;
const bitsPerByte = 8;

export function createStoryIndex(options: {
  readonly memory: IndexMemory;
  readonly accounts: AccountNumbers;
}): StoryIndex {
  const { memory, accounts } = options;
  const { slots, slotsMax, accountsMax } = memory;
  const chains = createChains(memory, { accountsMax, linksMax: slotsMax });
  const table = createIdTable(slotsMax, slots, slotWords);
  /** Of stories that were edited or deleted more than once. */
  const versions = new Map<number, number>();

  let floor = idMax;
  let loadingFloor = idMax;
  let size = 0;
  let everUsed = 0;
  /** Freed slots form a chain through their third word. */
  let firstFree = noSlot;
  /** Events of a load that is under way which tell of nothing that is held yet; null: none is. */
  let early: (() => void)[] | null = null;
  memory.setFloor(floor);

  const stateOf = (slot: number): number => slots[slot * slotWords + stateAt] as number;
  const idOf = (slot: number): Id =>
    joinWords(
      slots[slot * slotWords + highAt] as number,
      slots[slot * slotWords + lowAt] as number,
    );
  const find = (id: Id): number => table.find(highWord(id), lowWord(id));
  const isChained = (slot: number): boolean => (stateOf(slot) & chainedBit) !== 0;
  const kindOfSlot = (slot: number): number => (stateOf(slot) >>> kindShift) & kindMask;
  const isReshare = (slot: number): boolean => {
    const kind = kindOfSlot(slot);
    return kind === kindReshare || kind === kindEndedReshare;
  };

  function versionOf(slot: number): number {
    const version = stateOf(slot) >>> versionShift;
    return version === versionElsewhere ? (versions.get(slot) ?? versionElsewhere) : version;
  }

  /** One store, so that readers see the old state or the new one. */
  function setState(slot: number, account: number, kind: number, version: number): void {
    const isElsewhere = version >= versionElsewhere;
    if (isElsewhere) {
      versions.set(slot, version);
    }
    const shown = isElsewhere ? versionElsewhere : version;
    const chained = stateOf(slot) & chainedBit;
    slots[slot * slotWords + stateAt] =
      (account | (kind << kindShift) | chained | (shown << versionShift)) >>> 0;
  }

  function take(id: Id, account: number, kind: number): number {
    assert(size < slotsMax, "the feed index has a free slot");
    let slot = firstFree;
    if (slot === noSlot) {
      everUsed += 1;
      slot = everUsed;
    } else {
      firstFree = slots[slot * slotWords + olderAt] as number;
    }
    size += 1;
    const at = slot * slotWords;
    slots[at + highAt] = highWord(id);
    slots[at + lowAt] = lowWord(id);
    slots[at + olderAt] = noSlot;
    slots[at + stateAt] = 0;
    setState(slot, account, kind, 0);
    table.add(slot);
    return slot;
  }

  function release(slot: number): void {
    table.remove(slot);
    chains.release(slot);
    versions.delete(slot);
    slots[slot * slotWords + stateAt] = 0;
    slots[slot * slotWords + olderAt] = firstFree;
    firstFree = slot;
    size -= 1;
  }

  function chainFrom(slot: number, id: Id): void {
    if (id >= loadingFloor && !isChained(slot)) {
      chains.add(slot);
    }
  }

  function holdStory(state: StoryState): boolean {
    const account = accounts.of(state.authorId);
    const slot = find(state.id) || take(state.id, account, kindUnknown);
    const isNewer = state.version > versionOf(slot);
    if (isNewer) {
      setState(slot, account, kindOf(state.status, state.visibility), state.version);
    }
    chainFrom(slot, state.id);
    return isNewer;
  }

  function holdReshare(state: ReshareState, ended: boolean): void {
    const account = accounts.of(state.accountId);
    let slot = find(state.id);
    if (slot === noSlot) {
      slot = take(state.id, account, kindReshare);
      const story = find(state.storyId);
      assert(story !== noSlot, "a reshare's story is held before the reshare");
      chains.join(slot, story);
    }
    if (ended) {
      setState(slot, account, kindEndedReshare, 0);
    }
    chainFrom(slot, state.id);
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
      if (isChained(slot)) {
        sample.push(idOf(slot));
      }
    }
    sample.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return sample[Math.ceil(sample.length / sweptShare)] ?? aboveAll();
  }

  function aboveAll(): Id {
    let newestId = loadingFloor === idMax ? idMax : loadingFloor - 1n;
    for (let slot = 1; slot <= everUsed; slot += 1) {
      if (isChained(slot) && idOf(slot) > newestId) {
        newestId = idOf(slot);
      }
    }
    return newestId === idMax ? idMax : newestId + 1n;
  }

  /**
   * Makes room: the floor rises first, so that no page begins below it, then what lies below is
   * freed, save for what reshares of the window refer to. Readers look at the floor again when
   * they are done: it is set again at the end, before any slot is used anew.
   */
  function raiseFloor(raised: Id): void {
    floor = raised > floor ? raised : floor;
    loadingFloor = raised > loadingFloor ? raised : loadingFloor;
    memory.setFloor(floor);
    chains.cutBelow(highWord(raised), lowWord(raised), everUsed);
    sweep();
    memory.setFloor(floor);
  }

  function sweep(): void {
    // Reshares go with their story, so every chain of reshares is kept or freed as a whole; those
    // that are in an account's chain keep their story.
    const needed = new Uint8Array(Math.ceil((everUsed + 1) / bitsPerByte));
    const bitOf = (slot: number): number => 1 << (slot % bitsPerByte);
    for (let slot = 1; slot <= everUsed; slot += 1) {
      if (isChained(slot) && isReshare(slot)) {
        const story = chains.storyOf(slot);
        const byte = Math.floor(story / bitsPerByte);
        needed[byte] = (needed[byte] as number) | bitOf(story);
      }
    }
    for (let slot = 1; slot <= everUsed; slot += 1) {
      const isNeeded = ((needed[Math.floor(slot / bitsPerByte)] as number) & bitOf(slot)) !== 0;
      if (isNeeded || isChained(slot) || isReshare(slot) || find(idOf(slot)) !== slot) {
        continue;
      }
      let reshare = chains.firstReshare(slot);
      while (reshare !== noSlot) {
        const next = chains.nextReshare(reshare);
        release(reshare);
        reshare = next;
      }
      release(slot);
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
      story = take(state.storyId, accounts.of(state.accountId), kindUnknown);
    }
    holdReshare(state, ended);
    // At or above the floor it is on its way; below it may be loaded later than its reshare shows.
    return versionOf(story) === 0 && state.storyId < floor ? state.storyId : null;
  }

  /** What still tells of nothing that is held waits on. */
  function applyEarly(): void {
    const waiting = early ?? [];
    early = early === null ? null : [];
    for (const apply of waiting) {
      apply();
    }
  }

  return {
    floor: () => floor,
    loadingFloor: () => loadingFloor,
    startLoading(from) {
      loadingFloor = from;
      early = [];
    },
    finishLoading() {
      const missed = early ?? [];
      early = null;
      for (const apply of missed) {
        apply();
      }
      floor = loadingFloor;
      memory.setFloor(floor);
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
      // The rows may hold what these ended or changed after the rows were read.
      applyEarly();
    },
    size: () => size,
    slotsMax,
    bytes: () =>
      (everUsed * slotWords + chains.links().ever * linkWords) * wordBytes +
      (table.bytes * everUsed) / slotsMax +
      versions.size * versionBytes,
    find,
    firstReshare: chains.firstReshare,
    nextReshare: chains.nextReshare,
    accountOf: (slot) => stateOf(slot) & accountMask,
    isStory: (slot) => !isReshare(slot),
    memory,
  };
}

import { assert } from "../../kernel/assert.ts";
import { idMax, type Id } from "../../kernel/id.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import {
  packedLiveBit,
  packedVisibilityMask,
  storyAt,
  type PackedStories,
  type ReshareState,
  type StoryState,
} from "../stories/contract.ts";
import { createChains } from "./chains.ts";
import {
  accountMask,
  chainedBit,
  highAt,
  kindEndedReshare,
  kindGone,
  kindOf,
  kindPublic,
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
import { createSlotReader } from "./slot-reader.ts";

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
  /** The same for those at the places from `from` to before `to`. */
  applyStories(stories: PackedStories, from: number, to: number): void;
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
  let [loadingHigh, loadingLow] = [highWord(loadingFloor), lowWord(loadingFloor)];
  let size = 0;
  let everUsed = 0;
  /** Freed slots form a chain through their third word. */
  let firstFree = noSlot;
  /** Events of a load that is under way which tell of nothing that is held yet; null: none is. */
  let early: (() => void)[] | null = null;
  memory.setFloor(floor);

  function setLoadingFloor(from: Id): void {
    loadingFloor = from;
    [loadingHigh, loadingLow] = [highWord(from), lowWord(from)];
  }

  const isLoaded = (high: number, low: number): boolean =>
    high > loadingHigh || (high === loadingHigh && low >= loadingLow);

  const { stateOf, idOf, isChained, isReshare } = createSlotReader(slots);
  const find = (id: Id): number => table.find(highWord(id), lowWord(id));

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

  function take(high: number, low: number, account: number, kind: number): number {
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
    slots[at + highAt] = high;
    slots[at + lowAt] = low;
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

  function chain(slot: number): void {
    if (!isChained(slot)) {
      chains.add(slot);
    }
  }

  /** `found` is where the story is already, or 0. True if the state is newer than what was held. */
  function holdStory(
    found: number,
    high: number,
    low: number,
    state: { readonly account: number; readonly kind: number; readonly version: number },
  ): boolean {
    const { account, kind, version } = state;
    const slot = found === noSlot ? take(high, low, account, kindUnknown) : found;
    const isNewer = version > versionOf(slot);
    if (isNewer) {
      setState(slot, account, kind, version);
    }
    if (isLoaded(high, low)) {
      chain(slot);
    }
    return isNewer;
  }

  function holdStoryState({ id, authorId, status, visibility, version }: StoryState): boolean {
    const [high, low] = [highWord(id), lowWord(id)];
    const account = accounts.of(authorId);
    const kind = kindOf(status, visibility);
    return holdStory(table.find(high, low), high, low, { account, kind, version });
  }

  function holdReshare(state: ReshareState, ended: boolean): void {
    const account = accounts.of(state.accountId);
    let slot = find(state.id);
    if (slot === noSlot) {
      slot = take(highWord(state.id), lowWord(state.id), account, kindReshare);
      const story = find(state.storyId);
      assert(story !== noSlot, "a reshare's story is held before the reshare");
      chains.join(slot, story);
    }
    if (ended) {
      setState(slot, account, kindEndedReshare, 0);
    }
    if (state.id >= loadingFloor) {
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
    setLoadingFloor(raised > loadingFloor ? raised : loadingFloor);
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
      return holdStoryState(state);
    }
    early?.push(() => applyStory(state));
    return false;
  }

  function applyPacked(stories: PackedStories, i: number): void {
    makeRoom();
    const [high, low] = [stories.high[i] as number, stories.low[i] as number];
    const found = table.find(high, low);
    if (found === noSlot && !isLoaded(high, low)) {
      applyStory(storyAt(stories, i));
      return;
    }
    const state = stories.state[i] as number;
    holdStory(found, high, low, {
      account: accounts.ofWords(stories.authorHigh[i] as number, stories.authorLow[i] as number),
      kind: (state & packedLiveBit) === 0 ? kindGone : kindPublic + (state & packedVisibilityMask),
      version: stories.version[i] as number,
    });
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
      const [high, low] = [highWord(state.storyId), lowWord(state.storyId)];
      story = take(high, low, accounts.of(state.accountId), kindUnknown);
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
      setLoadingFloor(from);
      early = [];
    },
    finishLoading() {
      applyEarly();
      early = null;
      floor = loadingFloor;
      memory.setFloor(floor);
    },
    applyStory,
    applyStories(stories, from, to) {
      for (let i = from; i < to; i += 1) {
        applyPacked(stories, i);
      }
    },
    applyReshare,
    applyTargets(stories, reshares) {
      for (const story of stories) {
        makeRoom();
        if (find(story.id) !== noSlot) {
          holdStoryState(story);
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

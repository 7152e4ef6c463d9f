import { idMax, type Id } from "../../kernel/id.ts";
import { pageSizeMax } from "../../kernel/page.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import { isExcluded, levelOf, type ViewerAudience } from "./audiences.ts";
import {
  accountMask,
  headHighAt,
  headWords,
  highAt,
  isOlderSlot,
  isSeenBy,
  kindEndedReshare,
  kindMask,
  kindPublic,
  kindReshare,
  kindShift,
  linkOf,
  linkBit,
  lowAt,
  noLandmark,
  olderAt,
  olderOf,
  seesAll,
  seesFriends,
  seesPublic,
  siblingAt,
  skipAt,
  slotWords,
  stateAt,
  targetAt,
  type IndexColumns,
  type Level,
} from "./entries.ts";
import { noSlot, type Column } from "./packed.ts";

/**
 * The feed as a query: the newest entries of everyone the viewer sees. Of each account the time of
 * its newest entry is looked at; those with the newest are merged. Everything is looked up in shared
 * memory, and nothing is allocated for what is not shown.
 *
 * Memory is slow and answers many questions at once. So what a step will need is asked for together
 * before the step is taken (`touched`).
 *
 * A reader in another thread may meet slots that are being used anew; what it then finds is
 * nonsense, but it comes to an end, and the floor's count tells that the page is to be read again.
 */
export interface Merge {
  /**
   * Finds at most `limit` entries with `floor <= id < below`, newest first; how many there are. They
   * stand in `found` until the next call.
   */
  collect(
    audience: ViewerAudience,
    range: { readonly below: Id; readonly floor: Id; readonly limit: number },
  ): number;
  readonly found: FoundEntries;
  /** Who reshared a story, of those the viewer sees, oldest first; in `resharers` until the next call. */
  resharersOf(audience: ViewerAudience, story: number): void;
  readonly resharers: FoundResharers;
}

export interface FoundEntries {
  /** The slot where the entry stands: the story's own, or that of the first reshare. */
  slots: Column;
  /** The slot of its story. */
  stories: Column;
  /** How much of its author's the viewer sees. */
  levels: Uint8Array;
}

export interface FoundResharers {
  /** The slot of the first reshare, or 0. */
  first: number;
  count: number;
  /** Numbers of the first of them; as many as `shownResharersMax`. */
  readonly accounts: Column;
}

export const shownResharersMax = 3;
/** One more than the largest page, to know whether there is more; whoever asks for more gets it. */
const entriesUsual = pageSizeMax + 1;
/** So many accounts more than a page has entries are looked at first, because some show nothing. */
const spareAccounts = 8;

export function createMerge(columns: IndexColumns): Merge {
  const { slots, links, heads } = columns;
  // Used by one page at a time: a page is merged without a pause.
  const found: FoundEntries = {
    slots: new Uint32Array(),
    stories: new Uint32Array(),
    levels: new Uint8Array(),
  };
  let highs = new Uint32Array();
  let lows = new Uint32Array();
  /** By place in the viewer's lists, the viewer first: a slot of the account's chain, and the high word of its id. */
  let places = new Uint32Array();
  let times = new Uint32Array();
  /** Places whose chains are not below a page's beginning, and the slots that they have come from. */
  let [stepping, newer] = [new Uint32Array(), new Uint32Array()];
  /** Those with the newest entries, newest first: places in the viewer's lists, and their times. */
  let chosen = new Uint32Array();
  let chosenTimes = new Uint32Array();
  /** Of no meaning, but what is only read and not used is not read at all. */
  const touched = { sum: 0 };
  const resharers = { first: noSlot, count: 0, accounts: new Uint32Array(shownResharersMax) };
  /** Of the page that is being collected. */
  let size = 0;
  let limit = 0;
  let belowHigh = 0;
  let belowLow = 0;
  let floorHigh = 0;
  let floorLow = 0;

  function reserve(entries: number): void {
    found.slots = new Uint32Array(entries);
    found.stories = new Uint32Array(entries);
    found.levels = new Uint8Array(entries);
    highs = new Uint32Array(entries);
    lows = new Uint32Array(entries);
    chosen = new Uint32Array(entries + spareAccounts);
    chosenTimes = new Uint32Array(entries + spareAccounts);
  }
  reserve(entriesUsual);

  function nextOlder(slot: number): number {
    const next = olderOf(columns, slot);
    // Only memory that is being used anew leads to an entry that is not older.
    return isOlder(next, slot) ? next : noSlot;
  }

  const isOlder = (a: number, b: number): boolean => isOlderSlot(slots, a, b);

  const isBelow = (slot: number): boolean => {
    const high = slots[slot * slotWords + highAt] as number;
    return (
      high < belowHigh ||
      (high === belowHigh && (slots[slot * slotWords + lowAt] as number) < belowLow)
    );
  };

  /** One step along a chain towards the page's beginning; landmarks skip many at once. */
  function nextTowardsBelow(slot: number): number {
    const link = linkOf(slots, slot);
    const skip = link === 0 ? 0 : (links[link + skipAt] as number);
    const isFar = skip !== 0 && skip !== noLandmark && !isBelow(skip) && isOlder(skip, slot);
    return isFar ? skip : olderOf(columns, slot);
  }

  /**
   * For a page that does not begin at the newest: in each account's chain the first entry below its
   * beginning. All chains take a step, then all take the next, so that memory is asked for many
   * places at once; one chain after another would wait for each place by itself.
   */
  function stepBelow(count: number): void {
    let active = 0;
    for (let i = 0; i < count; i += 1) {
      // Whose newest is older than the page's beginning needs no step.
      if ((times[i] as number) >= belowHigh) {
        newer[i] = noSlot;
        stepping[active] = i;
        active += 1;
      }
    }
    while (active > 0) {
      for (let i = 0; i < active; i += 1) {
        touched.sum ^= slots[(places[stepping[i] as number] as number) * slotWords] as number;
      }
      let left = 0;
      for (let i = 0; i < active; i += 1) {
        const account = stepping[i] as number;
        const before = newer[account] as number;
        const reached = places[account] as number;
        // Only memory that is being used anew leads to an entry that is not older.
        const slot = before === noSlot || isOlder(reached, before) ? reached : noSlot;
        if (slot === noSlot || isBelow(slot)) {
          places[account] = slot;
          times[account] = slots[slot * slotWords + highAt] as number;
          continue;
        }
        newer[account] = slot;
        places[account] = nextTowardsBelow(slot);
        stepping[left] = account;
        left += 1;
      }
      active = left;
    }
  }

  /**
   * The newest entry of everyone the viewer sees, in `places` and `times`; how many there are. Far
   * back no time may be older than its entry's, so they are read in the writer's order.
   */
  function gather(audience: ViewerAudience, isFarBack: boolean): number {
    const { viewer, words, friendsAt, excludedAt } = audience;
    const count = 1 + excludedAt - friendsAt;
    if (count > places.length) {
      places = new Uint32Array(count);
      times = new Uint32Array(count);
      stepping = new Uint32Array(count);
      newer = new Uint32Array(count);
    }
    places[0] = heads[viewer * headWords] as number;
    times[0] = heads[viewer * headWords + headHighAt] as number;
    for (let i = 1; i < count; i += 1) {
      const head = (words[friendsAt + i - 1] as number) * headWords;
      places[i] = isFarBack ? Atomics.load(heads, head) : (heads[head] as number);
      times[i] = heads[head + headHighAt] as number;
    }
    return count;
  }

  /** Puts the accounts with the newest times into `chosen`; how many these are. */
  function choose(count: number): number {
    const most = Math.min(count, limit + spareAccounts);
    let taken = 0;
    for (let i = 0; i < count; i += 1) {
      const time = times[i] as number;
      if (taken === most && time <= (chosenTimes[most - 1] as number)) {
        continue;
      }
      let at = taken === most ? most - 1 : taken;
      while (at > 0 && (chosenTimes[at - 1] as number) < time) {
        chosenTimes[at] = chosenTimes[at - 1] as number;
        chosen[at] = chosen[at - 1] as number;
        at -= 1;
      }
      chosenTimes[at] = time;
      chosen[at] = i;
      taken += taken === most ? 0 : 1;
    }
    return taken;
  }

  function findResharers(audience: ViewerAudience, story: number): void {
    resharers.first = noSlot;
    resharers.count = 0;
    const link = linkOf(slots, story);
    let at = link === 0 ? noSlot : (links[link + targetAt] as number);
    while (at !== noSlot) {
      const state = slots[at * slotWords + stateAt] as number;
      const account = state & accountMask;
      const isStanding = ((state >>> kindShift) & kindMask) === kindReshare;
      if (isStanding && levelOf(audience, account) !== null) {
        resharers.first = resharers.first === noSlot ? at : resharers.first;
        if (resharers.count < shownResharersMax) {
          resharers.accounts[resharers.count] = account;
        }
        resharers.count += 1;
      }
      const next = links[linkOf(slots, at) + siblingAt] as number;
      at = next !== noSlot && isOlder(at, next) ? next : noSlot;
    }
  }

  /** A reshared story stands at the first reshare by someone the viewer sees, and not if the author is seen. */
  function isShownReshare(audience: ViewerAudience, slot: number): boolean {
    const story = links[linkOf(slots, slot) + targetAt] as number;
    const state = slots[story * slotWords + stateAt] as number;
    const author = state & accountMask;
    if (
      ((state >>> kindShift) & kindMask) !== kindPublic ||
      levelOf(audience, author) !== null ||
      isExcluded(audience, author)
    ) {
      return false;
    }
    findResharers(audience, story);
    return resharers.first === slot;
  }

  /** The first entry from the slot on that is shown and not older than what the page has anyway, or 0. */
  function firstShown(audience: ViewerAudience, from: number, level: Level): number {
    let slot = from;
    while (slot !== noSlot) {
      const at = slot * slotWords;
      const high = slots[at + highAt] as number;
      const low = slots[at + lowAt] as number;
      if (high < floorHigh || (high === floorHigh && low < floorLow) || isTooOld(high, low)) {
        return noSlot;
      }
      const kind = ((slots[at + stateAt] as number) >>> kindShift) & kindMask;
      if (isSeenBy(level, kind) || (kind === kindReshare && isShownReshare(audience, slot))) {
        return slot;
      }
      slot = nextOlder(slot);
    }
    return noSlot;
  }

  const isTooOld = (high: number, low: number): boolean =>
    size === limit &&
    (high < (highs[limit - 1] as number) ||
      (high === highs[limit - 1] && low <= (lows[limit - 1] as number)));

  /** Puts an entry where it belongs among those from `from` on; the oldest falls out of a full page. */
  function insert(slot: number, level: Level, from: number): void {
    const high = slots[slot * slotWords + highAt] as number;
    const low = slots[slot * slotWords + lowAt] as number;
    let at = size === limit ? limit - 1 : size;
    while (
      at > from &&
      ((highs[at - 1] as number) < high ||
        (highs[at - 1] === high && (lows[at - 1] as number) < low))
    ) {
      highs[at] = highs[at - 1] as number;
      lows[at] = lows[at - 1] as number;
      found.slots[at] = found.slots[at - 1] as number;
      found.levels[at] = found.levels[at - 1] as number;
      at -= 1;
    }
    highs[at] = high;
    lows[at] = low;
    found.slots[at] = slot;
    found.levels[at] = level;
    size += size === limit ? 0 : 1;
  }

  /** Whether nothing that is as old as this, or older, has a place in the page. */
  const isFullAbove = (time: number): boolean =>
    size === limit && time < (highs[limit - 1] as number);

  /** Puts the first entry that is shown of one of the viewer's accounts into the page. */
  function take(audience: ViewerAudience, i: number): void {
    const from = places[i] as number;
    if (from === noSlot || isFullAbove(times[i] as number)) {
      return;
    }
    const level =
      i === 0 ? seesAll : i <= audience.followedAt - audience.friendsAt ? seesFriends : seesPublic;
    const slot = firstShown(audience, from, level);
    if (slot !== noSlot) {
      insert(slot, level, 0);
    }
  }

  /** The first entry that is shown of each account, as far as it has a place in the page. */
  function takeFirsts(audience: ViewerAudience, count: number): void {
    const taken = choose(count);
    for (let i = 0; i < taken; i += 1) {
      touched.sum ^= slots[(places[chosen[i] as number] as number) * slotWords] as number;
    }
    for (let i = 0; i < taken; i += 1) {
      const account = chosen[i] as number;
      take(audience, account);
      places[account] = noSlot;
    }
    // Some of them showed nothing, or there are others of the same time: then the rest has its turn.
    if (taken < count && !isFullAbove(chosenTimes[taken - 1] as number)) {
      for (let i = 0; i < count; i += 1) {
        take(audience, i);
      }
    }
  }

  /** The slots after those of the page, which are looked at next. */
  function touchNext(): void {
    for (let i = 0; i < size; i += 1) {
      const word = slots[(found.slots[i] as number) * slotWords + olderAt] as number;
      if (word < linkBit) {
        touched.sum ^= slots[word * slotWords] as number;
      }
    }
  }

  return {
    found,
    resharers,
    resharersOf: findResharers,
    collect(audience, range) {
      size = 0;
      limit = range.limit;
      if (limit > highs.length) {
        reserve(limit);
      }
      belowHigh = highWord(range.below);
      belowLow = lowWord(range.below);
      floorHigh = highWord(range.floor);
      floorLow = lowWord(range.floor);
      const count = gather(audience, range.below !== idMax);
      if (range.below !== idMax) {
        stepBelow(count);
      }
      takeFirsts(audience, count);
      touchNext();
      // What stands first is the newest of all; the next of its chain takes its place among the rest.
      for (let i = 0; i < size; i += 1) {
        const slot = found.slots[i] as number;
        const level = found.levels[i] as Level;
        const kind = ((slots[slot * slotWords + stateAt] as number) >>> kindShift) & kindMask;
        const isReshare = kind === kindReshare || kind === kindEndedReshare;
        found.stories[i] = isReshare ? (links[linkOf(slots, slot) + targetAt] as number) : slot;
        const next = firstShown(audience, nextOlder(slot), level);
        if (next !== noSlot) {
          insert(next, level, i + 1);
        }
      }
      return size;
    },
  };
}

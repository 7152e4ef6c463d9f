import { idMax, type Id } from "../../kernel/id.ts";
import { pageSizeMax } from "../../kernel/page.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import { hasNumber, type ViewerAudience } from "./audiences.ts";
import {
  accountMask,
  headHighAt,
  headWords,
  highAt,
  isSeenBy,
  kindEndedReshare,
  kindMask,
  kindPublic,
  kindReshare,
  kindShift,
  linkOf,
  linkOlderAt,
  linkBit,
  linkWords,
  lowAt,
  noLandmark,
  olderAt,
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
 * The feed as a query: the newest entries of everyone the viewer sees. Each account's newest entry
 * is compared with the least of the page so far; the few that are newer are merged. Everything is
 * looked up in shared memory, and nothing is allocated for what is not shown.
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

export function levelOf(audience: ViewerAudience, account: number): Level | null {
  const { words, friendsAt, followedAt, excludedAt } = audience;
  if (account === audience.viewer) {
    return seesAll;
  }
  if (hasNumber(words, friendsAt, followedAt, account)) {
    return seesFriends;
  }
  return hasNumber(words, followedAt, excludedAt, account) ? seesPublic : null;
}

export function isExcluded({ words, excludedAt, endAt }: ViewerAudience, account: number): boolean {
  return hasNumber(words, excludedAt, endAt, account);
}

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
  /** By place in the viewer's lists, the viewer first: a slot of the account's chain. */
  let places = new Uint32Array();
  let stepping = new Uint32Array();
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
  }
  reserve(entriesUsual);

  function nextOlder(slot: number): number {
    const word = slots[slot * slotWords + olderAt] as number;
    const next =
      word < linkBit ? word : (links[(word - linkBit) * linkWords + linkOlderAt] as number);
    // Only memory that is being used anew leads to an entry that is not older.
    return isOlder(next, slot) ? next : noSlot;
  }

  function isOlder(a: number, b: number): boolean {
    const aHigh = slots[a * slotWords + highAt] as number;
    const bHigh = slots[b * slotWords + highAt] as number;
    return (
      aHigh < bHigh ||
      (aHigh === bHigh &&
        (slots[a * slotWords + lowAt] as number) < (slots[b * slotWords + lowAt] as number))
    );
  }

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
    return isFar ? skip : nextOlder(slot);
  }

  /**
   * For a page that does not begin at the newest: in each account's chain the first entry below its
   * beginning. All chains take a step, then all take the next, so that memory is asked for many
   * places at once; one chain after another would wait for each place by itself.
   */
  function stepBelow(audience: ViewerAudience): void {
    let active = gather(audience);
    while (active > 0) {
      let left = 0;
      for (let i = 0; i < active; i += 1) {
        const account = stepping[i] as number;
        const slot = places[account] as number;
        if (slot === noSlot || isBelow(slot)) {
          continue;
        }
        places[account] = nextTowardsBelow(slot);
        stepping[left] = account;
        left += 1;
      }
      active = left;
    }
  }

  /** The newest entry of everyone the viewer sees, in `places`; how many there are. */
  function gather({ viewer, words, friendsAt, excludedAt }: ViewerAudience): number {
    const count = 1 + excludedAt - friendsAt;
    if (count > places.length) {
      places = new Uint32Array(count);
      stepping = new Uint32Array(count);
    }
    places[0] = heads[viewer * headWords] as number;
    stepping[0] = 0;
    for (let i = 1; i < count; i += 1) {
      places[i] = heads[(words[friendsAt + i - 1] as number) * headWords] as number;
      stepping[i] = i;
    }
    return count;
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

  function consider(audience: ViewerAudience, account: number, level: Level): void {
    const head = account * headWords;
    const newest = heads[head] as number;
    if (newest === noSlot) {
      return;
    }
    if (size === limit && (heads[head + headHighAt] as number) < (highs[limit - 1] as number)) {
      return;
    }
    take(audience, newest, level);
  }

  /** Puts the first entry that is shown, from this one on, into the page. */
  function take(audience: ViewerAudience, from: number, level: Level): void {
    const slot = firstShown(audience, from, level);
    if (slot !== noSlot) {
      insert(slot, level, 0);
    }
  }

  function takeNewest(audience: ViewerAudience): void {
    const { viewer, words, friendsAt, followedAt, excludedAt } = audience;
    consider(audience, viewer, seesAll);
    for (let i = friendsAt; i < followedAt; i += 1) {
      consider(audience, words[i] as number, seesFriends);
    }
    for (let i = followedAt; i < excludedAt; i += 1) {
      consider(audience, words[i] as number, seesPublic);
    }
  }

  function takeBelow(audience: ViewerAudience): void {
    const { friendsAt, followedAt, excludedAt } = audience;
    stepBelow(audience);
    take(audience, places[0] as number, seesAll);
    const friends = followedAt - friendsAt;
    for (let i = 1; i <= excludedAt - friendsAt; i += 1) {
      take(audience, places[i] as number, i <= friends ? seesFriends : seesPublic);
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
      if (range.below === idMax) {
        takeNewest(audience);
      } else {
        takeBelow(audience);
      }
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

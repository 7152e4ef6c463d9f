import { type Id } from "../../kernel/id.ts";
import type { FeedEntry, Visibility } from "../stories/contract.ts";
import { hasNumber, type ViewerAudience } from "./audiences.ts";
import { highWord, joinWords, lowWord, noSlot, type AccountNumbers } from "./packed.ts";
import { endedBit, liveBit, reshareBit, visibilityCodes, visibilityMask } from "./entries.ts";
import type { StoryIndex } from "./story-index.ts";

/**
 * The feed as a query: the newest entries of everyone the viewer sees, merged by a heap of chain
 * heads. Everything is looked up in packed columns; nothing is allocated for what is not shown.
 */
export interface Merge {
  /** At most `limit` entries with `floor <= id < below`, newest first. */
  page(
    audience: ViewerAudience,
    range: { readonly below: Id; readonly floor: Id; readonly limit: number },
  ): FeedEntry[];
  /** Where the story stands for this viewer, or null if it does not stand in the index's part of the feed. */
  entryOf(audience: ViewerAudience, storyId: Id, floor: Id): FeedEntry | null;
  /** Whether the viewer sees stories of this author and visibility, wherever they stand. */
  sees(audience: ViewerAudience, authorId: Id, visibility: Visibility): boolean;
  /** Numbers of the accounts whose audience may have the story in their feed: its author and its resharers. */
  actorsOf(storyId: Id): readonly number[];
}

/** How much of an author's a viewer sees: the greatest visibility code. */
type Level = 0 | 1 | 2;
const seesPublic: Level = 0;
const seesFriends: Level = 1;
const seesAll: Level = 2;
const shownResharersMax = 3;

export function createMerge(index: StoryIndex, accounts: AccountNumbers): Merge {
  const { high, low, actor, older, meta, target, sibling, newest } = index.columns;
  // Used by one page at a time: a page is merged without a pause.
  let heap = new Uint32Array(1024);
  let levels = new Uint8Array(1024);
  let heapSize = 0;

  const isNewer = (a: number, b: number): boolean =>
    (high[a] as number) > (high[b] as number) ||
    (high[a] === high[b] && (low[a] as number) > (low[b] as number));

  function levelOf(audience: ViewerAudience, account: number): Level | null {
    if (account === audience.viewer) {
      return seesAll;
    }
    if (hasNumber(audience.friends, account)) {
      return seesFriends;
    }
    return hasNumber(audience.followed, account) ? seesPublic : null;
  }

  /** The first reshare of the story by someone the viewer sees, who they are, and how many. */
  function resharersOf(
    audience: ViewerAudience,
    story: number,
  ): { first: number; by: Id[]; count: number } {
    let first = noSlot;
    let count = 0;
    const by: Id[] = [];
    for (let at = target[story] as number; at !== noSlot; at = sibling[at] as number) {
      const account = actor[at] as number;
      if (((meta[at] as number) & endedBit) === 0 && levelOf(audience, account) !== null) {
        first = first === noSlot ? at : first;
        count += 1;
        if (by.length < shownResharersMax) {
          by.push(accounts.idOf(account));
        }
      }
    }
    return { first, by, count };
  }

  function isResharable(audience: ViewerAudience, story: number): boolean {
    const bits = meta[story] as number;
    const author = actor[story] as number;
    return (
      (bits & liveBit) !== 0 &&
      (bits & visibilityMask) === visibilityCodes.public &&
      levelOf(audience, author) === null &&
      !hasNumber(audience.excluded, author)
    );
  }

  /** What the reader sees of this slot, or null; cheap for what is not a reshare. */
  function entryAt(audience: ViewerAudience, slot: number, level: Level): FeedEntry | null {
    const bits = meta[slot] as number;
    if ((bits & reshareBit) === 0) {
      if ((bits & liveBit) === 0 || (bits & visibilityMask) > level) {
        return null;
      }
      const id = joinWords(high[slot] as number, low[slot] as number);
      return {
        id,
        storyId: id,
        authorId: accounts.idOf(actor[slot] as number),
        resharedBy: [],
        resharedByCount: 0,
      };
    }
    const story = target[slot] as number;
    if ((bits & endedBit) !== 0 || !isResharable(audience, story)) {
      return null;
    }
    const { first, by, count } = resharersOf(audience, story);
    if (first !== slot) {
      return null;
    }
    return {
      id: joinWords(high[slot] as number, low[slot] as number),
      storyId: joinWords(high[story] as number, low[story] as number),
      authorId: accounts.idOf(actor[story] as number),
      resharedBy: by,
      resharedByCount: count,
    };
  }

  function siftDown(from: number): void {
    const slot = heap[from] as number;
    const level = levels[from] as number;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heapSize) {
        break;
      }
      if (child + 1 < heapSize && isNewer(heap[child + 1] as number, heap[child] as number)) {
        child += 1;
      }
      if (!isNewer(heap[child] as number, slot)) {
        break;
      }
      heap[at] = heap[child] as number;
      levels[at] = levels[child] as number;
      at = child;
    }
    heap[at] = slot;
    levels[at] = level;
  }

  function reserve(count: number): void {
    if (count > heap.length) {
      heap = new Uint32Array(count * 2);
      levels = new Uint8Array(count * 2);
    }
    heapSize = 0;
  }

  return {
    page(audience, { below, floor, limit }) {
      const belowHigh = highWord(below);
      const belowLow = lowWord(below);
      const floorHigh = highWord(floor);
      const floorLow = lowWord(floor);
      const isInWindow = (slot: number): boolean =>
        slot !== noSlot &&
        ((high[slot] as number) > floorHigh ||
          (high[slot] === floorHigh && (low[slot] as number) >= floorLow));

      const begin = (account: number, level: Level): void => {
        let slot = newest[account] as number;
        while (
          slot !== noSlot &&
          ((high[slot] as number) > belowHigh ||
            (high[slot] === belowHigh && (low[slot] as number) >= belowLow))
        ) {
          slot = older[slot] as number;
        }
        if (isInWindow(slot)) {
          heap[heapSize] = slot;
          levels[heapSize] = level;
          heapSize += 1;
        }
      };

      reserve(audience.friends.length + audience.followed.length + 1);
      begin(audience.viewer, seesAll);
      for (const account of audience.friends) {
        begin(account, seesFriends);
      }
      for (const account of audience.followed) {
        begin(account, seesPublic);
      }
      for (let at = (heapSize >> 1) - 1; at >= 0; at -= 1) {
        siftDown(at);
      }

      const entries: FeedEntry[] = [];
      while (heapSize > 0 && entries.length < limit) {
        const slot = heap[0] as number;
        const entry = entryAt(audience, slot, levels[0] as Level);
        if (entry !== null) {
          entries.push(entry);
        }
        const next = older[slot] as number;
        if (isInWindow(next)) {
          heap[0] = next;
        } else {
          heapSize -= 1;
          heap[0] = heap[heapSize] as number;
          levels[0] = levels[heapSize] as number;
        }
        if (heapSize > 0) {
          siftDown(0);
        }
      }
      return entries;
    },

    entryOf(audience, storyId, floor) {
      const story = index.find(storyId);
      if (story === noSlot || ((meta[story] as number) & reshareBit) !== 0) {
        return null;
      }
      const level = levelOf(audience, actor[story] as number);
      const slot = level === null ? resharersOf(audience, story).first : story;
      if (slot === noSlot) {
        return null;
      }
      const entry = entryAt(audience, slot, level ?? seesPublic);
      return entry !== null && entry.id >= floor ? entry : null;
    },

    sees(audience, authorId, visibility) {
      const level = levelOf(audience, accounts.of(authorId));
      return level !== null && visibilityCodes[visibility] <= level;
    },

    actorsOf(storyId) {
      const story = index.find(storyId);
      if (story === noSlot) {
        return [];
      }
      const actors = [actor[story] as number];
      for (let at = target[story] as number; at !== noSlot; at = sibling[at] as number) {
        actors.push(actor[at] as number);
      }
      return actors;
    },
  };
}

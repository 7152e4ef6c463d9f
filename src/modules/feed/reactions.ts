import { LRUCache } from "lru-cache";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { createShelf, type ShelfMemory, type ShelfReader } from "../../kernel/shelf.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import type { Stories, ViewerFlags, ViewerReactions } from "../stories/contract.ts";

/**
 * What each viewer liked and reshared of the window, in shared memory: all of it, so that what is
 * not in it was not done. A reaction of the viewer's changes it; a load that was under way then is
 * not kept.
 *
 * The log's order is not the order in which rows were locked: of a like and its end, one soon after
 * the other, nobody knows from their events which came last. Then what is held is dropped, and the
 * next read loads it anew.
 */
export interface Reactions {
  /** In the order of the ids. */
  flags(context: Context, viewerId: Id, ids: readonly Id[]): Promise<readonly ViewerFlags[]>;
  /** Takes what the viewer did into memory, if it is not there. */
  load(context: Context, viewerId: Id): Promise<void>;
  /** The viewer liked or reshared something, or took it back. */
  changed(viewerId: Id, reaction: Reaction): void;
  bytes(): number;
  count(): number;
  readonly memory: ShelfMemory;
}

export interface Reaction {
  readonly of: "liked" | "reshared";
  readonly storyId: Id;
  /** False: it was taken back. */
  readonly isOn: boolean;
}

/** Words of a record before its ids: from which story on it is known, and how many were liked. */
const knownHighAt = 0;
const knownLowAt = 1;
const likedCountAt = 2;
const idsAt = 3;
const idWords = 2;
/** As records are counted on average when the number of their places is chosen. */
const bytesByViewer = 48;
/** Of one viewer and kind; who reacts more often is loaded anew, which takes the newest alone. */
const heldMax = 1_000;
/** Reactions that are remembered, to know one that follows its opposite: minutes of the busiest hour. */
const recentMax = 50_000;

export const likedFlag = 1;
export const resharedFlag = 2;
/** The record does not reach so far back. */
export const flagsUnknown = -1;

/** What a shelf's reader has found, in place: good until the reader's next `find`. */
export class SharedReactions {
  readonly #reader: ShelfReader;

  constructor(reader: ShelfReader) {
    this.#reader = reader;
  }

  find(viewerHigh: number, viewerLow: number): boolean {
    return this.#reader.find(viewerHigh, viewerLow);
  }

  /** `likedFlag` and `resharedFlag` together, or `flagsUnknown`. */
  flagsOf(high: number, low: number): number {
    const { words, at, length } = this.#reader;
    const knownHigh = words[at + knownHighAt] as number;
    if (high < knownHigh || (high === knownHigh && low < (words[at + knownLowAt] as number))) {
      return flagsUnknown;
    }
    const liked = words[at + likedCountAt] as number;
    const count = (length - idsAt) / idWords;
    return (
      (this.#has(0, liked, high, low) ? likedFlag : 0) |
      (this.#has(liked, count, high, low) ? resharedFlag : 0)
    );
  }

  /** Whether all that was read since `find` was the viewer's. */
  isStillThere(): boolean {
    return this.#reader.isStillThere();
  }

  /** The record's words, for whoever goes on with them later. */
  copy(): Uint32Array {
    const { words, at, length } = this.#reader;
    return words.slice(at, at + length);
  }

  /** The ids from the `from`th to before the `to`th fall. */
  #has(from: number, to: number, high: number, low: number): boolean {
    const { words, at } = this.#reader;
    let first = from;
    let last = to - 1;
    while (first <= last) {
      const middle = (first + last) >>> 1;
      const word = at + idsAt + middle * idWords;
      const foundHigh = words[word] as number;
      const foundLow = words[word + 1] as number;
      if (foundHigh === high && foundLow === low) {
        return true;
      }
      if (foundHigh > high || (foundHigh === high && foundLow > low)) {
        first = middle + 1;
      } else {
        last = middle - 1;
      }
    }
    return false;
  }
}

export function createReactions(deps: {
  readonly bytesMax: number;
  readonly stories: () => Pick<Stories, "viewerReactions" | "viewerFlags">;
  /** What is known reaches back to here where that is not too much. */
  readonly knownFrom: () => Id;
}): Reactions {
  const { stories } = deps;
  const shelf = createShelf({
    bytesMax: deps.bytesMax,
    entriesMax: Math.ceil(deps.bytesMax / bytesByViewer),
  });
  const shared = new SharedReactions(shelf.reader);
  /** Loads under way, and those among them that a reaction has overtaken. */
  const loading = new Map<Id, { isOvertaken: boolean }>();

  function keep(viewerId: Id, { liked, reshared, knownFrom }: ViewerReactions): void {
    const length = idsAt + (liked.length + reshared.length) * idWords;
    shelf.put(highWord(viewerId), lowWord(viewerId), length, (words, at) => {
      words[at + knownHighAt] = highWord(knownFrom);
      words[at + knownLowAt] = lowWord(knownFrom);
      words[at + likedCountAt] = liked.length;
      let word = at + idsAt;
      for (const list of [liked, reshared]) {
        for (const id of list) {
          words[word] = highWord(id);
          words[word + 1] = lowWord(id);
          word += idWords;
        }
      }
    });
  }

  const find = (viewerId: Id): boolean => shared.find(highWord(viewerId), lowWord(viewerId));
  /** The last of each viewer, kind and story. */
  const recent = new LRUCache<string, boolean>({ max: recentMax });

  /** Holds the viewer's record with the reaction in it, or without it. */
  function apply(viewerId: Id, { of, storyId, isOn }: Reaction): void {
    const [high, low] = [highWord(storyId), lowWord(storyId)];
    const flags = shared.flagsOf(high, low);
    const isHeld = (flags & (of === "liked" ? likedFlag : resharedFlag)) !== 0;
    if (flags === flagsUnknown || isHeld === isOn) {
      return;
    }
    const before = shared.copy();
    const likedEnd = idsAt + (before[likedCountAt] as number) * idWords;
    const [from, to] = of === "liked" ? [idsAt, likedEnd] : [likedEnd, before.length];
    if (isOn && (to - from) / idWords >= heldMax) {
      shelf.remove(highWord(viewerId), lowWord(viewerId));
      return;
    }
    let at = from;
    // Newest first: past those that are newer.
    while (at < to && isNewer(before, at, high, low)) {
      at += idWords;
    }
    const rest = isOn ? at : at + idWords;
    const length = before.length + (isOn ? idWords : -idWords);
    shelf.put(highWord(viewerId), lowWord(viewerId), length, (words, start) => {
      words.set(before.subarray(0, at), start);
      if (isOn) {
        words[start + at] = high;
        words[start + at + 1] = low;
      }
      words.set(before.subarray(rest), start + at + (isOn ? idWords : 0));
      if (of === "liked") {
        words[start + likedCountAt] = (before[likedCountAt] as number) + (isOn ? 1 : -1);
      }
    });
  }

  async function load(context: Context, viewerId: Id): Promise<void> {
    // Whoever comes while another load is under way asks for a few alone.
    if (find(viewerId) || loading.has(viewerId)) {
      return;
    }
    const own = { isOvertaken: false };
    loading.set(viewerId, own);
    try {
      const found = await stories().viewerReactions(context, viewerId, deps.knownFrom());
      if (!own.isOvertaken) {
        keep(viewerId, found);
      }
    } finally {
      if (loading.get(viewerId) === own) {
        loading.delete(viewerId);
      }
    }
  }

  const flagsIn = (bits: number): ViewerFlags => ({
    liked: (bits & likedFlag) !== 0,
    reshared: (bits & resharedFlag) !== 0,
  });

  return {
    load,
    async flags(context, viewerId, ids) {
      if (context.bypassViews) {
        return stories().viewerFlags(context, viewerId, ids);
      }
      await load(context, viewerId);
      const isKnown = find(viewerId);
      const known = ids.map((id) =>
        isKnown ? shared.flagsOf(highWord(id), lowWord(id)) : flagsUnknown,
      );
      const missing = ids.filter((_, i) => known[i] === flagsUnknown);
      const asked =
        missing.length > 0 ? await stories().viewerFlags(context, viewerId, missing) : [];
      const byId = new Map(missing.map((id, i) => [id, asked[i]]));
      return ids.map((id, i) => byId.get(id) ?? flagsIn(Math.max(0, known[i] ?? 0)));
    },
    changed(viewerId, reaction) {
      const underWay = loading.get(viewerId);
      if (underWay !== undefined) {
        underWay.isOvertaken = true;
      }
      const key = `${String(viewerId)} ${reaction.of} ${String(reaction.storyId)}`;
      const before = recent.get(key);
      recent.set(key, reaction.isOn);
      if (before !== undefined && before !== reaction.isOn) {
        shelf.remove(highWord(viewerId), lowWord(viewerId));
      } else if (find(viewerId)) {
        apply(viewerId, reaction);
      }
    },
    bytes: shelf.bytes,
    count: shelf.count,
    memory: shelf.memory,
  };
}

function isNewer(words: Uint32Array, at: number, high: number, low: number): boolean {
  const [foundHigh, foundLow] = [words[at] as number, words[at + 1] as number];
  return foundHigh > high || (foundHigh === high && foundLow > low);
}

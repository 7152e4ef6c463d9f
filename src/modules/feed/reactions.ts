import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { createShelf, type ShelfMemory, type ShelfReader } from "../../kernel/shelf.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import type { Stories, ViewerFlags, ViewerReactions } from "../stories/contract.ts";

/**
 * What each viewer liked and reshared of the window, in shared memory: all of it, so that what is
 * not in it was not done. A reaction of the viewer's takes it away, because the log's order is not
 * the order in which rows were locked, and the next read loads it anew; a load that was under way
 * then is not kept.
 */
export interface Reactions {
  /** In the order of the ids. */
  flags(context: Context, viewerId: Id, ids: readonly Id[]): Promise<readonly ViewerFlags[]>;
  /** Takes what the viewer did into memory, if it is not there. */
  load(context: Context, viewerId: Id): Promise<void>;
  /** The viewer liked or reshared something, or took it back. */
  changed(viewerId: Id): void;
  bytes(): number;
  count(): number;
  readonly memory: ShelfMemory;
}

/** Words of a record before its ids: from which story on it is known, and how many were liked. */
const knownHighAt = 0;
const knownLowAt = 1;
const likedCountAt = 2;
const idsAt = 3;
const idWords = 2;
/** As records are counted on average when the number of their places is chosen. */
const bytesByViewer = 48;

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
    changed(viewerId) {
      shelf.remove(highWord(viewerId), lowWord(viewerId));
      const underWay = loading.get(viewerId);
      if (underWay !== undefined) {
        underWay.isOvertaken = true;
      }
    },
    bytes: shelf.bytes,
    count: shelf.count,
    memory: shelf.memory,
  };
}

import { LRUCache } from "lru-cache";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { present } from "../../kernel/assert.ts";
import type { Audience } from "../graph/contract.ts";
import type { RelationChanged } from "../graph/events.ts";
import { idOf, type AccountNumbers } from "./packed.ts";

/**
 * Whom a viewer sees, packed: sorted account numbers. Loaded on the first read, kept in a cache
 * bounded in bytes, and changed by graph events, so that each is in force in the next read.
 */
export interface ViewerAudience {
  readonly viewer: number;
  readonly version: number;
  /** Friends, less who is excluded: their public and friends-only stories are seen. */
  readonly friends: Uint32Array;
  /** Followed, less friends and who is excluded: their public stories are seen. */
  readonly followed: Uint32Array;
  /** Blocked either way or muted: neither their stories nor what they reshared. */
  readonly excluded: Uint32Array;
}

export interface Audiences {
  of(context: Context, viewerId: Id): Promise<ViewerAudience>;
  /** What is in memory now, or undefined. */
  peek(viewerId: Id): ViewerAudience | undefined;
  /** Applies a graph event to the lists of both people, as far as they are in memory. */
  apply(change: RelationChanged): void;
  readonly bytes: () => number;
  readonly count: () => number;
}

const entryOverheadBytes = 400;
const bytesByNumber = 4;

export function bytesOf(audience: ViewerAudience): number {
  const numbers = audience.friends.length + audience.followed.length + audience.excluded.length;
  return entryOverheadBytes + numbers * bytesByNumber;
}

/** Where the number stands in the sorted list, or where it would: `~index`. */
export function searchNumber(list: Uint32Array, wanted: number): number {
  let from = 0;
  let to = list.length - 1;
  while (from <= to) {
    const middle = (from + to) >>> 1;
    const found = list[middle] as number;
    if (found === wanted) {
      return middle;
    }
    if (found < wanted) {
      from = middle + 1;
    } else {
      to = middle - 1;
    }
  }
  return ~from;
}

export function hasNumber(list: Uint32Array, wanted: number): boolean {
  return searchNumber(list, wanted) >= 0;
}

/** The list with the number in it or not, as wanted; the same list if that is so already. */
function withNumber(list: Uint32Array, number: number, wanted: boolean): Uint32Array {
  const at = searchNumber(list, number);
  if (at >= 0 === wanted) {
    return list;
  }
  if (!wanted) {
    const shorter = new Uint32Array(list.length - 1);
    shorter.set(list.subarray(0, at));
    shorter.set(list.subarray(at + 1), at);
    return shorter;
  }
  const longer = new Uint32Array(list.length + 1);
  longer.set(list.subarray(0, ~at));
  longer[~at] = number;
  longer.set(list.subarray(~at), ~at + 1);
  return longer;
}

interface Lists {
  readonly friend: boolean;
  readonly following: boolean;
  readonly excluded: boolean;
}

export function pack(audience: Audience, accounts: AccountNumbers): ViewerAudience {
  const excludedIds = new Set([...audience.hiddenIds, ...audience.mutedIds]);
  const friendIds = new Set(audience.friendIds);
  const numbers = (ids: Iterable<Id>): Uint32Array =>
    Uint32Array.from(Array.from(ids, (id) => accounts.of(id))).sort();
  return {
    viewer: accounts.of(audience.accountId),
    version: audience.version,
    friends: numbers([...friendIds].filter((id) => !excludedIds.has(id))),
    followed: numbers(
      audience.followedIds.filter((id) => !excludedIds.has(id) && !friendIds.has(id)),
    ),
    excluded: numbers(excludedIds),
  };
}

function changed(
  audience: ViewerAudience,
  version: number,
  other: number,
  lists: Lists,
): ViewerAudience {
  return {
    viewer: audience.viewer,
    version,
    friends: withNumber(audience.friends, other, lists.friend && !lists.excluded),
    followed: withNumber(
      audience.followed,
      other,
      lists.following && !lists.friend && !lists.excluded,
    ),
    excluded: withNumber(audience.excluded, other, lists.excluded),
  };
}

export function createAudiences(deps: {
  readonly accounts: AccountNumbers;
  readonly bytesMax: number;
  readonly load: (context: Context, viewerId: Id) => Promise<Audience>;
}): Audiences {
  const { accounts, load } = deps;
  const cache = new LRUCache<number, ViewerAudience>({
    maxSize: deps.bytesMax,
    sizeCalculation: bytesOf,
  });
  /** Viewers whose lists are being loaded, with the newest version that an event told of meanwhile. */
  const loading = new Map<
    number,
    { readonly result: Promise<ViewerAudience>; newestVersion: number }
  >();

  async function loadUntilNewest(
    context: Context,
    viewerId: Id,
    viewer: number,
  ): Promise<ViewerAudience> {
    for (;;) {
      const loaded = pack(await load(context, viewerId), accounts);
      // An event that came while the rows were read may not be in them; then they are read again.
      if (loaded.version >= present(loading.get(viewer), "load under way").newestVersion) {
        cache.set(viewer, loaded);
        return loaded;
      }
    }
  }

  function applySide(side: RelationChanged["actor"], otherSide: RelationChanged["actor"]): void {
    const viewer = accounts.find(idOf(side.accountId));
    const underWay = loading.get(viewer);
    if (underWay !== undefined) {
      underWay.newestVersion = Math.max(underWay.newestVersion, side.version);
    }
    const held = cache.peek(viewer);
    if (held === undefined || side.version <= held.version) {
      return;
    }
    if (side.version > held.version + 1) {
      // The log's order is that of transaction ids, not of locks: a lower version comes later. The
      // lists are loaded anew instead of waiting for it.
      cache.delete(viewer);
      return;
    }
    const other = accounts.of(idOf(otherSide.accountId));
    cache.set(
      viewer,
      changed(held, side.version, other, {
        friend: side.friend === "friends",
        following: side.following,
        excluded: side.muted || side.blocked || otherSide.blocked,
      }),
    );
  }

  return {
    async of(context, viewerId) {
      const viewer = accounts.of(viewerId);
      if (context.bypassViews) {
        return pack(await load(context, viewerId), accounts);
      }
      const held = cache.get(viewer);
      if (held !== undefined) {
        return held;
      }
      let underWay = loading.get(viewer);
      if (underWay === undefined) {
        // The entry must be there before the load begins, because the load looks at it.
        const { promise, resolve, reject } = Promise.withResolvers<ViewerAudience>();
        underWay = { result: promise, newestVersion: 0 };
        loading.set(viewer, underWay);
        loadUntilNewest(context, viewerId, viewer)
          .finally(() => loading.delete(viewer))
          .then(resolve, reject);
        return underWay.result;
      }
      try {
        return await underWay.result;
      } catch {
        // Someone else's load may fail for their own reasons, such as their deadline.
        return pack(await load(context, viewerId), accounts);
      }
    },
    peek: (viewerId) => cache.peek(accounts.find(viewerId)),
    apply(change) {
      applySide(change.actor, change.other);
      applySide(change.other, change.actor);
    },
    bytes: () => cache.calculatedSize,
    count: () => cache.size,
  };
}

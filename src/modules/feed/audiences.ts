import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { present } from "../../kernel/assert.ts";
import { createShelf, type ShelfMemory, type ShelfReader } from "../../kernel/shelf.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import type { Audience } from "../graph/contract.ts";
import type { RelationChanged } from "../graph/events.ts";
import { seesAll, seesFriends, seesPublic, type Level } from "./entries.ts";
import { idOf, type AccountNumbers } from "./packed.ts";

/**
 * Whom a viewer sees, packed: sorted account numbers. Loaded on the first read, kept in shared
 * memory bounded in bytes, and changed by graph events, so that each is in force in the next read.
 *
 * In `words` there are, one after another: friends less who is excluded (their public and
 * friends-only stories are seen); followed less friends and who is excluded (their public stories);
 * and who is excluded, blocked either way or muted: neither their stories nor what they reshared.
 */
export interface ViewerAudience {
  readonly viewer: number;
  readonly version: number;
  readonly words: Uint32Array;
  readonly friendsAt: number;
  readonly followedAt: number;
  readonly excludedAt: number;
  readonly endAt: number;
}

export interface Audiences {
  of(context: Context, viewerId: Id): Promise<ViewerAudience>;
  /** What is in memory now, or undefined. */
  peek(viewerId: Id): ViewerAudience | undefined;
  /** The same without a copy: good until anything else is asked or told of here. */
  inPlace(viewerId: Id): ViewerAudience | undefined;
  /** Takes what is known to be a viewer's lists into memory. */
  hold(viewerId: Id, audience: ViewerAudience): void;
  /** Applies a graph event to the lists of both people, as far as they are in memory. */
  apply(change: RelationChanged): void;
  readonly bytes: () => number;
  readonly count: () => number;
  /** For readers in other threads. */
  readonly memory: ShelfMemory;
}

/** Words of a record before its lists: the viewer's number, the version, and how long each list is. */
const viewerAt = 0;
const versionAt = 1;
const friendsCountAt = 2;
const followedCountAt = 3;
const excludedCountAt = 4;
const listsAt = 5;
/** As records are counted on average when the number of their places is chosen. */
const bytesByViewer = 256;

/** Where the number stands in the sorted list from `from` to before `to`, or where it would: `~index`. */
export function searchNumber(words: Uint32Array, from: number, to: number, wanted: number): number {
  let first = from;
  let last = to - 1;
  while (first <= last) {
    const middle = (first + last) >>> 1;
    const found = words[middle] as number;
    if (found === wanted) {
      return middle;
    }
    if (found < wanted) {
      first = middle + 1;
    } else {
      last = middle - 1;
    }
  }
  return ~first;
}

function hasNumber(words: Uint32Array, from: number, to: number, wanted: number): boolean {
  return searchNumber(words, from, to, wanted) >= 0;
}

/** How much of an account's stories the viewer sees; null: nothing. */
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

/** The numbers of the accounts that the viewer sees, without the viewer's own. */
export function seenBy({ words, friendsAt, excludedAt }: ViewerAudience): Uint32Array {
  return words.subarray(friendsAt, excludedAt);
}

export interface NumberLists {
  readonly friends: Uint32Array;
  readonly followed: Uint32Array;
  readonly excluded: Uint32Array;
}

/** `lists` are sorted, and no number stands in two of them. */
export function packLists(viewer: number, version: number, lists: NumberLists): ViewerAudience {
  const { friends, followed, excluded } = lists;
  const followedAt = friends.length;
  const excludedAt = followedAt + followed.length;
  const words = new Uint32Array(excludedAt + excluded.length);
  words.set(friends);
  words.set(followed, followedAt);
  words.set(excluded, excludedAt);
  return { viewer, version, words, friendsAt: 0, followedAt, excludedAt, endAt: words.length };
}

export function unpackLists(audience: ViewerAudience): NumberLists {
  const { words, friendsAt, followedAt, excludedAt, endAt } = audience;
  return {
    friends: words.subarray(friendsAt, followedAt),
    followed: words.subarray(followedAt, excludedAt),
    excluded: words.subarray(excludedAt, endAt),
  };
}

/** What a shelf's reader has found, in place: good until the reader's next `find`. */
export class SharedAudience implements ViewerAudience {
  viewer = 0;
  version = 0;
  words: Uint32Array = new Uint32Array();
  friendsAt = 0;
  followedAt = 0;
  excludedAt = 0;
  endAt = 0;
  readonly #reader: ShelfReader;

  constructor(reader: ShelfReader) {
    this.#reader = reader;
  }

  find(viewerHigh: number, viewerLow: number): boolean {
    if (!this.#reader.find(viewerHigh, viewerLow)) {
      return false;
    }
    const { words, at } = this.#reader;
    this.words = words;
    this.viewer = words[at + viewerAt] as number;
    this.version = words[at + versionAt] as number;
    this.friendsAt = at + listsAt;
    this.followedAt = this.friendsAt + (words[at + friendsCountAt] as number);
    this.excludedAt = this.followedAt + (words[at + followedCountAt] as number);
    this.endAt = this.excludedAt + (words[at + excludedCountAt] as number);
    return this.endAt === at + this.#reader.length;
  }

  /** Whether all that was read since `find` was the viewer's. */
  isStillThere(): boolean {
    return this.#reader.isStillThere();
  }

  /** For whoever goes on with it later. */
  copy(): ViewerAudience {
    return packLists(this.viewer, this.version, unpackLists(this));
  }
}

/** The list with the number in it or not, as wanted; the same list if that is so already. */
function withNumber(list: Uint32Array, number: number, wanted: boolean): Uint32Array {
  const at = searchNumber(list, 0, list.length, number);
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
  return packLists(accounts.of(audience.accountId), audience.version, {
    friends: numbers([...friendIds].filter((id) => !excludedIds.has(id))),
    followed: numbers(
      audience.followedIds.filter((id) => !excludedIds.has(id) && !friendIds.has(id)),
    ),
    excluded: numbers(excludedIds),
  });
}

function changed(
  audience: ViewerAudience,
  version: number,
  other: number,
  lists: Lists,
): ViewerAudience {
  const { friends, followed, excluded } = unpackLists(audience);
  return packLists(audience.viewer, version, {
    friends: withNumber(friends, other, lists.friend && !lists.excluded),
    followed: withNumber(followed, other, lists.following && !lists.friend && !lists.excluded),
    excluded: withNumber(excluded, other, lists.excluded),
  });
}

export function createAudiences(deps: {
  readonly accounts: AccountNumbers;
  readonly bytesMax: number;
  readonly load: (context: Context, viewerId: Id) => Promise<Audience>;
}): Audiences {
  const { accounts, load } = deps;
  const shelf = createShelf({
    bytesMax: deps.bytesMax,
    entriesMax: Math.ceil(deps.bytesMax / bytesByViewer),
  });
  const held = new SharedAudience(shelf.reader);
  /** Viewers whose lists are being loaded, with the newest version that an event told of meanwhile. */
  const loading = new Map<
    number,
    { readonly result: Promise<ViewerAudience>; newestVersion: number }
  >();

  function keep(viewerId: Id, audience: ViewerAudience): void {
    const { words } = audience;
    shelf.put(highWord(viewerId), lowWord(viewerId), listsAt + words.length, (to, at) => {
      to[at + viewerAt] = audience.viewer;
      to[at + versionAt] = audience.version;
      to[at + friendsCountAt] = audience.followedAt - audience.friendsAt;
      to[at + followedCountAt] = audience.excludedAt - audience.followedAt;
      to[at + excludedCountAt] = audience.endAt - audience.excludedAt;
      to.set(words, at + listsAt);
    });
  }

  function inPlace(viewerId: Id): SharedAudience | undefined {
    return held.find(highWord(viewerId), lowWord(viewerId)) ? held : undefined;
  }

  function peek(viewerId: Id): ViewerAudience | undefined {
    return inPlace(viewerId)?.copy();
  }

  async function loadUntilNewest(
    context: Context,
    viewerId: Id,
    viewer: number,
  ): Promise<ViewerAudience> {
    for (;;) {
      const loaded = pack(await load(context, viewerId), accounts);
      // An event that came while the rows were read may not be in them; then they are read again.
      if (loaded.version >= present(loading.get(viewer), "load under way").newestVersion) {
        keep(viewerId, loaded);
        return loaded;
      }
    }
  }

  function applySide(side: RelationChanged["actor"], otherSide: RelationChanged["actor"]): void {
    const viewerId = idOf(side.accountId);
    const viewer = accounts.find(viewerId);
    const underWay = loading.get(viewer);
    if (underWay !== undefined) {
      underWay.newestVersion = Math.max(underWay.newestVersion, side.version);
    }
    const known = peek(viewerId);
    if (known === undefined || side.version <= known.version) {
      return;
    }
    if (side.version > known.version + 1) {
      // The log's order is that of transaction ids, not of locks: a lower version comes later. The
      // lists are loaded anew instead of waiting for it.
      shelf.remove(highWord(viewerId), lowWord(viewerId));
      return;
    }
    const other = accounts.of(idOf(otherSide.accountId));
    keep(
      viewerId,
      changed(known, side.version, other, {
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
      const known = peek(viewerId);
      if (known !== undefined) {
        return known;
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
    peek,
    inPlace,
    hold: keep,
    apply(change) {
      applySide(change.actor, change.other);
      applySide(change.other, change.actor);
    },
    bytes: shelf.bytes,
    count: shelf.count,
    memory: shelf.memory,
  };
}

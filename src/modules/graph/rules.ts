import type { Id } from "../../kernel/id.ts";
import type { FriendState } from "./contract.ts";
import type { GraphEventType } from "./events.ts";

/** What one person has decided about the other. Each holds the id given when it began, or null. */
export interface Side {
  readonly following: Id | null;
  readonly muted: Id | null;
  readonly blocked: Id | null;
}

/** How two people stand to each other, seen by one of them. */
export interface Pair {
  readonly friend: FriendState;
  readonly friendSince: Id | null;
  readonly mine: Side;
  readonly theirs: Side;
}

/** How many entries each of a person's lists has. */
export interface Tally {
  readonly friends: number;
  readonly following: number;
  readonly followers: number;
  readonly requestsSent: number;
  readonly requestsReceived: number;
  readonly mutes: number;
  readonly blocks: number;
}

/** The most entries of a list. Followers are not limited: they are not what one reads. */
export type GraphLimits = Omit<Tally, "followers">;

export const graphLimits: GraphLimits = {
  friends: 5_000,
  following: 5_000,
  requestsSent: 1_000,
  requestsReceived: 1_000,
  mutes: 10_000,
  blocks: 10_000,
};

/**
 * What a person may do to another. `ask` accepts where the other has asked; `part` withdraws,
 * declines or ends. `befriend` is an operator's: it needs no request.
 */
export type Command =
  "ask" | "part" | "befriend" | "follow" | "unfollow" | "mute" | "unmute" | "block" | "unblock";

/** A change of a pair, and the event that tells of it. */
export interface Step {
  readonly to: Pair;
  readonly event: GraphEventType;
}

/** `hidden`: one of the two blocks the other, so that they cannot see each other. */
export type Decision = Step | "unchanged" | "hidden";

const indifferent: Side = { following: null, muted: null, blocked: null };
export const strangers: Pair = {
  friend: "none",
  friendSince: null,
  mine: indifferent,
  theirs: indifferent,
};

const mirroredFriend: Readonly<Record<FriendState, FriendState>> = {
  none: "none",
  requested: "received",
  received: "requested",
  friends: "friends",
};

/** The same pair, seen by the other person. */
export function mirrored(pair: Pair): Pair {
  return {
    friend: mirroredFriend[pair.friend],
    friendSince: pair.friendSince,
    mine: pair.theirs,
    theirs: pair.mine,
  };
}

/** True for a pair that says nothing: it has no rows. */
export function isEmpty(pair: Pair): boolean {
  const nothing = ({ following, muted, blocked }: Side): boolean =>
    following === null && muted === null && blocked === null;
  return pair.friendSince === null && nothing(pair.mine) && nothing(pair.theirs);
}

export function isHidden(pair: Pair): boolean {
  return pair.mine.blocked !== null || pair.theirs.blocked !== null;
}

/** What a command of the first person makes of the pair. `since` dates what begins with it. */
export function decide(command: Command, pair: Pair, since: Id): Decision {
  switch (command) {
    case "ask":
      return isHidden(pair) ? "hidden" : asked(pair, since);
    case "befriend":
      return isHidden(pair) ? "hidden" : befriended(pair, since);
    case "part":
      return parted(pair);
    case "follow":
      return isHidden(pair) ? "hidden" : begun(pair, "following", since, "graph.followed.v1");
    case "unfollow":
      return ended(pair, "following", "graph.unfollowed.v1");
    case "mute":
      return isHidden(pair) ? "hidden" : begun(pair, "muted", since, "graph.muted.v1");
    case "unmute":
      return ended(pair, "muted", "graph.unmuted.v1");
    case "block":
      return blocked(pair, since);
    case "unblock":
      return ended(pair, "blocked", "graph.unblocked.v1");
  }
}

function asked(pair: Pair, since: Id): Decision {
  switch (pair.friend) {
    case "none":
      return {
        to: { ...pair, friend: "requested", friendSince: since },
        event: "graph.friend_requested.v1",
      };
    case "received":
      return befriended(pair, since);
    case "requested":
    case "friends":
      return "unchanged";
  }
}

function befriended(pair: Pair, since: Id): Decision {
  return pair.friend === "friends"
    ? "unchanged"
    : { to: { ...pair, friend: "friends", friendSince: since }, event: "graph.befriended.v1" };
}

const partings: Readonly<Record<Exclude<FriendState, "none">, GraphEventType>> = {
  requested: "graph.request_withdrawn.v1",
  received: "graph.request_declined.v1",
  friends: "graph.unfriended.v1",
};

function parted(pair: Pair): Decision {
  return pair.friend === "none"
    ? "unchanged"
    : { to: { ...pair, friend: "none", friendSince: null }, event: partings[pair.friend] };
}

function begun(pair: Pair, what: keyof Side, since: Id, event: GraphEventType): Decision {
  return pair.mine[what] === null
    ? { to: { ...pair, mine: { ...pair.mine, [what]: since } }, event }
    : "unchanged";
}

function ended(pair: Pair, what: keyof Side, event: GraphEventType): Decision {
  return pair.mine[what] === null
    ? "unchanged"
    : { to: { ...pair, mine: { ...pair.mine, [what]: null } }, event };
}

/** Ends everything between the two but mutes, and stays possible towards someone who blocks back. */
function blocked(pair: Pair, since: Id): Decision {
  if (pair.mine.blocked !== null) {
    return "unchanged";
  }
  return {
    to: {
      friend: "none",
      friendSince: null,
      mine: { ...pair.mine, following: null, blocked: since },
      theirs: { ...pair.theirs, following: null },
    },
    event: "graph.blocked.v1",
  };
}

/** Ends all that is between the two, because the first is gone. The event names what weighed most. */
export function erased(pair: Pair): Decision {
  if (isEmpty(pair)) {
    return "unchanged";
  }
  const either = (what: keyof Side): boolean =>
    pair.mine[what] !== null || pair.theirs[what] !== null;
  const event =
    pair.friend !== "none"
      ? partings[pair.friend]
      : either("following")
        ? "graph.unfollowed.v1"
        : either("blocked")
          ? "graph.unblocked.v1"
          : "graph.unmuted.v1";
  return { to: strangers, event };
}

/** What this pair adds to the lists of the person who sees it. */
function share(pair: Pair): Tally {
  const one = (is: boolean): number => (is ? 1 : 0);
  return {
    friends: one(pair.friend === "friends"),
    following: one(pair.mine.following !== null),
    followers: one(pair.theirs.following !== null),
    requestsSent: one(pair.friend === "requested"),
    requestsReceived: one(pair.friend === "received"),
    mutes: one(pair.mine.muted !== null),
    blocks: one(pair.mine.blocked !== null),
  };
}

/** The lists of the person who sees the pair, once it is `to` instead of `from`. */
export function tallyAfter(tally: Tally, from: Pair, to: Pair): Tally {
  const [less, more] = [share(from), share(to)];
  return {
    friends: tally.friends - less.friends + more.friends,
    following: tally.following - less.following + more.following,
    followers: tally.followers - less.followers + more.followers,
    requestsSent: tally.requestsSent - less.requestsSent + more.requestsSent,
    requestsReceived: tally.requestsReceived - less.requestsReceived + more.requestsReceived,
    mutes: tally.mutes - less.mutes + more.mutes,
    blocks: tally.blocks - less.blocks + more.blocks,
  };
}

const limited = [
  "friends",
  "following",
  "requestsSent",
  "requestsReceived",
  "mutes",
  "blocks",
] as const satisfies readonly (keyof GraphLimits)[];

/**
 * The list of the person who sees the pair that has no room for this change, or null. A request
 * needs room for the friendship that it may become: one that nobody could accept is refused.
 */
export function fullList(
  tally: Tally,
  change: { readonly from: Pair; readonly to: Pair },
  limits: GraphLimits,
): keyof GraphLimits | null {
  const after = tallyAfter(tally, change.from, change.to);
  const asks = change.to.friend === "requested" || change.to.friend === "received";
  if (asks && change.from.friend === "none" && tally.friends >= limits.friends) {
    return "friends";
  }
  return limited.find((list) => after[list] > tally[list] && after[list] > limits[list]) ?? null;
}

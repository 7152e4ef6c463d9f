import type { Id } from "../../src/kernel/id.ts";
import type { GraphLimits } from "../../src/modules/graph/rules.ts";

/** The graph as api.md tells it, in the plainest way: what the module is compared with. */
export type ModelCommand =
  "ask" | "part" | "follow" | "unfollow" | "mute" | "unmute" | "block" | "unblock";

/** From whom to whom; the newest stands last. A friendship stands once, in either order. */
type Links = (readonly [Id, Id])[];

export interface ModelAnswer {
  readonly status: number;
  readonly code: string | null;
  readonly state?: "requested" | "friends";
  readonly changed: boolean;
}

export interface ModelSide {
  readonly accountId: string;
  readonly version: number;
  readonly friend: "none" | "requested" | "received" | "friends";
  readonly following: boolean;
  readonly muted: boolean;
  readonly blocked: boolean;
}

const refused = (status: number, code: string): ModelAnswer => ({ status, code, changed: false });
const invisible = refused(404, "request.not_found");

export function createGraphModel(limits: GraphLimits) {
  const links = {
    friends: [] as Links,
    requests: [] as Links,
    follows: [] as Links,
    mutes: [] as Links,
    blocks: [] as Links,
  };
  type Kind = keyof typeof links;
  const versions = new Map<Id, number>();
  const gone = new Set<Id>();

  const has = (kind: Kind, a: Id, b: Id): boolean =>
    links[kind].some(([from, to]) => from === a && to === b);
  const drop = (kind: Kind, a: Id, b: Id): void => {
    links[kind] = links[kind].filter(([from, to]) => from !== a || to !== b);
  };
  const dropBothWays = (kind: Kind, a: Id, b: Id): void => {
    drop(kind, a, b);
    drop(kind, b, a);
  };
  const areFriends = (a: Id, b: Id): boolean => has("friends", a, b) || has("friends", b, a);
  const areHidden = (a: Id, b: Id): boolean => has("blocks", a, b) || has("blocks", b, a);
  const from = (kind: Kind, a: Id): Id[] =>
    links[kind].flatMap(([one, other]) => (one === a ? [other] : []));
  const to = (kind: Kind, a: Id): Id[] =>
    links[kind].flatMap(([one, other]) => (other === a ? [one] : []));
  const friendsOf = (a: Id): Id[] =>
    links.friends.flatMap(([one, other]) => (one === a ? [other] : other === a ? [one] : []));
  const versionOf = (a: Id): number => versions.get(a) ?? 0;

  function changed(a: Id, b: Id, answer: Partial<ModelAnswer> = {}): ModelAnswer {
    versions.set(a, versionOf(a) + 1);
    versions.set(b, versionOf(b) + 1);
    return { status: 204, code: null, changed: true, ...answer };
  }

  function begin(kind: Kind, a: Id, b: Id, room: { max: number; code: string }): ModelAnswer {
    if (has(kind, a, b)) return { status: 204, code: null, changed: false };
    if (from(kind, a).length >= room.max) return refused(409, room.code);
    links[kind].push([a, b]);
    return changed(a, b);
  }

  function end(kind: Kind, a: Id, b: Id): ModelAnswer {
    if (!has(kind, a, b)) return { status: 204, code: null, changed: false };
    drop(kind, a, b);
    return changed(a, b);
  }

  function ask(a: Id, b: Id): ModelAnswer {
    const is = (state: "requested" | "friends"): ModelAnswer => ({
      status: 200,
      code: null,
      state,
      changed: false,
    });
    if (areFriends(a, b)) return is("friends");
    if (has("requests", a, b)) return is("requested");
    const isFull = (person: Id): boolean => friendsOf(person).length >= limits.friends;
    if (has("requests", b, a)) {
      if (isFull(a) || isFull(b)) return refused(409, "graph.friend_limit");
      drop("requests", b, a);
      links.friends.push([a, b]);
      return changed(a, b, { status: 200, state: "friends" });
    }
    if (isFull(a)) return refused(409, "graph.friend_limit");
    if (from("requests", a).length >= limits.requestsSent)
      return refused(409, "graph.request_limit");
    if (isFull(b)) return refused(409, "graph.friend_limit");
    if (to("requests", b).length >= limits.requestsReceived) {
      return refused(409, "graph.request_limit");
    }
    links.requests.push([a, b]);
    return changed(a, b, { status: 200, state: "requested" });
  }

  function part(a: Id, b: Id): ModelAnswer {
    const stood = areFriends(a, b) || has("requests", a, b) || has("requests", b, a);
    dropBothWays("friends", a, b);
    dropBothWays("requests", a, b);
    return stood ? changed(a, b) : { status: 204, code: null, changed: false };
  }

  function block(a: Id, b: Id): ModelAnswer {
    const room = { max: limits.blocks, code: "graph.block_limit" };
    const answer = begin("blocks", a, b, room);
    if (answer.changed) {
      for (const kind of ["friends", "requests", "follows"] as const) dropBothWays(kind, a, b);
    }
    return answer;
  }

  return {
    gone,
    friendsOf,
    from,
    to,
    versionOf,
    areHidden,
    give(command: ModelCommand, a: Id, b: Id): ModelAnswer {
      if (a === b) return refused(400, "graph.oneself");
      const begins = ["ask", "follow", "mute", "block"].includes(command);
      if (begins && gone.has(b)) return invisible;
      if (begins && command !== "block" && areHidden(a, b)) return invisible;
      switch (command) {
        case "ask":
          return ask(a, b);
        case "part":
          return part(a, b);
        case "follow":
          return begin("follows", a, b, { max: limits.following, code: "graph.follow_limit" });
        case "unfollow":
          return end("follows", a, b);
        case "mute":
          return begin("mutes", a, b, { max: limits.mutes, code: "graph.mute_limit" });
        case "unmute":
          return end("mutes", a, b);
        case "block":
          return block(a, b);
        case "unblock":
          return end("blocks", a, b);
      }
    },
    /** How `a` stands to `b`, as events and relations tell it. */
    side(a: Id, b: Id): ModelSide {
      return {
        accountId: String(a),
        version: versionOf(a),
        friend: areFriends(a, b)
          ? "friends"
          : has("requests", a, b)
            ? "requested"
            : has("requests", b, a)
              ? "received"
              : "none",
        following: has("follows", a, b),
        muted: has("mutes", a, b),
        blocked: has("blocks", a, b),
      };
    },
    erase(a: Id): void {
      gone.add(a);
      const others = new Set(
        Object.values(links)
          .flat()
          .flatMap(([one, other]) => (one === a ? [other] : other === a ? [one] : [])),
      );
      for (const other of others) {
        changed(a, other);
        for (const kind of Object.keys(links) as Kind[]) dropBothWays(kind, a, other);
      }
    },
  };
}

export type GraphModel = ReturnType<typeof createGraphModel>;

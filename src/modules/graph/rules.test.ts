import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decide,
  erased,
  fullList,
  graphLimits,
  isEmpty,
  isHidden,
  mirrored,
  strangers,
  tallyAfter,
  type Command,
  type Pair,
  type Tally,
} from "./rules.ts";

const commands: readonly Command[] = [
  "ask",
  "part",
  "befriend",
  "follow",
  "unfollow",
  "mute",
  "unmute",
  "block",
  "unblock",
];
const nobody: Tally = {
  friends: 0,
  following: 0,
  followers: 0,
  requestsSent: 0,
  requestsReceived: 0,
  mutes: 0,
  blocks: 0,
};

/** The pair after these commands of the first person ("mine") and the second. */
function after(...given: readonly (readonly ["mine" | "theirs", Command])[]): Pair {
  return given.reduce<Pair>((pair, [whose, command], index) => {
    const seen = whose === "mine" ? pair : mirrored(pair);
    const decision = decide(command, seen, BigInt(index + 1));
    if (typeof decision === "string") {
      return pair;
    }
    return whose === "mine" ? decision.to : mirrored(decision.to);
  }, strangers);
}

function eventOf(command: Command, pair: Pair): string {
  const decision = decide(command, pair, 99n);
  return typeof decision === "string" ? decision : decision.event;
}

describe("friends", () => {
  test("a request is asked once, and becomes a friendship when the other asks too", () => {
    expect(eventOf("ask", strangers)).toBe("graph.friend_requested.v1");
    expect(eventOf("ask", after(["mine", "ask"]))).toBe("unchanged");
    expect(eventOf("ask", after(["theirs", "ask"]))).toBe("graph.befriended.v1");
    expect(after(["mine", "ask"], ["theirs", "ask"])).toMatchObject({
      friend: "friends",
      friendSince: 2n,
    });
  });

  test("parting withdraws, declines or ends, and says which", () => {
    expect(eventOf("part", strangers)).toBe("unchanged");
    expect(eventOf("part", after(["mine", "ask"]))).toBe("graph.request_withdrawn.v1");
    expect(eventOf("part", after(["theirs", "ask"]))).toBe("graph.request_declined.v1");
    expect(eventOf("part", after(["mine", "befriend"]))).toBe("graph.unfriended.v1");
  });

  test("friendship and follows are independent of each other", () => {
    expect(after(["mine", "befriend"]).mine.following).toBeNull();
    const followed = after(["mine", "befriend"], ["mine", "follow"], ["mine", "part"]);
    expect(followed.mine.following).toBe(2n);
  });
});

describe("blocks", () => {
  const close = after(["mine", "befriend"], ["mine", "follow"], ["theirs", "follow"]);

  test("a block ends friendship and follows both ways, and unblocking does not bring them back", () => {
    const decision = decide("block", close, 9n);
    expect(decision).toMatchObject({
      event: "graph.blocked.v1",
      to: {
        friend: "none",
        mine: { following: null, blocked: 9n },
        theirs: { following: null },
      },
    });
    expect(isEmpty(after(["mine", "befriend"], ["mine", "block"], ["mine", "unblock"]))).toBe(true);
  });

  test("nothing begins between two of whom one blocks the other, but a block", () => {
    for (const blockedPair of [after(["mine", "block"]), after(["theirs", "block"])]) {
      for (const command of ["ask", "befriend", "follow", "mute"] as const) {
        expect(eventOf(command, blockedPair)).toBe("hidden");
      }
    }
    expect(eventOf("block", after(["theirs", "block"]))).toBe("graph.blocked.v1");
  });

  test("mutes outlast a block, because they hide from the feed alone", () => {
    expect(after(["mine", "mute"], ["theirs", "block"]).mine.muted).toBe(1n);
  });
});

test("a list without room is named, on either side", () => {
  const limits = { ...graphLimits, friends: 3, requestsReceived: 2 };
  const asked = { from: strangers, to: after(["mine", "ask"]) };
  const accepted = { from: after(["theirs", "ask"]), to: after(["mine", "befriend"]) };
  expect(fullList({ ...nobody, friends: 2 }, accepted, limits)).toBeNull();
  expect(fullList({ ...nobody, friends: 3 }, accepted, limits)).toBe("friends");
  expect(fullList({ ...nobody, friends: 3 }, asked, limits)).toBe("friends");
  const received = { from: mirrored(asked.from), to: mirrored(asked.to) };
  expect(fullList({ ...nobody, requestsReceived: 2 }, received, limits)).toBe("requestsReceived");
});

test("whatever two people do, both sides tell the same and nothing outlasts a block or an erasure", () => {
  const given = fc.tuple(
    fc.constantFrom("mine" as const, "theirs" as const),
    fc.constantFrom(...commands),
  );
  fc.assert(
    fc.property(fc.array(given, { maxLength: 30 }), (sequence) => {
      const pair = after(...sequence);
      expect(mirrored(mirrored(pair))).toEqual(pair);
      expect(pair.friendSince === null).toBe(pair.friend === "none");
      if (isHidden(pair)) {
        expect(pair).toMatchObject({
          friend: "none",
          mine: { following: null },
          theirs: { following: null },
        });
      }
      const gone = erased(pair);
      expect(gone === "unchanged").toBe(isEmpty(pair));
      const tally = tallyAfter(nobody, strangers, pair);
      expect(tallyAfter(tally, pair, strangers)).toEqual(nobody);
    }),
  );
});

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Account, Person, Relationship, Story } from "./client.ts";

/** The page's modules ask where they are when they begin. */
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { expected, readAccount, relate, relationshipTold, strangers } = await import("./people.ts");
const { keys, queries } = await import("./queries.ts");
const { stories } = await import("./world.ts");
const { isProblem } = await import("./client.ts");
type RelationAction = Parameters<typeof expected>[1];

const person: Person = {
  id: "5",
  handle: "mina",
  name: "Mina",
  bio: "",
  avatarUrl: null,
  createdAt: "2026-01-01T00:00:00.000Z",
};
const account: Account = {
  ...person,
  counts: { stories: 0, friends: 0, followers: 0, following: 0 },
};

interface Asked {
  readonly what: string;
  readonly answer: (status: number, body?: object) => void;
}
let asked: Asked[];
/** What the server says of the account when it is read. */
let relationship: Relationship;

function json(status: number, body?: object): Response {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": type },
  });
}

const refusal = (code: string) => ({ code, detail: code, title: code, status: 409, type: "x" });

beforeEach(async () => {
  asked = [];
  relationship = strangers;
  vi.stubGlobal("fetch", (request: Request) => {
    const what = `${request.method} ${new URL(request.url).pathname}`;
    if (request.method === "GET") {
      return Promise.resolve(json(200, { account, relationship }));
    }
    return new Promise<Response>((resolve) => {
      asked.push({
        what,
        answer: (status, body) => {
          resolve(json(status, body));
        },
      });
    });
  });
  queries.clear();
  queries.setQueryData(keys.account("@mina"), await readAccount("@mina"));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.stubGlobal("location", { origin: "http://maru.test" });
});

function shown(name = "5"): Relationship | undefined {
  return queries.getQueryData<{ relationship: Relationship }>(keys.account(name))?.relationship;
}

async function answered(count: number): Promise<void> {
  await vi.waitFor(
    () => {
      expect(asked).toHaveLength(count);
    },
    { interval: 1 },
  );
}

function act(action: RelationAction, from = shown() ?? strangers): Promise<string> {
  return relate({ account, relationship: from }, action).then(
    () => "done",
    (error: unknown) => (isProblem(error) ? error.code : String(error)),
  );
}

describe("what the reader expects", () => {
  const all: readonly Relationship[] = (
    ["none", "requested", "received", "friends"] as const
  ).flatMap((friend) =>
    [false, true].flatMap((following) =>
      [false, true].map((muted) => ({ ...strangers, friend, following, muted })),
    ),
  );

  it("asking one who has asked makes friends, asking again changes nothing", () => {
    expect(all.map((from) => [from.friend, expected(from, "befriend").friend])).toEqual(
      all.map(({ friend }) => [
        friend,
        { none: "requested", requested: "requested", received: "friends", friends: "friends" }[
          friend
        ],
      ]),
    );
  });

  it.each([
    ["unfriend", { friend: "none" }],
    ["follow", { following: true }],
    ["unfollow", { following: false }],
    ["mute", { muted: true }],
    ["unmute", { muted: false }],
    ["unblock", { blocked: false }],
  ] as const)("%s changes that alone", (action, change) => {
    for (const from of all) {
      expect(expected(from, action)).toEqual({ ...from, ...change });
    }
  });

  it("a block ends everything but a mute, and unblocking brings nothing back", () => {
    for (const from of all) {
      const blocked = expected({ ...from, followedBy: true }, "block");
      expect(blocked).toEqual({ ...strangers, muted: from.muted, blocked: true });
      expect(expected(blocked, "unblock")).toEqual({ ...strangers, muted: from.muted });
    }
  });
});

describe("changing how one stands to somebody", () => {
  it("is seen at once under both names of the account, and kept when it is done", async () => {
    const outcome = act("follow");
    expect(shown()?.following).toBe(true);
    expect(shown("@mina")?.following).toBe(true);
    await answered(1);
    expect(asked[0]?.what).toBe("PUT /v1/follows/5");
    asked[0]?.answer(204);
    expect(await outcome).toBe("done");
    expect(shown()?.following).toBe(true);
  });

  it("is taken back when the server refuses, and the refusal is handed on", async () => {
    const outcome = act("befriend");
    expect(shown()?.friend).toBe("requested");
    await answered(1);
    asked[0]?.answer(409, refusal("graph.friend_limit"));
    expect(await outcome).toBe("graph.friend_limit");
    expect(shown()).toEqual(strangers);
  });

  it("believes the server where two have asked each other at once", async () => {
    const outcome = act("befriend");
    await answered(1);
    asked[0]?.answer(200, { state: "friends" });
    expect(await outcome).toBe("done");
    expect(shown()?.friend).toBe("friends");
  });

  it("sends one after another, and takes back only what was refused", async () => {
    const outcomes = Promise.all([act("mute"), act("befriend"), act("follow")]);
    expect(shown()).toMatchObject({ muted: true, friend: "requested", following: true });
    await answered(1);
    asked[0]?.answer(204);
    await answered(2);
    asked[1]?.answer(409, refusal("graph.request_limit"));
    await answered(3);
    expect(shown()).toMatchObject({ muted: true, friend: "none", following: true });
    asked[2]?.answer(204);
    expect(await outcomes).toEqual(["done", "graph.request_limit", "done"]);
    expect(asked.map(({ what }) => what)).toEqual([
      "PUT /v1/mutes/5",
      "PUT /v1/friends/5",
      "PUT /v1/follows/5",
    ]);
    expect(shown()).toMatchObject({ muted: true, friend: "none", following: true });
  });

  it("is seen although the account was read again meanwhile", async () => {
    const outcome = act("follow");
    await answered(1);
    expect((await readAccount("@mina")).relationship?.following).toBe(true);
    expect(shown()?.following).toBe(true);
    asked[0]?.answer(409, refusal("graph.follow_limit"));
    await outcome;
    expect(shown()).toEqual(strangers);
  });

  it("lets an answered request go from the badge at once", async () => {
    queries.setQueryData(keys.requests("received"), [person, { ...person, id: "6" }]);
    const outcome = act("befriend", { ...strangers, friend: "received" });
    const waiting = (): readonly string[] | undefined =>
      queries.getQueryData<readonly Person[]>(keys.requests("received"))?.map(({ id }) => id);
    expect(waiting()).toEqual(["6"]);
    await answered(1);
    asked[0]?.answer(200, { state: "friends" });
    await outcome;
  });

  it("takes the stories of who was blocked away, once the block stands", async () => {
    stories.put({ id: "70", author: person, text: "" } as Story);
    const outcome = act("block");
    expect(shown()?.blocked).toBe(true);
    expect(stories.get("70")).not.toBe("gone");
    await answered(1);
    asked[0]?.answer(204);
    await outcome;
    expect(stories.get("70")).toBe("gone");
  });
});

describe("what the server tells of a relationship", () => {
  it("is shown, and makes lists be read again", () => {
    queries.setQueryData(keys.own("friends"), []);
    relationshipTold("5", { ...strangers, friend: "friends" });
    expect(shown()?.friend).toBe("friends");
    expect(queries.getQueryState(keys.own("friends"))?.isInvalidated).toBe(true);
  });

  it("as an echo of what was done here makes nothing be read again", async () => {
    const outcome = act("follow");
    await answered(1);
    asked[0]?.answer(204);
    await outcome;
    queries.setQueryData(keys.own("friends"), []);
    relationshipTold("5", { ...strangers, following: true });
    expect(queries.getQueryState(keys.own("friends"))?.isInvalidated).toBe(false);
  });

  it("does not undo what is under way, and is what a refusal falls back to", async () => {
    const outcome = act("follow");
    await answered(1);
    relationshipTold("5", { ...strangers, friend: "received" });
    expect(shown()).toMatchObject({ friend: "received", following: true });
    asked[0]?.answer(409, refusal("graph.follow_limit"));
    expect(await outcome).toBe("graph.follow_limit");
    expect(shown()).toEqual({ ...strangers, friend: "received" });
  });

  it("a block takes the stories of that person away", () => {
    stories.put({ id: "71", author: person, text: "" } as Story);
    relationshipTold("5", { ...strangers, blocked: true });
    expect(stories.get("71")).toBe("gone");
  });
});

it("whatever is pressed, refused and told, what is shown ends as the server has it", async () => {
  const action = fc.constantFrom<RelationAction>(
    "befriend",
    "unfriend",
    "follow",
    "unfollow",
    "mute",
    "unmute",
    "block",
    "unblock",
  );
  const step = fc.oneof(
    fc.record({ press: action }),
    fc.record({ answer: fc.boolean() }),
    fc.constant({ hear: true } as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      asked = [];
      relationshipTold("5", strangers);
      let onServer = strangers;
      const told: Relationship[] = [];
      const pressed: RelationAction[] = [];
      const outcomes: Promise<string>[] = [];
      let answers = 0;
      const answer = async (isDone: boolean): Promise<void> => {
        const next = pressed[answers];
        if (next === undefined) {
          return;
        }
        answers += 1;
        await answered(answers);
        if (isDone) {
          onServer = expected(onServer, next);
          told.push(onServer);
        }
        const reply = asked[answers - 1]?.answer;
        if (isDone) {
          reply?.(200, { state: onServer.friend });
        } else {
          reply?.(409, refusal("graph.friend_limit"));
        }
        await outcomes[answers - 1];
      };
      for (const next of steps) {
        if ("press" in next) {
          pressed.push(next.press);
          outcomes.push(act(next.press));
        } else if ("answer" in next) {
          await answer(next.answer);
        } else {
          relationshipTold("5", told.shift() ?? onServer);
        }
      }
      while (answers < pressed.length) {
        await answer(true);
      }
      told.forEach((relation) => {
        relationshipTold("5", relation);
      });
      expect(shown()).toEqual(onServer);
    }),
    { numRuns: 60 },
  );
});

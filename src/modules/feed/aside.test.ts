import { describe, expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import type { EventEnvelope, JsonObject } from "../../ports/log.ts";
import type { Accounts } from "../accounts/contract.ts";
import type { Graph, Relation } from "../graph/contract.ts";
import type { RelationChanged } from "../graph/events.ts";
import type { Stories, StoryBody } from "../stories/contract.ts";
import { createAside } from "./aside.ts";
import type { ViewerAudience } from "./audiences.ts";

/** What a person's own streams hear beside the feed, of neighbours that answer as the test says. */

const viewerId = 1n;
const otherId = 2n;
const storyId = 10n;
const context = internalContext("test");
const audience = {} as ViewerAudience;

interface Neighbours {
  readonly body?: StoryBody | null;
  readonly seesAuthor?: boolean;
  readonly sees?: boolean;
  readonly relation?: Partial<Relation>;
  readonly account?: string | null;
}

const someStory: StoryBody = {
  id: storyId,
  authorId: otherId,
  version: 1,
  visibility: "public",
  membersJson: "",
  untilS: 0,
};

function asideOf({ body = someStory, ...says }: Neighbours) {
  const relation: Relation = {
    otherId,
    friend: "none",
    following: false,
    followedBy: false,
    muted: false,
    blocked: false,
    blockedBy: false,
    ...says.relation,
  };
  return createAside({
    placement: {
      page: () => [],
      entryOf: () => null,
      stands: () => false,
      actorsOf: () => [],
      sees: () => says.seesAuthor ?? false,
    },
    accounts: () =>
      ({ own: () => Promise.resolve(says.account ?? null) }) as Partial<Accounts> as Accounts,
    graph: () => ({ relations: () => Promise.resolve([relation]) }) as Partial<Graph> as Graph,
    stories: () =>
      ({
        bodies: () => Promise.resolve([body]),
        sees: () => Promise.resolve(says.sees ?? false),
        viewerFlags: () => Promise.resolve([{ liked: true, reshared: false }]),
      }) as Partial<Stories> as Stories,
  });
}

function done(type: string, data: JsonObject = {}): EventEnvelope {
  return {
    type,
    data: { accountId: String(viewerId), storyId: String(storyId), authorId: "2", ...data },
  } as Partial<EventEnvelope> as EventEnvelope;
}

describe("what the viewer did", () => {
  test("is a reaction or a comment; everything else is nobody's", () => {
    const { actorOf } = asideOf({});
    for (const type of ["liked", "unliked", "reshared", "unreshared", "commented"]) {
      expect(actorOf(done(`stories.${type}.v1`))).toBe(viewerId);
    }
    expect(actorOf(done("stories.published.v1"))).toBeNull();
    expect(actorOf(done("graph.followed.v1"))).toBeNull();
  });

  test("is told with the flags as they are now", async () => {
    const aside = asideOf({ seesAuthor: true });
    expect(await aside.reaction(context, audience, done("stories.unliked.v1"))).toEqual([
      { type: "viewer", json: '{"id":"10","viewer":{"liked":true,"reshared":false}}' },
    ]);
    expect(await aside.reaction(context, audience, done("stories.commented.v1"))).toEqual([]);
  });

  test("is told of a stranger's story as long as the viewer may see it", async () => {
    const liked = done("stories.liked.v1");
    expect(await asideOf({ sees: true }).reaction(context, audience, liked)).toHaveLength(1);
    expect(await asideOf({ sees: false }).reaction(context, audience, liked)).toBeNull();
    expect(await asideOf({ body: null }).reaction(context, audience, liked)).toBeNull();
  });
});

describe("how the viewer stands to another", () => {
  const nothing = { friend: "none", following: false, muted: false, blocked: false } as const;
  type Standing = Omit<RelationChanged["actor"], "accountId" | "version" | "before">;

  /** Null: nothing is told. */
  async function told(
    mine: readonly [before: Partial<Standing>, after: Partial<Standing>],
    theirs: readonly [before: Partial<Standing>, after: Partial<Standing>],
    isActor = true,
  ) {
    const side = (id: bigint, [before, after]: typeof mine) => ({
      accountId: String(id),
      version: 1,
      ...nothing,
      ...after,
      before: { ...nothing, ...before },
    });
    const [me, other] = [side(viewerId, mine), side(otherId, theirs)];
    const change = isActor ? { actor: me, other } : { actor: other, other: me };
    const said = await asideOf({
      relation: { friend: "received", blockedBy: true },
    }).relationship(context, viewerId, change);
    return said === null ? null : (JSON.parse(said.json) as unknown);
  }

  const relationship = {
    account: "2",
    relationship: { ...nothing, friend: "received", followedBy: false },
  };

  test("is told as it is now, without what the other hides", async () => {
    expect(await told([{}, { friend: "requested" }], [{}, { friend: "received" }])).toEqual(
      relationship,
    );
  });

  test.each([
    ["a mute of one's own", [{}, { muted: true }], [{}, {}], true],
    ["a block of one's own", [{}, { blocked: true }], [{}, {}], true],
    ["a follow of one's own", [{}, { following: true }], [{}, {}], true],
    ["a new follower", [{}, {}], [{}, { following: true }], false],
    ["a request", [{}, { friend: "received" }], [{}, { friend: "requested" }], false],
    ["an end", [{ friend: "friends" }, {}], [{ friend: "friends" }, {}], false],
    ["a block that ends a follow", [{ following: true }, {}], [{}, { blocked: true }], false],
  ] as const)("is told after %s", async (_what, mine, theirs, isActor) => {
    expect(await told(mine, theirs, isActor)).toEqual(relationship);
  });

  test.each([
    ["mutes the viewer", [{}, {}], [{}, { muted: true }]],
    ["mutes the viewer no more", [{}, {}], [{ muted: true }, {}]],
    ["blocks the viewer, with whom there was nothing", [{}, {}], [{}, { blocked: true }]],
    ["blocks the viewer no more", [{}, {}], [{ blocked: true }, {}]],
  ] as const)("is not told when the other %s", async (_what, mine, theirs) => {
    expect(await told(mine, theirs, false)).toBeNull();
  });

  test("is told to the actor alone by an event that does not say how it was", async () => {
    const side = (id: bigint) => ({ accountId: String(id), version: 1, ...nothing });
    const [me, other] = [side(viewerId), side(otherId)];
    const { relationship: tell } = asideOf({});
    expect(await tell(context, viewerId, { actor: other, other: me })).toBeNull();
    expect((await tell(context, viewerId, { actor: me, other }))?.type).toBe("relationship");
  });
});

test("who the viewer is, is told unless they are gone", async () => {
  const account = `{"id":"1"}`;
  expect(await asideOf({ account }).account(context, viewerId)).toEqual({
    type: "account",
    json: `{"account":{"id":"1"}}`,
  });
  expect(await asideOf({ account: null }).account(context, viewerId)).toBeNull();
});

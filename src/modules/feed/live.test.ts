import { afterEach, describe, expect, test } from "vitest";
import { quietLogger } from "../../../test/support/record.ts";
import { internalContext } from "../../kernel/context.ts";
import { createShelf } from "../../kernel/shelf.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import type { Announce } from "./announce.ts";
import type { Aside } from "./aside.ts";
import { packLists, unpackLists, type Audiences, type ViewerAudience } from "./audiences.ts";
import { createLive, type Live } from "./live.ts";
import { createAccountNumbers } from "./packed.ts";
import { liveLimitsDefault } from "./streams.ts";

/** A live stream between its neighbours, which answer when the test lets them. */

const viewer = { accountId: 1n, sessionId: 2n };
const authorId = 3n;
let live: Live | undefined;
afterEach(() => live?.close());

function eventAt(position: number, type: string, storyId: string): EventEnvelope {
  return {
    id: BigInt(position),
    type,
    log: "main",
    epoch: 1,
    position,
    transactionId: BigInt(position),
    region: 0,
    actorId: authorId,
    aggregate: { type: "story", id: BigInt(storyId), version: 1 },
    atMs: 0,
    requestId: "test",
    traceparent: null,
    data: { storyId, authorId: String(authorId) },
  };
}

interface StoryData {
  readonly storyId: string;
  readonly authorId: string;
}

interface Neighbours {
  readonly audiences?: Partial<Audiences>;
  readonly aside?: Partial<Aside>;
  /** Where the client goes on. */
  readonly after?: string;
  readonly queueMax?: number;
  readonly heartbeatMs?: number;
}

function openStream(
  announced: Partial<Announce>,
  { audiences = {}, aside = {}, after, ...limits }: Neighbours = {},
) {
  const accounts = createAccountNumbers(10);
  const audience = packLists(accounts.of(viewer.accountId), 1, {
    friends: Uint32Array.of(accounts.of(authorId)),
    followed: new Uint32Array(),
    excluded: new Uint32Array(),
  });
  const announce: Announce = {
    isAboutStories: () => true,
    storyIdOf: (event) => event.aggregate.id,
    peopleOf: () => [authorId],
    changesCounts: (event) => event.type === "stories.liked.v1",
    isOnlyCounted: (event) => event.type === "stories.liked.v1",
    isPlaced: () => true,
    say: () => Promise.resolve(null),
    countsOf: (_context, ids) => Promise.resolve(new Map(ids.map((id) => [id, "{}"]))),
    ...announced,
  };
  const made = createLive({
    audiences: {
      of: () => Promise.resolve(audience),
      peek: () => audience,
      inPlace: () => audience,
      apply: () => undefined,
      bytes: () => 0,
      count: () => 1,
      hold: () => undefined,
      memory: createShelf({ bytesMax: 64, entriesMax: 1 }).memory,
      ...audiences,
    },
    placement: {
      page: () => [],
      entryOf: () => null,
      stands: () => true,
      sees: () => true,
      actorsOf: () => [],
    },
    numbers: accounts,
    announce,
    aside: {
      actorOf: () => null,
      reaction: () => Promise.resolve([]),
      relationship: () => Promise.resolve(null),
      account: () => Promise.resolve(null),
      ...aside,
    },
    log: {
      epoch: () => 1,
      appliedPosition: () => 0,
      waitFor: () => Promise.resolve(true),
      readAfter: () => Promise.resolve([]),
    },
    logger: quietLogger,
    monotonicMs: () => performance.now(),
    limits: { ...liveLimitsDefault, countsLookMs: 1, countsEveryMs: 1, ...limits },
  });
  live = made;
  function open(from: string | null) {
    let text = "";
    const sink = {
      write(more: string) {
        text += more;
        return true;
      },
      bufferedBytes: () => 0,
      close: () => undefined,
    };
    made.open(internalContext("test"), viewer, from, sink);
    return {
      sent: () => text,
      /** The ids in the order in which the client takes them. */
      ids: () => Array.from(text.matchAll(/^id: 1\.(\d+)$/gm), ([, position]) => Number(position)),
      types: () => Array.from(text.matchAll(/^event: (\S+)$/gm), ([, type]) => type),
    };
  }
  return {
    ...open(after ?? null),
    open,
    audience,
    numberOf: accounts.of,
    apply: made.apply,
  };
}

const sideOf = (id: bigint) => ({ accountId: String(id), friend: "friends" });

function relationAt(position: number | null, eventId: number): EventEnvelope {
  return {
    ...eventAt(eventId, "graph.befriended.v1", "1"),
    position,
    data: { actor: sideOf(viewer.accountId), other: sideOf(authorId) },
  };
}

test("never goes back to an older id, so that a client that resumes is told nothing twice", async () => {
  const story = Promise.withResolvers<undefined>();
  const counted = Promise.withResolvers<undefined>();
  const stream = openStream({
    async say(_context, _audience, event) {
      if (event.type !== "stories.published.v1") {
        return null;
      }
      await story.promise;
      return { type: "story", json: "{}" };
    },
    countsOf(_context, ids) {
      counted.resolve(undefined);
      return Promise.resolve(new Map(ids.map((id) => [id, "{}"])));
    },
  });
  await expect.poll(stream.sent).toContain("event: ready");
  stream.apply(eventAt(1, "stories.liked.v1", "10"));
  stream.apply(eventAt(2, "stories.published.v1", "20"));
  // The counts are known while the story is still being put together.
  await counted.promise;
  await new Promise((resolve) => setImmediate(resolve));
  story.resolve(undefined);
  await expect.poll(stream.sent).toContain("event: counts");
  expect(stream.sent()).toContain("event: story\n");
  expect(stream.ids()).toEqual(stream.ids().toSorted((a, b) => a - b));
});

test("tells counts that could not be read as soon as they can", async () => {
  let tries = 0;
  const stream = openStream({
    countsOf(_context, ids) {
      tries += 1;
      return tries === 1
        ? Promise.reject(new Error("the record is away"))
        : Promise.resolve(new Map(ids.map((id) => [id, "{}"])));
    },
  });
  await expect.poll(stream.sent).toContain("event: ready");
  stream.apply(eventAt(1, "stories.liked.v1", "10"));
  await expect.poll(stream.sent).toContain("event: counts");
});

test("listens to a new friend although more waits than may when the friendship is told", async () => {
  const friendId = 4n;
  const slow = Promise.withResolvers<null>();
  const isBusy = Promise.withResolvers<undefined>();
  let calls = 0;
  const stream = openStream(
    {
      isAboutStories: ({ type }) => type.startsWith("stories."),
      peopleOf: ({ data }) => [BigInt((data as unknown as StoryData).authorId)],
      say(_context, _audience, { data }) {
        isBusy.resolve(undefined);
        return data["storyId"] === "10"
          ? slow.promise
          : Promise.resolve({
              type: "story",
              json: `{"told":${(data as unknown as StoryData).storyId}}`,
            });
      },
    },
    {
      queueMax: 1,
      audiences: {
        peek: () => undefined,
        async of() {
          // The first comes while the stream is being opened.
          await Promise.resolve();
          calls += 1;
          const { viewer: number } = stream.audience;
          const { friends, followed, excluded } = unpackLists(stream.audience);
          const more = Uint32Array.of(...friends, stream.numberOf(friendId));
          return calls === 1
            ? stream.audience
            : packLists(number, 2, { friends: more, followed, excluded });
        },
      },
    },
  );
  await expect.poll(stream.sent).toContain("event: ready");
  stream.apply(eventAt(1, "stories.published.v1", "10"));
  await isBusy.promise;
  stream.apply(eventAt(2, "stories.published.v1", "11"));
  stream.apply({
    ...eventAt(3, "graph.befriended.v1", "1"),
    data: { actor: sideOf(viewer.accountId), other: sideOf(friendId) },
  });
  slow.resolve(null);
  await expect.poll(stream.sent).toContain("event: reset");
  const published = eventAt(4, "stories.published.v1", "12");
  await new Promise((resolve) => setImmediate(resolve));
  stream.apply({ ...published, data: { storyId: "12", authorId: String(friendId) } });
  await expect.poll(stream.sent).toContain('{"told":12}');
});

test("says no id before it is known where its client goes on", async () => {
  const audience = Promise.withResolvers<ViewerAudience>();
  const stream = openStream(
    {},
    { audiences: { of: () => audience.promise, peek: () => undefined }, heartbeatMs: 1 },
  );
  await expect.poll(stream.sent).toContain(": still here");
  expect(stream.ids()).toEqual([]);
  audience.resolve(stream.audience);
  await expect.poll(stream.sent).toContain("event: ready");
});

describe("a change of how the viewer stands to someone", () => {
  const aside: Partial<Aside> = {
    relationship: () => Promise.resolve({ type: "relationship", json: "{}" }),
  };
  /** Comes to every stream of the viewer, whatever it watches. */
  const mark = (position: number): EventEnvelope => ({
    ...eventAt(position, "accounts.updated.v1", "1"),
    aggregate: { type: "account", id: viewer.accountId, version: 2 },
  });
  const marked: Partial<Aside> = {
    ...aside,
    account: () => Promise.resolve({ type: "account", json: "{}" }),
  };
  const announced: Partial<Announce> = {
    isAboutStories: ({ type }) => type.startsWith("stories."),
  };

  test("is told right after its commit, and not once more with its position", async () => {
    const stream = openStream(announced, { aside: marked });
    await expect.poll(stream.types).toEqual(["ready"]);
    stream.apply(relationAt(null, 1));
    await expect.poll(stream.types).toEqual(["ready", "relationship", "reset"]);
    stream.apply(relationAt(1, 1));
    stream.apply(mark(2));
    await expect.poll(stream.types).toEqual(["ready", "relationship", "reset", "account"]);
  });

  test("is told to who comes back after it, and before its position is known", async () => {
    const first = openStream(announced, { aside: marked });
    await expect.poll(first.types).toEqual(["ready"]);
    first.apply(relationAt(null, 1));
    const back = first.open("1.0");
    await expect.poll(back.types).toEqual(["ready"]);
    first.apply(relationAt(1, 1));
    await expect.poll(back.types).toEqual(["ready", "relationship", "reset"]);
    await expect.poll(first.types).toEqual(["ready", "relationship", "reset"]);
  });

  test("is not told to who listens from now on, and has seen it therefore", async () => {
    const first = openStream(announced, { aside: marked });
    await expect.poll(first.types).toEqual(["ready"]);
    first.apply(relationAt(null, 1));
    const next = first.open(null);
    await expect.poll(next.types).toEqual(["ready"]);
    first.apply(relationAt(1, 1));
    first.apply(mark(2));
    await expect.poll(next.types).toEqual(["ready", "account"]);
  });

  test("is not lost to a cut between what is said of it", async () => {
    const stream = openStream(announced, { aside });
    await expect.poll(stream.types).toEqual(["ready"]);
    stream.apply(relationAt(5, 1));
    await expect.poll(stream.types).toEqual(["ready", "relationship", "reset"]);
    expect(stream.ids()).toEqual([0, 0, 5]);
  });
});

test("what the viewer did is told where nobody of the story is watched", async () => {
  const strangersStory = eventAt(1, "stories.liked.v1", "10");
  const stream = openStream(
    { peopleOf: () => [99n], isPlaced: () => false },
    {
      aside: {
        actorOf: ({ actorId }) => actorId,
        reaction: () => Promise.resolve([{ type: "viewer", json: "{}" }]),
      },
    },
  );
  await expect.poll(stream.types).toEqual(["ready"]);
  stream.apply({ ...strangersStory, actorId: 98n });
  stream.apply({ ...strangersStory, position: 2, actorId: viewer.accountId });
  await expect.poll(stream.types).toEqual(["ready", "viewer", "counts"]);
  expect(stream.ids()).toEqual([0, 2, 2]);
});

test("neither counts nor anything else is told of what the viewer sees no more", async () => {
  const stream = openStream(
    { isPlaced: () => false },
    {
      aside: {
        actorOf: () => viewer.accountId,
        reaction: (_context, _audience, { aggregate }) =>
          Promise.resolve(aggregate.id === 10n ? null : [{ type: "viewer", json: "{}" }]),
      },
    },
  );
  await expect.poll(stream.types).toEqual(["ready"]);
  stream.apply(eventAt(1, "stories.liked.v1", "10"));
  stream.apply(eventAt(2, "stories.liked.v1", "11"));
  await expect.poll(stream.types).toEqual(["ready", "viewer", "counts"]);
});

import { afterEach, expect, test } from "vitest";
import { quietLogger } from "../../../test/support/record.ts";
import { internalContext } from "../../kernel/context.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import type { Announce } from "./announce.ts";
import type { Audiences, ViewerAudience } from "./audiences.ts";
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
  readonly queueMax?: number;
  readonly heartbeatMs?: number;
}

function openStream(announced: Partial<Announce>, { audiences = {}, ...limits }: Neighbours = {}) {
  const accounts = createAccountNumbers(10);
  const audience: ViewerAudience = {
    viewer: accounts.of(viewer.accountId),
    version: 1,
    friends: Uint32Array.of(accounts.of(authorId)),
    followed: new Uint32Array(),
    excluded: new Uint32Array(),
  };
  const announce: Announce = {
    isAboutStories: () => true,
    storyIdOf: (event) => event.aggregate.id,
    peopleOf: () => [authorId],
    changesCounts: (event) => event.type === "stories.liked.v1",
    isPlaced: () => true,
    say: () => Promise.resolve(null),
    countsOf: (_context, ids) => Promise.resolve(new Map(ids.map((id) => [id, "{}"]))),
    ...announced,
  };
  const made = createLive({
    audiences: {
      of: () => Promise.resolve(audience),
      peek: () => audience,
      apply: () => undefined,
      bytes: () => 0,
      count: () => 1,
      ...audiences,
    },
    merge: { page: () => [], entryOf: () => null, sees: () => true, actorsOf: () => [] },
    numbers: accounts,
    announce,
    log: {
      epoch: () => 1,
      appliedPosition: () => 0,
      waitFor: () => Promise.resolve(true),
      readAfter: () => Promise.resolve([]),
    },
    logger: quietLogger,
    limits: { ...liveLimitsDefault, countsEveryMs: 1, ...limits },
  });
  live = made;
  let text = "";
  const sink = {
    write(more: string) {
      text += more;
      return true;
    },
    bufferedBytes: () => 0,
    close: () => undefined,
  };
  made.open(internalContext("test"), viewer, null, sink);
  return {
    sent: () => text,
    audience,
    numberOf: accounts.of,
    apply: (event: EventEnvelope) => {
      made.apply(event, { repeated: false });
    },
    /** The ids in the order in which the client takes them. */
    ids: () => Array.from(text.matchAll(/^id: 1\.(\d+)$/gm), ([, position]) => Number(position)),
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
          const more = [...stream.audience.friends, stream.numberOf(friendId)];
          return calls === 1
            ? stream.audience
            : { ...stream.audience, friends: Uint32Array.from(more) };
        },
      },
    },
  );
  await expect.poll(stream.sent).toContain("event: ready");
  stream.apply(eventAt(1, "stories.published.v1", "10"));
  await isBusy.promise;
  stream.apply(eventAt(2, "stories.published.v1", "11"));
  const side = (id: bigint) => ({ accountId: String(id), friend: "friends" });
  stream.apply({
    ...eventAt(3, "graph.befriended.v1", "1"),
    data: { actor: side(viewer.accountId), other: side(friendId) },
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

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Adjustments } from "../../src/compose.ts";
import { send, signUp, type Person } from "../support/client.ts";
import {
  startLiveReader,
  type LiveReader,
  type LiveReaderOptions,
} from "../support/live-reader.ts";
import { metricOf } from "../support/metric.ts";
import { startTestNode, type TestNode } from "../support/node.ts";
import { randomFrom } from "../support/random.ts";
import { printedSeed } from "../support/seed.ts";

/** Live streams through everything that befalls a connection: a client sees each story once. */

const seed = printedSeed("live");
const random = randomFrom(seed);
const cutsMin = 100;
/** About five stories: some cuts fall between events, most into the middle of one. */
const bytesByConnectionMax = 4_000;
const greetingBytes = 120;
const friendsCount = 4;
const patience = { timeout: 60_000, interval: 5 };

let node: TestNode;
let reader: Person;
let friends: Person[];
const open: LiveReader[] = [];

async function start(adjustments: Adjustments = {}): Promise<void> {
  node = await startTestNode({ adjustments });
  reader = await signUp(node.url, "reader");
  friends = await Promise.all(
    Array.from({ length: friendsCount }, (_, n) => signUp(node.url, `friend_${n}`)),
  );
  for (const friend of friends) {
    await befriend(reader, friend);
  }
  // A friendship whose event comes after a stream began would start that stream again.
  await expect
    .poll(() => node.sql`SELECT FROM log.outbox`.then((rows) => rows.length), patience)
    .toBe(0);
}

async function befriend(a: Person, b: Person): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const path = `/v1/friends/${to.id}`;
    await send(node.url, { method: "PUT", path, token: from.token });
  }
}

async function publish({ token }: Person, text: string): Promise<string> {
  const call = { method: "POST", path: "/v1/stories", token, body: { text } } as const;
  const { status, body } = await send<{ story: { id: string } }>(node.url, call);
  expect(status).toBe(201);
  return body.story.id;
}

/** Every friend publishes one story after the other while the condition holds. */
async function publishWhile(isWanted: () => boolean): Promise<string[][]> {
  return Promise.all(
    friends.map(async (friend) => {
      const ids: string[] = [];
      while (isWanted()) {
        ids.push(await publish(friend, `Story ${ids.length} of ${friend.handle}.`));
      }
      return ids;
    }),
  );
}

function listen(options: Partial<LiveReaderOptions> = {}): LiveReader {
  const live = startLiveReader({
    url: () => node.url,
    token: reader.token,
    by: "header",
    ...options,
  });
  open.push(live);
  return live;
}

/** What was told is everything that was published, each once, each author's in order. */
async function expectEachOnce(live: LiveReader, published: readonly string[][]): Promise<void> {
  const all = published.flat();
  await expect.poll(() => new Set(live.told).size, patience).toBe(all.length);
  expect(live.told.toSorted()).toEqual(all.toSorted());
  for (const ids of published) {
    expect(live.told.filter((id) => ids.includes(id))).toEqual(ids);
  }
  expect(live.positions).toEqual(live.positions.toSorted((a, b) => a - b));
}

/** What is published before may stand in the feed that it listens from, and is not told then. */
async function hasReadFeed(live: LiveReader): Promise<void> {
  await expect.poll(() => live.connections(), patience).toBeGreaterThan(0);
}

async function isListening(live: LiveReader): Promise<void> {
  await expect.poll(() => live.events.some(({ type }) => type === "ready"), patience).toBe(true);
}

/** Half of the cuts fall into what a stream says before its first story. */
const randomCut = (): number =>
  1 + random.below(random.below(2) === 0 ? bytesByConnectionMax : greetingBytes);

beforeEach(() => {
  open.length = 0;
});
afterEach(async () => {
  await Promise.all(open.map((live) => live.stop()));
  await node.stop();
});

describe("a live stream", () => {
  it.each([
    ["from memory", {}],
    ["from the record each time", { audienceBytesMax: 1 }],
  ])("tells every story once, its connection cut 100 times, with lists %s", async (_, limits) => {
    // Heartbeats all the time: their ids count as well.
    await start({ feed: { ...limits, live: { heartbeatMs: 1 } } });
    const readers = (["header", "query"] as const).map((by) =>
      listen({ by, cutAfterBytes: (cuts) => (cuts < cutsMin ? randomCut() : undefined) }),
    );
    await Promise.all(readers.map(hasReadFeed));
    const published = await publishWhile(() =>
      readers.some((live) => live.connections() <= cutsMin),
    );
    for (const live of readers) {
      await expectEachOnce(live, published);
      expect(live.resets()).toBe(0);
    }
  });

  it("goes on after a restart of its node without a miss or a repeat", async () => {
    await start();
    const live = listen({ cutAfterBytes: () => (random.below(3) === 0 ? randomCut() : undefined) });
    await hasReadFeed(live);
    const before = await publishWhile(() => live.told.length < 40);
    node = await node.restart();
    const during = await publishWhile(() => live.told.length < 120);
    await expectEachOnce(
      live,
      before.map((ids, n) => [...ids, ...(during[n] ?? [])]),
    );
  });

  it("ends for a client that does not read, who comes back and misses nothing", async () => {
    const bufferedBytesMax = 64 * 1024;
    await start({ feed: { live: { bufferedBytesMax } } });
    const live = listen();
    await isListening(live);
    live.connection()?.pause();
    const published: string[][] = friends.map(() => []);
    const long = "가".repeat(4_900);
    while ((await metricOf(node, "maru_feed_live_streams")) > 0) {
      await Promise.all(
        friends.map(async (friend, n) => published[n]?.push(await publish(friend, long))),
      );
    }
    live.connection()?.resume();
    await expectEachOnce(live, published);
    expect(live.connections()).toBeGreaterThan(1);
  });

  it("starts again from the feed when more waits than it may hold, and nothing is missed", async () => {
    await start({ feed: { live: { queueMax: 1 } } });
    const live = listen();
    await isListening(live);
    const published = await publishWhile(() => live.resets() === 0);
    const seen = (): Set<string> => new Set([...live.read, ...live.told]);
    await expect.poll(() => published.flat().filter((id) => !seen().has(id)), patience).toEqual([]);
    const last = await publish(friends[0]!, "When all is quiet again.");
    await expect.poll(() => live.told, patience).toContain(last);
    expect(new Set(live.told).size).toBe(live.told.length);
  });

  it("starts again when its viewer sees more or less, and tells of the new friend from then on", async () => {
    await start();
    const live = listen();
    await isListening(live);
    const stranger = await signUp(node.url, "stranger");
    const past = await publish(stranger, "Before we met.");
    await befriend(stranger, reader);
    await expect.poll(() => live.read.has(past), patience).toBe(true);
    // What comes before the stream has begun anew stands in the feed that was read for that.
    const later: string[] = [];
    while (live.told.length === 0) {
      later.push(await publish(stranger, "Now we are friends."));
    }
    await expect
      .poll(() => later.filter((id) => !live.read.has(id) && !live.told.includes(id)), patience)
      .toEqual([]);
    const resets = live.resets();
    await send(node.url, {
      method: "DELETE",
      path: `/v1/friends/${stranger.id}`,
      token: reader.token,
    });
    await expect.poll(() => live.resets(), patience).toBeGreaterThan(resets);
    const unheard = await publish(stranger, "Nobody hears this.");
    const heard: string[] = [];
    while (heard.every((id) => !live.told.includes(id))) {
      heard.push(await publish(friends[0]!, "This is heard."));
    }
    expect(live.told).not.toContain(unheard);
    expect(live.read).not.toContain(unheard);
  });
});

import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blockerWatchDefaults } from "../../src/adapters/postgres/log-blockers.ts";
import { send, signUp, type FeedItem, type Person } from "../support/client.ts";
import { drawCommunity } from "../support/drawn-community.ts";
import { runImport, writeCommunity } from "../support/imported-community.ts";
import { startLiveReader, type LiveReader } from "../support/live-reader.ts";
import { expectLogWhole, expectViewsWhole, noteCommittedEvents } from "../support/log-audit.ts";
import { startTestNode, type TestNode } from "../support/node.ts";
import { randomFrom } from "../support/random.ts";
import { connectToNode } from "../support/record-of-node.ts";
import { printedSeed } from "../support/seed.ts";

/**
 * Transactions that stay open hold back the log, and nothing else: feeds show each story at once,
 * no event is lost, and live streams tell of it within the bound that the log keeps.
 */

const seed = printedSeed("open transactions");
const random = randomFrom(seed);
/** What the log promises, and what a busy machine may add. */
const boundMs =
  blockerWatchDefaults.idleInTransactionMsMax + blockerWatchDefaults.lookEveryMs + 4_000;
const friendsCount = 4;
const slowestMs = 400;
const slowForMs = 6_000;

let node: TestNode;
let reader: Person;
let friends: Person[];
let live: LiveReader;
/** When the answer to each publication came, by story. */
let published: Map<string, number>;
/** How long after that the stream told of it. */
let delays: Map<string, number>;

beforeEach(async () => {
  node = await startTestNode();
  reader = await signUp(node.url, "reader");
  friends = await Promise.all(
    Array.from({ length: friendsCount }, (_, n) => signUp(node.url, `friend_${n}`)),
  );
  for (const { id, token } of friends) {
    await send(node.url, { method: "PUT", path: `/v1/friends/${id}`, token: reader.token });
    await send(node.url, { method: "PUT", path: `/v1/friends/${reader.id}`, token });
  }
  await expect
    .poll(() => node.sql`SELECT FROM log.outbox`.then((rows) => rows.length), { timeout: 10_000 })
    .toBe(0);
  await noteCommittedEvents(node);
  published = new Map();
  delays = new Map();
  live = startLiveReader({ url: () => node.url, token: reader.token, by: "header" });
  await expect.poll(() => live.events.some(({ type }) => type === "ready")).toBe(true);
});
afterEach(async () => {
  await live.stop();
  await node.stop();
});

/** Publishes, and expects the story on top of the reader's feed as soon as that has answered. */
async function publish(friend: Person, key?: string): Promise<string> {
  const { status, body } = await send<{ story: { id: string } }>(node.url, {
    method: "POST",
    path: "/v1/stories",
    token: friend.token,
    body: { text: `By ${friend.handle}.` },
    ...(key === undefined ? {} : { key }),
  });
  expect(status).toBe(201);
  const { id } = body.story;
  published.set(id, performance.now());
  const feed = await send<{ items: FeedItem[] }>(node.url, {
    method: "GET",
    path: "/v1/feed?limit=50",
    token: reader.token,
  });
  expect(feed.body.items.map(({ story }) => story.id)).toContain(id);
  if (random.below(2) === 0) {
    const path = `/v1/stories/${id}/${random.pick(["like", "reshare"])}`;
    const by = random.pick([reader, ...friends]);
    expect((await send(node.url, { method: "PUT", path, token: by.token })).status).toBe(204);
  }
  return id;
}

/** While `work` runs, every friend publishes, and it is noted how late the stream tells of it. */
async function publishDuring(
  work: () => Promise<void>,
  pauseMs: number,
  publishOne: (friend: Person) => Promise<unknown> = publish,
): Promise<void> {
  let isOver = false;
  const isRunning = (): boolean => !isOver;
  const noting = (async () => {
    let noted = 0;
    while (isRunning() || noted < published.size) {
      for (const id of live.told.slice(noted)) {
        delays.set(id, performance.now() - (published.get(id) ?? Number.POSITIVE_INFINITY));
        noted += 1;
      }
      const oldest = [...published].find(([id]) => !delays.has(id))?.[1] ?? performance.now();
      expect(performance.now() - oldest, "ms for which a story was not told").toBeLessThan(boundMs);
      await wait(1);
    }
  })();
  const publishing = friends.map(async (friend) => {
    while (isRunning()) {
      await publishOne(friend);
      await wait(pauseMs);
    }
  });
  try {
    await work();
  } finally {
    isOver = true;
  }
  await Promise.all([...publishing, noting]);
}

async function expectNothingLost(what: string): Promise<void> {
  await expectLogWhole(node, boundMs);
  expect(live.told.toSorted()).toEqual([...published.keys()].toSorted());
  expect(live.resets()).toBe(0);
  for (const { id, token } of [reader, ...friends]) {
    await expectViewsWhole(node, { id: BigInt(id), token }, random);
  }
  const longestMs = Math.max(...delays.values());
  console.log(
    `${what}: ${published.size} stories, the latest told after ${longestMs.toFixed(0)} ms`,
  );
}

/** Resolves with how long the transaction was open, whoever ended it. */
async function openTransaction(work: () => Promise<void>): Promise<number> {
  const { sql, close } = await connectToNode(node.dataDir);
  const beganMs = performance.now();
  await sql
    .begin(async (tx) => {
      await tx`SELECT pg_current_xact_id()`;
      await work();
      await tx`SELECT 1`;
    })
    .catch(() => undefined);
  const openMs = performance.now() - beganMs;
  await close();
  return openMs;
}

/** Resolves once the session of an open transaction is gone, at the latest after a minute. */
async function untilEnded(): Promise<void> {
  const endMs = performance.now() + 60_000;
  const isOpen = async (): Promise<boolean> => {
    const idle = await node.sql`
      SELECT FROM pg_stat_activity
      WHERE state = 'idle in transaction' AND application_name = 'maru test'
        AND query LIKE '%pg_current_xact_id%'`;
    return idle.length > 0;
  };
  while (performance.now() < endMs && (await isOpen())) {
    await wait(20);
  }
}

describe("nothing is lost and feeds go on", () => {
  it("while a transaction is left open for a minute: the log ends it", async () => {
    let openMs = 0;
    await publishDuring(async () => {
      openMs = await openTransaction(untilEnded);
      await wait(500);
    }, 100);
    expect(openMs).toBeLessThan(boundMs);
    await expectNothingLost(`open for ${openMs.toFixed(0)} ms`);
  });

  it("while slow transactions run among fast ones", async () => {
    let keys = 0;
    const { sql, close } = await connectToNode(node.dataDir);
    /** Its key is written first, so the command has its place in the log before it waits. */
    async function publishSlowly(friend: Person): Promise<void> {
      if (random.below(5) > 0) {
        await publish(friend);
        return;
      }
      keys += 1;
      const key = `slow-${keys}`;
      let slow: Promise<string> | undefined;
      await sql.begin(async (tx) => {
        await tx`SELECT pg_advisory_xact_lock(${friend.id}::bigint)`;
        slow = publish(friend, key);
        await wait(random.below(slowestMs));
      });
      await slow;
    }
    const others = async (): Promise<void> => {
      const endMs = performance.now() + slowForMs;
      while (performance.now() < endMs) {
        await openTransaction(() => wait(random.below(slowestMs)));
      }
    };
    await publishDuring(
      () => Promise.all([others(), others()]).then(() => undefined),
      2,
      publishSlowly,
    );
    await close();
    await expectNothingLost("slow among fast");
  });

  it("while a community is imported", async () => {
    const { remove, ...paths } = await writeCommunity(drawCommunity(seed));
    try {
      await publishDuring(() => runImport(node.dataDir, paths).then(() => undefined), 20);
    } finally {
      await remove();
    }
    await expectNothingLost("beside an import");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNode } from "../../src/compose.ts";
import { connectApi, expectStatus, type Api, type Person } from "../support/api-client.ts";
import { natsMissing, startNats, type TestNats } from "../support/nats.ts";
import { startNodes, type TestNodes } from "../support/nodes.ts";

/**
 * Several nodes on one record, asked by whoever knows of no node: what one of them has answered as
 * hidden, none of them shows. No reader says what it has seen before.
 */
let nodes: TestNodes;
let apis: readonly Api[];
let people = 0;

function withNodes(settings: () => Promise<Readonly<Record<string, string>>>): void {
  beforeAll(async () => {
    nodes = await startNodes(3, await settings());
    apis = await Promise.all(nodes.nodes.map(({ url }) => connectApi(url)));
    // Reading the reference has kept this process busy, and with it the nodes.
    await nodes.ready();
  });
  afterAll(async () => {
    apis.forEach((api) => {
      api.close();
    });
    await nodes.stop();
  });
}

/** The same person at each node. */
async function somebody(): Promise<readonly Person[]> {
  const made = await apis[0]!.signUp(`person_${String((people += 1))}`);
  return apis.map((api) => api.withToken(made, made.token));
}

async function friends(): Promise<readonly [readonly Person[], readonly Person[]]> {
  const [one, other] = [await somebody(), await somebody()];
  await one[0]!.befriend(other[0]!);
  return [one, other];
}

async function feedOf(person: Person): Promise<readonly string[]> {
  const reply = expectStatus(await person.get("/v1/feed?limit=100"), 200);
  return reply.body.items.map(({ story }) => story.id);
}

/** Each node has the reader's lists and the story in memory. */
async function isSeenEverywhere(reader: readonly Person[], storyId: string): Promise<void> {
  for (const at of reader) {
    await expect.poll(() => feedOf(at)).toContain(storyId);
  }
}

const rounds = [0, 1, 2];

describe("nodes that look into the record for each other", () => {
  withNodes(() => Promise.resolve({}));
  keepTheirPromises();
});

describe.skipIf(natsMissing !== null)("nodes whose log NATS carries", () => {
  let nats: TestNats | undefined;
  withNodes(async () => {
    nats = await startNats();
    return { MARU_NATS_URLS: nats.urls.join(",") };
  });
  afterAll(async () => {
    await nats?.stop();
  });
  keepTheirPromises();

  it("have a story of another node's within the blink of an eye", async () => {
    const [reader, author] = await friends();
    await feedOf(reader[2]!);
    const tookMs: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const story = await author[n % author.length]!.publish(`Story ${String(n)}`);
      const fromMs = performance.now();
      await expect.poll(() => feedOf(reader[2]!), { interval: 2 }).toContain(story.id);
      tookMs.push(performance.now() - fromMs);
    }
    console.log(`seen on another node after ${tookMs.map(Math.round).join(", ")} ms`);
  });

  it("go on when NATS does not", async () => {
    await nats?.kill(0);
    const [reader, author] = await friends();
    const story = await author[0]!.publish("Without", { visibility: "friends" });
    await isSeenEverywhere(reader, story.id);
    expectStatus(await reader[1]!.delete(`/v1/friends/${author[0]!.id}`), 204);
    for (const at of reader) {
      expect(await feedOf(at)).not.toContain(story.id);
    }
    await nats?.restart(0);
  });
});

function keepTheirPromises(): void {
  describe("what one node has answered as hidden", () => {
    it.each(["unfriend", "block", "mute"] as const)(
      "is hidden on all others in their next read: %s",
      async (what) => {
        for (const round of rounds) {
          const [reader, author] = await friends();
          const story = await author[0]!.publish("Now you see it", { visibility: "friends" });
          await isSeenEverywhere(reader, story.id);
          const by = reader[round % reader.length]!;
          const reply =
            what === "unfriend"
              ? await by.delete(`/v1/friends/${author[0]!.id}`)
              : await by.put(`/v1/${what}s/${author[0]!.id}`);
          expectStatus(reply, 204);
          for (const at of reader) {
            expect(await feedOf(at)).not.toContain(story.id);
          }
        }
      },
    );

    it("is hidden also where it was unfollowed, deleted or narrowed", async () => {
      for (const round of rounds) {
        const [reader, author] = [await somebody(), await somebody()];
        expectStatus(await reader[0]!.put(`/v1/follows/${author[0]!.id}`), 204);
        const stories = [await author[0]!.publish("One"), await author[0]!.publish("Two")] as const;
        await isSeenEverywhere(reader, stories[1].id);
        const by = author[round % author.length]!;
        expectStatus(await by.delete(`/v1/stories/${stories[0].id}`), 204);
        for (const at of reader) {
          expect(await feedOf(at)).toEqual([stories[1].id]);
        }
        const narrower = await by.patch(`/v1/stories/${stories[1].id}`, { visibility: "friends" });
        expectStatus(narrower, 200);
        for (const at of reader) {
          expect(await feedOf(at)).toEqual([]);
          expectStatus(await at.get(`/v1/stories/${stories[1].id}`), 404);
        }
        const third = await by.publish("Three");
        await isSeenEverywhere(reader, third.id);
        expectStatus(
          await reader[(round + 1) % reader.length]!.delete(`/v1/follows/${author[0]!.id}`),
          204,
        );
        for (const at of reader) {
          expect(await feedOf(at)).toEqual([]);
        }
      }
    });

    it("ends a session on all of them", async () => {
      for (const round of rounds) {
        const person = await somebody();
        for (const at of person) {
          expectStatus(await at.get("/v1/feed"), 200);
        }
        expectStatus(await person[round % person.length]!.delete("/v1/sessions/current"), 204);
        for (const at of person) {
          expectStatus(await at.get("/v1/feed"), 401);
          expectStatus(await at.get("/v1/accounts/me"), 401);
        }
      }
    });
  });

  it("waits for no node that could not start", async () => {
    const inUse = Number(new URL(nodes.nodes[0]!.adminUrl).port);
    const config = { ...nodes.config, adminPort: inUse };
    const started = startNode(config, { version: "0.0.0-test", isTracing: false });
    await expect(started).rejects.toThrow(/in use/u);
    const names = await nodes.sql`SELECT node FROM cell.nodes`;
    expect(names).toHaveLength(nodes.nodes.length);
  });

  describe("a client that keeps the position of its last answer", () => {
    it("reads what it wrote at one node where it has written after that", async () => {
      const [one] = await friends();
      for (let n = 0; n < 30; n += 1) {
        const [here, there] = [one[n % one.length]!, one[(n + 1) % one.length]!];
        const body = { text: "Mine" };
        const first = expectStatus(await here.send("POST", "/v1/stories", { body }), 201);
        const last = expectStatus(await there.send("POST", "/v1/stories", { body }), 201);
        const position = String(last.headers["maru-position"]);
        const read = await there.get("/v1/feed?limit=2", { "maru-position": position });
        const wanted = [last.body.story.id, first.body.story.id];
        expect(read.body.items.map(({ story }) => story.id)).toEqual(wanted);
      }
    });

    it("reads what it wrote since, also after a command that was sent again", async () => {
      const [one] = await friends();
      const again = { body: { text: "Once" }, headers: { "idempotency-key": "the-same" } };
      const first = expectStatus(await one[0]!.send("POST", "/v1/stories", again), 201);
      const next = await one[1]!.publish("Since");
      const replayed = expectStatus(await one[0]!.send("POST", "/v1/stories", again), 201);
      expect(replayed.body.story.id).toBe(first.body.story.id);
      const position = String(replayed.headers["maru-position"]);
      const read = await one[2]!.get("/v1/feed?limit=2", { "maru-position": position });
      const wanted = [next.id, first.body.story.id];
      expect(read.body.items.map(({ story }) => story.id)).toEqual(wanted);
    });

    it("reads its write on another node also after a command that changed nothing", async () => {
      for (const round of rounds) {
        const [one, other] = await friends();
        const [here, there, elsewhere] = [0, 1, 2].map((n) => one[(round + n) % one.length]!);
        const body = { text: "Mine" };
        const published = expectStatus(await here!.send("POST", "/v1/stories", { body }), 201);
        // They are friends already.
        const again = expectStatus(await there!.put(`/v1/friends/${other[0]!.id}`), 200);
        const position = String(again.headers["maru-position"]);
        const read = await elsewhere!.get("/v1/feed", { "maru-position": position });
        expect(read.body.items.map(({ story }) => story.id)).toContain(published.body.story.id);
      }
    });
  });
}

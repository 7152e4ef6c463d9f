import { connect } from "node:net";
import { expect, test } from "vitest";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { freshMetrics } from "../support/metric.ts";
import { areSeveral, startedApi } from "./started-api.ts";

const world = startedApi();

/** With a deadline of its own a request takes the way that may ask the record for what memory lacks. */
const fillingWay = { "maru-deadline-ms": "9000" };
/** After a write that this node cannot know of, everything is read from the record. */
const usualWay = { "maru-position": Buffer.from("0.elsewhere.1.1").toString("base64url") };

/** How many pages memory has given whole so far, and how often what was missing. */
async function pagesFromMemory(): Promise<Record<string, number>> {
  const text = await freshMetrics(world.node);
  const counts = text.matchAll(/^maru_feed_pages_total\{memory="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries(
    Array.from(counts, ([, memory = "", count]) => [memory, Number(count)] as const),
  );
}

/** An event that comes while a page is read by the usual way keeps memory from being filled: once more. */
async function readFromMemory(reader: Person, target: string): Promise<Reply> {
  let before: Record<string, number> = {};
  let after: Record<string, number> = {};
  for (let tries = 0; tries < 20; tries += 1) {
    expectStatus(await reader.get(target, fillingWay), 200);
    before = await pagesFromMemory();
    const fromMemory = expectStatus(await reader.get(target), 200);
    after = await pagesFromMemory();
    if (Number(after["whole"]) > Number(before["whole"])) {
      return fromMemory;
    }
  }
  throw new Error(`never from memory: ${JSON.stringify(before)}, then ${JSON.stringify(after)}`);
}

/** The page read both ways, which must not differ in a byte nor in a header that tells of it. */
async function readBothWays(reader: Person, target: string): Promise<Reply> {
  const fromMemory = await readFromMemory(reader, target);
  const usual = expectStatus(await reader.get(target, usualWay), 200);
  for (const other of [fromMemory, expectStatus(await reader.get(target, fillingWay), 200)]) {
    expect(other.text).toBe(usual.text);
    for (const name of ["etag", "content-type", "cache-control", "x-content-type-options"]) {
      expect([name, other.headers[name]]).toEqual([name, usual.headers[name]]);
    }
  }
  const etag = String(fromMemory.headers["etag"]);
  for (const way of [{}, fillingWay, usualWay]) {
    const unchanged = await reader.get(target, { ...way, "if-none-match": etag });
    expect([unchanged.status, unchanged.text, unchanged.headers["etag"]]).toEqual([304, "", etag]);
  }
  expect((await reader.get(target, { "if-none-match": `W/"other", ${etag}` })).status).toBe(304);
  expect((await reader.get(target, { "if-none-match": 'W/"other"' })).status).toBe(200);
  return fromMemory;
}

test.skipIf(areSeveral)(
  "a page from memory is the page from the record, whatever happened before it",
  async () => {
    const people = await world.api.people("m_reader", "m_friend", "m_followed", "m_far", "m_more");
    const [reader, friend, followed, far, more] = people;
    await reader.befriend(friend);
    await reader.befriend(more);
    expectStatus(await reader.put(`/v1/follows/${followed.id}`), 204);
    await readBothWays(reader, "/v1/feed");

    const first = await friend.publish('다 함께 "마루"에서 👩‍👩‍👧‍👦 https://one.example/?a=b');
    for (let i = 0; i < 30; i += 1) {
      await (i % 3 === 0 ? friend : followed).publish(`story ${String(i)} ${"가".repeat(i * 7)}`);
    }
    await friend.publish("for friends", { visibility: "friends" });
    await reader.publish("only mine", { visibility: "self" });
    const afar = await far.publish("from afar");
    for (const resharer of [friend, followed, more]) {
      expectStatus(await resharer.put(`/v1/stories/${afar.id}/reshare`), 204);
    }
    const page = await readBothWays(reader, "/v1/feed");
    expect(page.body.items[0]?.reason).toMatchObject({ type: "reshare", byCount: 3 });
    await readBothWays(reader, "/v1/feed?limit=100");
    await readBothWays(reader, "/v1/feed?limit=1");
    await readBothWays(reader, `/v1/feed?limit=7&cursor=${page.body.nextCursor ?? ""}`);

    // Everything that changes what a page says.
    const changes: readonly (() => Promise<Reply>)[] = [
      () => reader.put(`/v1/stories/${afar.id}/like`),
      () => far.put(`/v1/stories/${afar.id}/like`),
      () => reader.put(`/v1/stories/${first.id}/reshare`),
      () => reader.delete(`/v1/stories/${afar.id}/like`),
      () => far.post(`/v1/stories/${afar.id}/comments`, { text: "and so on" }),
      () => friend.patch("/v1/accounts/me", { name: "새 이름" }),
      () => far.patch("/v1/accounts/me", { bio: 'with "quotes"' }),
      () => friend.patch(`/v1/stories/${first.id}`, { text: "고쳐 쓴 글" }),
      () => followed.delete(`/v1/stories/${afar.id}/reshare`),
      () => friend.delete(`/v1/stories/${first.id}`),
      () => far.patch(`/v1/stories/${afar.id}`, { visibility: "friends" }),
      () => reader.delete(`/v1/friends/${more.id}`),
      () => reader.put(`/v1/mutes/${followed.id}`),
    ];
    let last = (await readBothWays(reader, "/v1/feed?limit=100")).text;
    for (const change of changes) {
      expect((await change()).status).toBeLessThan(300);
      const next = (await readBothWays(reader, "/v1/feed?limit=100")).text;
      expect(next === last && next.includes(afar.id)).toBe(false);
      last = next;
    }
  },
);

test.skipIf(areSeveral)("what memory alone would answer is refused as it always is", async () => {
  const [reader] = await world.api.people("m_refused");
  await readBothWays(reader, "/v1/feed");
  expect((await reader.get("/v1/feed?limit=0")).status).toBe(400);
  expect((await reader.get("/v1/feed?limit=1&limit=2")).status).toBe(400);
  expect((await reader.get("/v1/feed?cursor=abc")).status).toBe(400);
  expect((await world.api.send("GET", "/v1/feed", { token: `${reader.token}x` })).status).toBe(401);
  const forged = `${reader.token.slice(0, -1)}${reader.token.endsWith("A") ? "B" : "A"}`;
  expect((await world.api.send("GET", "/v1/feed", { token: forged })).status).toBe(401);
  expectStatus(await reader.delete("/v1/sessions/current"), 204);
  expect((await reader.get("/v1/feed")).status).toBe(401);
});

test.skipIf(areSeveral)(
  "pages are whole for a client that sends many requests before it takes an answer",
  async () => {
    const [reader] = await world.api.people("m_slow");
    for (let i = 0; i < 40; i += 1) {
      await reader.publish(`${String(i)} ${"느린 ".repeat(800)}`);
    }
    const { text } = await readBothWays(reader, "/v1/feed?limit=40");
    const { hostname, port } = new URL(world.node.url);
    const socket = connect(Number(port), hostname);
    const requests = 60;
    const lines = [
      "GET /v1/feed?limit=40 HTTP/1.1",
      "Host: x",
      `Authorization: Bearer ${reader.token}`,
    ];
    socket.pause();
    socket.write(`${lines.join("\r\n")}\r\n\r\n`.repeat(requests));
    const others = Array.from({ length: 20 }, () => reader.get("/v1/feed?limit=3"));
    await Promise.all(others);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const wanted = requests * Buffer.byteLength(text);
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > wanted && Buffer.concat(chunks).toString().split(text).length > requests) {
        break;
      }
    }
    socket.destroy();
    expect(Buffer.concat(chunks).toString().split(text)).toHaveLength(requests + 1);
  },
);

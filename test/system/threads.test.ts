import { afterAll, beforeAll, expect, test } from "vitest";
import { connectApi, expectStatus, type Api } from "../support/api-client.ts";
import { listen } from "../support/api-live.ts";
import { freshMetrics } from "../support/metric.ts";
import { startTestNode, type TestNode } from "../support/node.ts";

/** A node with several HTTP threads is to its clients a node like any other, on whichever thread they land. */
const threads = 3;
const connections = 24;

let node: TestNode;
/** Connections of their own, so that the system spreads them over the threads. */
let apis: Api[];
let api: Api;

beforeAll(async () => {
  node = await startTestNode({ settings: { MARU_THREADS: String(threads) } });
  apis = [];
  for (let i = 0; i < connections; i += 1) {
    apis.push(await connectApi(node.url));
  }
  api = apis[0]!;
});

afterAll(async () => {
  apis.forEach((one) => one.close());
  await node.stop();
});

function metrics(): Promise<string> {
  return freshMetrics(node);
}

test("whatever is written on one connection is read on every other", async () => {
  expect(await metrics()).toMatch(/^maru_http_threads 3$/m);
  const [reader, writer] = await api.people("t_reader", "t_writer");
  await reader.befriend(writer);
  for (let i = 0; i < connections; i += 1) {
    const writing = apis[i]!.withToken(writer, writer.token);
    const story = await writing.publish(`story ${String(i)}`);
    for (const other of apis) {
      const reading = other.withToken(reader, reader.token);
      const { items } = expectStatus(await reading.get("/v1/feed"), 200).body;
      expect(items[0]?.story.id).toBe(story.id);
    }
    if (i % 3 === 0) {
      expectStatus(await writing.delete(`/v1/stories/${story.id}`), 204);
      for (const other of apis) {
        const reading = other.withToken(reader, reader.token);
        expect((await reading.get("/v1/feed")).text).not.toContain(story.id);
      }
    }
  }
  // Each thread has answered some of them.
  await expect
    .poll(async () => Number(/^maru_http_thread_connections (\d+)$/m.exec(await metrics())?.[1]))
    .toBeGreaterThan(connections / threads);
  const paged = await apis[1]!.withToken(reader, reader.token).walk("/v1/feed", 3);
  expect(paged.map((item) => item.story.text)).toEqual(
    Array.from({ length: connections }, (_, i) => connections - 1 - i)
      .filter((i) => i % 3 !== 0)
      .map((i) => `story ${String(i)}`),
  );
  for (const other of apis) {
    expectStatus(
      await other.withToken(reader, reader.token).delete(`/v1/friends/${writer.id}`),
      204,
    );
    for (const one of apis) {
      const { items } = (await one.withToken(reader, reader.token).get("/v1/feed")).body;
      expect(items).toEqual([]);
    }
    await reader.befriend(writer);
  }
  expectStatus(await reader.delete("/v1/sessions/current"), 204);
  for (const one of apis) {
    expect((await one.withToken(reader, reader.token).get("/v1/feed")).status).toBe(401);
  }
});

test("all requests are counted, on whichever thread", async () => {
  const [person] = await api.people("t_counted");
  const count = async (): Promise<number> =>
    Number(
      /maru_http_request_seconds_count\{method="GET",route="\/v1\/feed",status="2xx"\} (\d+)/.exec(
        await metrics(),
      )?.[1] ?? 0,
    );
  expectStatus(await person.get("/v1/feed"), 200);
  const before = await count();
  for (const one of apis) {
    expectStatus(await one.withToken(person, person.token).get("/v1/feed"), 200);
  }
  await expect.poll(count).toBe(before + connections);
});

test("what only a trusted proxy may say is believed of nobody, on any thread", async () => {
  const [person] = await api.people("t_untrusted");
  for (const one of apis) {
    const reply = await one.send("POST", "/v1/sessions", {
      body: { handle: person.handle, password: person.password, cookie: true },
      headers: { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" },
    });
    const cookie = String(expectStatus(reply, 201).headers["set-cookie"]);
    expect(cookie).toContain("HttpOnly");
    expect(cookie).not.toContain("Secure");
  }
});

test("live streams tell on every thread, and end with their client", async () => {
  const [reader, writer] = await api.people("t_listener", "t_teller");
  await reader.befriend(writer);
  const streams = await Promise.all(Array.from({ length: 9 }, () => listen(node.url, reader)));
  const story = await writer.publish("told to all");
  for (const stream of streams) {
    await stream.until("the story", (heard) => heard.of("story").length > 0);
    expect(stream.of("story")[0]?.data.item.story.id).toBe(story.id);
    stream.close();
  }
  await expect
    .poll(async () => /^maru_feed_live_streams (\d+)$/m.exec(await metrics())?.[1])
    .toBe("0");
});

test("a node that is ended answers what its threads have forwarded", async () => {
  const ending = await startTestNode({ settings: { MARU_THREADS: String(threads) } });
  const clients: Api[] = [];
  for (let i = 0; i < connections; i += 1) clients.push(await connectApi(ending.url));
  const person = await clients[0]!.signUp("t_leaves");
  // Passwords are compared two at a time, so that most of them wait.
  const body = { handle: person.handle, password: person.password };
  const replies = clients.map((client) => client.send("POST", "/v1/sessions", { body }));
  await replies[0];
  await ending.stop();
  const statuses = (await Promise.all(replies)).map(({ status }) => status);
  expect(statuses).toEqual(clients.map(() => 201));
  clients.forEach((client) => client.close());
});

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openSql } from "../../src/adapters/postgres/pools.ts";
import type { Sql } from "../../src/ports/record.ts";
import { findPostgresqlBinaries } from "../../tools/programs.ts";
import {
  readAll,
  send,
  signUp,
  type FeedItem,
  type Person,
  type Reply,
} from "../support/client.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { freshMetrics } from "../support/metric.ts";
import {
  kill,
  runMaru,
  startServer,
  type Server,
  type ServerOptions,
} from "../support/server-process.ts";
import { startTcpPostgres, type TcpPostgres } from "../support/tcp-postgres.ts";

const binaries = findPostgresqlBinaries();
const isRequired = process.env["CI"] === "true";
/** "Within seconds", on a machine that is busy with other tests. */
const secondsMs = 15_000;

let postgres: TcpPostgres;
let databases = 0;

beforeAll(async () => {
  if (binaries !== undefined) postgres = await startTcpPostgres(binaries);
});
afterAll(async () => {
  if (binaries !== undefined) await postgres.stop();
});

async function newDatabase(options?: string): Promise<string> {
  databases += 1;
  return postgres.createDatabase(`maru_${databases}`, options);
}

const on = (url: string): ServerOptions => ({ settings: { MARU_DATABASE_URL: url } });

const publish = (url: string, by: Person, text: string): Promise<Reply> =>
  send(url, {
    method: "POST",
    path: "/v1/stories",
    token: by.token,
    key: text.replaceAll(" ", "-"),
    body: { text },
  });

const texts = async (url: string, reader: Person): Promise<string[]> =>
  (await readAll(url, "/v1/feed", reader.token)).map(({ story }) => story.text);

async function befriend(url: string, one: Person, two: Person): Promise<void> {
  for (const [by, other] of [
    [one, two],
    [two, one],
  ] as const) {
    const path = `/v1/friends/${other.id}`;
    expect(await send(url, { method: "PUT", path, token: by.token })).toMatchObject({
      status: 200,
    });
  }
}

async function isRelay(server: Server): Promise<boolean> {
  return /^maru_log_is_relay 1$/m.test(await freshMetrics(server));
}

function connect(url: string): Sql {
  const sql = openSql(url, { max: 1, applicationName: "maru test" });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

/** What a stream has sent so far. */
async function listen(url: string, reader: Person): Promise<() => string> {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/feed/live`, {
    headers: { authorization: `Bearer ${reader.token}` },
    signal: abort.signal,
  });
  let received = "";
  const reading = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      received += chunk;
    }
  })();
  reading.catch(() => undefined);
  onTestFinished(() => abort.abort());
  return () => received;
}

describe.skipIf(binaries === undefined && !isRequired)(
  "a PostgreSQL of one's own (skipped where no PostgreSQL of the system is installed)",
  () => {
    it("does not start where PostgreSQL has not connections enough, and says what to change", async () => {
      const database = await newDatabase();
      const { code, output } = await runMaru(["serve"], {
        settings: { MARU_DATABASE_URL: database, MARU_DATABASE_READ_CONNECTIONS: "90" },
      });
      expect(code).toBe(1);
      expect(output).toMatch(
        /allows 97 connections, and a node needs 120\. Lower MARU_DATABASE_READ_CONNECTIONS/,
      );
    });

    it("serves the same: sign-up, friendship, a story, its feed and its live event, and again after a restart", async () => {
      const database = await newDatabase();
      const first = await startServer(on(database));
      const one = await signUp(first.url, "one");
      const two = await signUp(first.url, "two");
      await befriend(first.url, one, two);
      const stream = await listen(first.url, two);
      expect(await publish(first.url, one, "Good morning!")).toMatchObject({ status: 201 });
      expect(await texts(first.url, two)).toEqual(["Good morning!"]);
      await expect
        .poll(stream, { timeout: secondsMs })
        .toMatch(/event: story\n.*\n.*Good morning!/);
      first.child.kill("SIGTERM");
      expect(await first.ended).toEqual({ code: 0, signal: null });

      const second = await startServer(on(database));
      expect(await texts(second.url, two)).toEqual(["Good morning!"]);
      expect(await publish(second.url, one, "And good night!")).toMatchObject({ status: 201 });

      await postgres.restart();
      await expect
        .poll(async () => (await publish(second.url, one, "Back again!")).status, {
          timeout: secondsMs,
        })
        .toBe(201);
      expect(await texts(second.url, two)).toEqual([
        "Back again!",
        "And good night!",
        "Good morning!",
      ]);
      await expect
        .poll(async () => (await fetch(`${second.adminUrl}/readyz`)).status, { timeout: secondsMs })
        .toBe(200);
    });

    it("is shared by nodes: what one writes the other reads, and when the relay is killed the other gives positions, without a gap", async () => {
      const database = await newDatabase();
      const first = await startServer(on(database));
      const second = await startServer(on(database));
      const one = await signUp(first.url, "one");
      const two = await signUp(second.url, "two");
      await befriend(second.url, one, two);
      expect([await isRelay(first), await isRelay(second)]).toEqual([true, false]);

      const written = await publish(first.url, one, "from the first");
      const position = written.headers.get("maru-position")!;
      const seen = await send<{ items: FeedItem[] }>(second.url, {
        method: "GET",
        path: "/v1/feed",
        token: two.token,
        headers: { "maru-position": position },
      });
      expect(seen.body.items.map(({ story }) => story.text)).toEqual(["from the first"]);

      // Written by both at once, the first of which falls in the middle of it.
      const acknowledged: string[] = [];
      const writing = [first, second].map(async ({ url }, node) => {
        for (let i = 0; i < 40; i += 1) {
          const text = `story ${i} of ${node}`;
          const reply = await publish(url, one, text).catch(() => null);
          if (reply?.status === 201) acknowledged.push(text);
          if (node === 0 && i === 20) await kill(first);
        }
      });
      await Promise.all(writing);
      const killedAtMs = performance.now();
      await expect.poll(() => isRelay(second), { timeout: secondsMs }).toBe(true);
      console.log(
        `another node was the relay ${Math.round(performance.now() - killedAtMs)} ms later`,
      );

      await expect
        .poll(async () => (await texts(second.url, two)).sort(), { timeout: secondsMs })
        .toEqual(expect.arrayContaining(acknowledged.sort()));
      const sql = connect(database);
      await expect
        .poll(() => sql`SELECT 1 FROM log.outbox`, { timeout: secondsMs })
        .toHaveLength(0);
      const [log] = await sql`
        SELECT max(position) - count(*) AS gaps, min(position) AS first,
          count(*) - count(DISTINCT id) AS doubles FROM log.events`;
      expect(log).toEqual({ gaps: 0n, first: 1n, doubles: 0n });
      const stories = await sql<{ text: string }[]>`SELECT text FROM stories.stories`;
      const there = stories.map(({ text }) => text);
      expect(new Set(there).size).toBe(there.length);
      expect(there).toEqual(expect.arrayContaining(acknowledged));
    });

    it("may fall silent right after a COMMIT: a 503, and the retry by key gets the first answer", async () => {
      const database = await newDatabase();
      const proxy = await startCuttingProxy(postgres.port);
      onTestFinished(() => proxy.close());
      const server = await startServer(
        on(database.replace(`:${postgres.port}/`, `:${proxy.port}/`)),
      );
      const one = await signUp(server.url, "one");
      proxy.loseCommitOf("said but not heard");
      const lost = await publish(server.url, one, "said but not heard");
      expect([lost.status, proxy.losses()]).toEqual([503, 1]);
      expect(lost.headers.get("content-type")).toContain("application/problem+json");
      expect(Number(lost.headers.get("retry-after"))).toBeGreaterThan(0);

      const retried = await publish(server.url, one, "said but not heard");
      expect(retried.status).toBe(201);
      expect(retried.headers.get("idempotency-replayed")).toBe("true");
      expect(await texts(server.url, one)).toEqual(["said but not heard"]);
      const sql = connect(database);
      expect(
        await sql`SELECT id FROM stories.stories WHERE text = 'said but not heard'`,
      ).toHaveLength(1);
      await expect
        .poll(() => sql`SELECT id FROM log.events WHERE type = 'stories.published.v1'`, {
          timeout: secondsMs,
        })
        .toHaveLength(1);
    });

    it("may fall silent so when something goes out of sight, which the retry's answer then promises", async () => {
      const database = await newDatabase();
      const proxy = await startCuttingProxy(postgres.port);
      onTestFinished(() => proxy.close());
      const server = await startServer(
        on(database.replace(`:${postgres.port}/`, `:${proxy.port}/`)),
      );
      const one = await signUp(server.url, "one");
      const two = await signUp(server.url, "two");
      expect(await publish(server.url, one, "seen for a while")).toMatchObject({ status: 201 });
      const follow = (method: "PUT" | "DELETE"): Promise<Reply> =>
        send(server.url, { method, path: `/v1/follows/${one.id}`, token: two.token });
      expect(await follow("PUT")).toMatchObject({ status: 204 });
      expect(await texts(server.url, two)).toEqual(["seen for a while"]);
      // While an older transaction is open, the log cannot bring the events of a newer one.
      const sql = connect(database);
      const older = await sql.reserve();
      await older`BEGIN`;
      await older`SELECT pg_current_xact_id()`;
      proxy.loseCommitOf(one.id);
      expect(await follow("DELETE")).toMatchObject({ status: 503 });
      expect(proxy.losses()).toBe(1);
      const ended = older`SELECT pg_sleep(0.3)`.then(() => older`COMMIT`);
      expect(await follow("DELETE")).toMatchObject({ status: 204 });
      expect(await texts(server.url, two)).toEqual([]);
      await ended;
      older.release();
    });

    it("that cannot be used stops the start with a sentence that hides the password", async () => {
      const good = await newDatabase();
      const refused: readonly (readonly [url: string, sentence: RegExp])[] = [
        [
          good.replace(`:${postgres.port}/`, ":1/"),
          /127\.0\.0\.1:1\/maru_\d+ cannot be reached: .*MARU_DATABASE_URL/,
        ],
        [
          good.replace(postgres.password, "wrong-word"),
          /does not let Maru in: password authentication failed/,
        ],
        [postgres.url("nowhere"), /database "nowhere" does not exist.*CREATE DATABASE "nowhere"/],
        [await newDatabase("LOCALE 'C.UTF-8'"), /has collation C\.UTF-8 .*Maru needs C/],
      ];
      for (const [url, sentence] of refused) {
        const { code, output } = await runMaru(["serve"], on(url));
        expect(output).toMatch(sentence);
        expect(code).toBe(1);
        expect(output).not.toMatch(/^ {4}at /m);
        expect(output).not.toContain(postgres.password);
        expect(output).not.toContain("wrong-word");
      }
    });
  },
);

import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  postgresProcessesIn,
  recordedServer,
  sendSignal,
} from "../../src/adapters/embedded/processes.ts";
import { readAll, send, signUp, type Person, type Reply } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { connectToNode } from "../support/record-of-node.ts";
import { inFlight, missing, startServer, type Server } from "../support/server-process.ts";

const deadlineMs = 1_500;
/** For everything but the wait itself, on a machine that is busy with other tests. */
const slackMs = 2_500;
const backMs = 30_000;

const publish = (server: Server, by: Person, text: string, key?: string): Promise<Reply> =>
  send(server.url, {
    method: "POST",
    path: "/v1/stories",
    token: by.token,
    body: { text },
    ...(key === undefined ? {} : { key }),
  });

const readFeed = (server: Server, by: Person): Promise<Reply<{ items: unknown[] }>> =>
  send(server.url, { method: "GET", path: "/v1/feed", token: by.token });

function expectToComeBack(reply: Reply): void {
  expect(reply.status).toBe(503);
  expect(reply.headers.get("content-type")).toContain("application/problem+json");
  expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
}

/** Writers and readers of many kinds at once, each timed: whatever happens, an answer comes in time. */
async function tryEverything(server: Server, by: Person): Promise<Reply[]> {
  const calls = [
    publish(server, by, "while it is away"),
    publish(server, by, "while it is away, with a key", "away"),
    send(server.url, {
      method: "PATCH",
      path: "/v1/accounts/me",
      token: by.token,
      body: { name: "Changed" },
    }),
    send(server.url, {
      method: "POST",
      path: "/v1/sessions",
      body: { handle: by.handle, password: by.password },
    }),
    send(server.url, { method: "GET", path: "/v1/accounts?handle=per", token: by.token }),
  ];
  const startedAtMs = performance.now();
  const replies = await Promise.all(calls);
  expect(performance.now() - startedAtMs).toBeLessThan(deadlineMs + slackMs);
  replies.forEach(expectToComeBack);
  return replies;
}

async function startWithFriends(
  dataDir: string,
): Promise<{ server: Server; author: Person; reader: Person }> {
  const server = await startServer({
    dataDir,
    settings: { MARU_REQUEST_TIMEOUT_MS: String(deadlineMs) },
  });
  const author = await signUp(server.url, "person_author");
  const reader = await signUp(server.url, "person_reader");
  for (const [by, other] of [
    [author, reader],
    [reader, author],
  ] as const) {
    const path = `/v1/friends/${other.id}`;
    await send(server.url, { method: "PUT", path, token: by.token });
  }
  expect(await publish(server, author, "before")).toMatchObject({ status: 201 });
  return { server, author, reader };
}

/** Stops every process of a PostgreSQL: the server first, so that it makes no others meanwhile. */
async function freeze(dataDir: string): Promise<readonly number[]> {
  const clusterDir = join(dataDir, "postgres");
  sendSignal((await recordedServer(clusterDir))!, "SIGSTOP");
  const processes = await postgresProcessesIn(clusterDir);
  processes.forEach((pid) => sendSignal(pid, "SIGSTOP"));
  return processes;
}

/** Service comes back by itself, within the time, and with what was acknowledged before. */
async function expectService(server: Server, author: Person, reader: Person): Promise<void> {
  await expect
    .poll(async () => (await publish(server, author, "afterwards")).status, { timeout: backMs })
    .toBe(201);
  await expect.poll(() => missing(server), { timeout: backMs }).toBe("");
  const texts = (await readAll(server.url, "/v1/feed", reader.token)).map(
    ({ story }) => story.text,
  );
  expect(texts).toContain("before");
  expect(texts).toContain("afterwards");
}

it("a PostgreSQL that hangs costs writes a 503 within their deadline, and feeds nothing", async () => {
  const dataDir = await temporaryFolder();
  const { server, author, reader } = await startWithFriends(dataDir);
  expect((await readFeed(server, reader)).body.items).toHaveLength(1);
  const processes = await freeze(dataDir);
  try {
    await tryEverything(server, author);
    const feed = await readFeed(server, reader);
    expect([feed.status, feed.body.items]).toMatchObject([200, [{ story: { text: "before" } }]]);
    await expect
      .poll(() => missing(server), { timeout: backMs })
      .toMatch(/database: PostgreSQL has not answered for \d+ s/);
    // Nobody waits for their deadline any more: nothing is asked of it.
    for (const { body } of await tryEverything(server, author)) {
      expect(body).toMatchObject({ code: "request.unavailable" });
    }
  } finally {
    processes.forEach((pid) => sendSignal(pid, "SIGCONT"));
  }
  await expectService(server, author, reader);
});

it("a server is stopped in order though its PostgreSQL hangs", async () => {
  const dataDir = await temporaryFolder();
  const { server, author } = await startWithFriends(dataDir);
  await freeze(dataDir);
  const answer = publish(server, author, "never answered with yes");
  await expect.poll(() => inFlight(server), { interval: 5 }).toBe(1);
  sendSignal(server.pid, "SIGTERM");
  expectToComeBack(await answer);
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(await postgresProcessesIn(join(dataDir, "postgres"))).toEqual([]);
});

it("a PostgreSQL that is gone and cannot start costs writes a 503 at once, and feeds nothing", async () => {
  const dataDir = await temporaryFolder();
  const { server, author, reader } = await startWithFriends(dataDir);
  expect((await readFeed(server, reader)).body.items).toHaveLength(1);
  const control = join(dataDir, "postgres", "global", "pg_control");
  await rename(control, `${control}.away`);
  sendSignal((await recordedServer(join(dataDir, "postgres")))!, "SIGKILL");
  await expect.poll(() => missing(server), { timeout: backMs }).toMatch(/database: .*damaged/);
  await tryEverything(server, author);
  const feed = await readFeed(server, reader);
  expect([feed.status, feed.body.items]).toMatchObject([200, [{ story: { text: "before" } }]]);
  const backAtMs = performance.now();
  await rename(`${control}.away`, control);
  await expectService(server, author, reader);
  console.log(
    `service again ${Math.round(performance.now() - backAtMs)} ms after the cause was mended`,
  );
});

it("a connection that is cut in the middle of COMMIT leaves a 503, and the retry by key one effect", async () => {
  const dataDir = await temporaryFolder();
  const { server, author } = await startWithFriends(dataDir);
  const record = await connectToNode(dataDir);
  // Deferred triggers run within COMMIT, where this one waits for as long as the lock is held.
  await record.sql.unsafe(`
    CREATE FUNCTION public.wait_in_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait_in_commit AFTER INSERT ON stories.directory
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.wait_in_commit()`);
  const holder = await record.sql.reserve();
  await holder`SELECT pg_advisory_lock(4711)`;
  const answer = publish(server, author, "cut off", "cut-in-commit");
  const waiting = (): Promise<{ pid: number }[]> =>
    record.sql<{ pid: number }[]>`
      SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND query ~* '^commit'`;
  await expect.poll(waiting, { interval: 5 }).toHaveLength(1);
  await record.sql`SELECT pg_terminate_backend(${(await waiting())[0]!.pid})`;
  expectToComeBack(await answer);
  await holder`SELECT pg_advisory_unlock(4711)`;
  holder.release();

  const retried = await publish(server, author, "cut off", "cut-in-commit");
  expect(retried.status).toBe(201);
  const again = await publish(server, author, "cut off", "cut-in-commit");
  expect([again.status, again.body]).toEqual([201, retried.body]);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(await record.sql`SELECT id FROM stories.stories WHERE text = 'cut off'`).toHaveLength(1);
  await record.close();
});

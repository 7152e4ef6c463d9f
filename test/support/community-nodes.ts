import { expect } from "vitest";
import { startEmbeddedPostgres } from "../../src/adapters/embedded/postgres-server.ts";
import { openSql, type PostgresEndpoint } from "../../src/adapters/postgres/pools.ts";
import { decodePosition } from "../../src/adapters/postgres/position.ts";
import { openWorkbench } from "../../src/compose-workbench.ts";
import { parseConfig, type Config } from "../../src/config.ts";
import { internalContext } from "../../src/kernel/context.ts";
import type { Id } from "../../src/kernel/id.ts";
import type { Sql } from "../../src/ports/record.ts";
import { password, send, type Call, type Reply } from "./client.ts";
import { metricOf } from "./metric.ts";
import { startTestNode, type TestNode } from "./node.ts";
import { natsMissing, startNats } from "./nats.ts";
import { startNodes, type TestNodes } from "./nodes.ts";
import { untilServed } from "./until-served.ts";

export interface Recruit {
  readonly id: Id;
  readonly token: string;
}

type Addresses = Pick<TestNode, "url" | "adminUrl">;

/** One node, or several on the same record, as people and their clients meet them. */
export interface CommunityNodes {
  /** New people, who know nobody. */
  recruit(count: number): Promise<readonly Recruit[]>;
  /**
   * Asks one node after the other. A read says what was written on the others, so that it sees
   * everything that was answered.
   */
  send<Body>(call: Call): Promise<Reply<Body>>;
  /** Leaves a transaction open, so that no later event gets a position. */
  hold(): Promise<void>;
  release(): Promise<void>;
  restart(): Promise<void>;
  /** Resolves when every event was positioned, consumed and applied on every node. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  readonly nodes: readonly Addresses[];
  readonly sql: Sql;
  readonly config: Config;
  restart(): Promise<Running>;
  stop(): Promise<void>;
}

const recruitsAtOnce = 60;
const settledWithinMs = 30_000;
const settings = { MARU_LOG_LEVEL: "error", MARU_FEED_ACCOUNTS_MAX: "100000" };

export async function startOneNode(windowStories?: number): Promise<CommunityNodes> {
  const describeNode = (node: TestNode): Running => ({
    nodes: [node],
    sql: node.sql,
    config: parseConfig({ ...settings, MARU_DATA: node.dataDir }),
    restart: async () => describeNode(await node.restart()),
    stop: node.stop,
  });
  const window =
    windowStories === undefined ? {} : { MARU_FEED_WINDOW_STORIES: String(windowStories) };
  return communityOn(describeNode(await startTestNode({ settings: window })));
}

/** Nodes on a PostgreSQL that is not theirs; one of them gives the positions. */
export async function startNodesOnOneRecord(count: number): Promise<CommunityNodes> {
  const nats = natsMissing === null ? await startNats() : null;
  const settings = nats === null ? {} : { MARU_NATS_URLS: nats.urls.join(",") };
  const withNats = (nodes: TestNodes): Running => ({
    ...nodes,
    restart: async () => withNats(await nodes.restart()),
    async stop() {
      await nodes.stop();
      await nats?.stop();
    },
  });
  return communityOn(withNats(await startNodes(count, settings)));
}

async function endpointOf({ databaseUrl, dataDir }: Config): Promise<PostgresEndpoint> {
  if (databaseUrl !== null) {
    return databaseUrl;
  }
  const log = (): undefined => undefined;
  return (await startEmbeddedPostgres({ dataDir, purpose: "tool", log })).connection;
}

/** Gives the function that ends it; the log and a restart of the server may end it before. */
async function openTransaction(endpoint: PostgresEndpoint): Promise<() => Promise<void>> {
  const sql = openSql(endpoint, { max: 1, applicationName: "maru test holds the log" });
  const held = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<undefined>();
  const over = sql
    .begin(async (tx) => {
      await tx`SELECT pg_current_xact_id()`;
      begun.resolve(undefined);
      await held.promise;
    })
    .catch(() => undefined);
  await begun.promise;
  return async () => {
    held.resolve(undefined);
    await over;
    await sql.end({ timeout: 0 });
  };
}

function isRefused({ status, body }: Reply): boolean {
  return status === 503 && (body as { code?: unknown } | null)?.code === "request.unavailable";
}

function communityOn(first: Running): CommunityNodes {
  let running = first;
  let turn = 0;
  let recruits: Recruit[] = [];
  let batches = 0;
  let release: (() => Promise<void>) | null = null;
  /** By node, the position of the newest write that it has answered; the newest stands last. */
  const written = new Map<number, string>();

  async function makeRecruits(): Promise<Recruit[]> {
    const bench = await openWorkbench(running.config);
    batches += 1;
    const context = internalContext("test");
    try {
      const people = Array.from({ length: recruitsAtOnce }, (_, n) => ({
        externalId: `${batches}-${n}`,
        handle: `person_${batches}_${n}`,
        name: `Person ${batches} ${n}`,
        createdAtMs: Date.now(),
      }));
      const hash = await bench.accounts.hashPassword(context, password);
      const made: Recruit[] = [];
      for (const result of await bench.accounts.importPeople(context, people, hash)) {
        if ("id" in result) {
          const token = await bench.accounts.mintToken(context, result.id);
          made.push({ id: result.id, token: token ?? "" });
        }
      }
      return made;
    } finally {
      await bench.close();
    }
  }

  /** Every event has its position, and the durable consumers have seen theirs. */
  async function isConsumed(): Promise<boolean> {
    const [row] = await running.sql<{ done: boolean }[]>`
      SELECT NOT EXISTS (SELECT FROM log.outbox) AND NOT EXISTS (
        SELECT FROM log.events AS event
        JOIN (VALUES
          ('graph.erasure', 'accounts.deleted.v1'), ('graph.erasure', 'graph.erasure_continued.v1'),
          ('stories.erasure', 'accounts.deleted.v1'), ('stories.erasure', 'stories.deleted.v1'),
          ('stories.erasure', 'stories.erasure_continued.v1')
        ) AS consumed (by, type) ON consumed.type = event.type
        JOIN log.consumers AS consumer ON consumer.name = consumed.by
        WHERE event.position > consumer.position
      ) AS done`;
    return row?.done ?? false;
  }

  return {
    async recruit(count) {
      if (recruits.length < count) {
        recruits = await makeRecruits();
      }
      return recruits.splice(0, count);
    },
    async send<Body>(call: Call) {
      const node = (turn += 1) % running.nodes.length;
      const { url } = running.nodes[node]!;
      const isRead = call.method === "GET";
      const [, elsewhere = null] = [...written].findLast(([other]) => other !== node) ?? [];
      const headers: Record<string, string> =
        isRead && elsewhere !== null ? { "maru-position": elsewhere } : {};
      const reply = await untilServed(() => send<Body>(url, { ...call, headers }), isRefused);
      const position = reply.headers.get("maru-position");
      // What changed nothing, or nothing that views hold, is nothing to wait for.
      if (!isRead && position !== null && decodePosition(position).transactionId > 0n) {
        written.delete(node);
        written.set(node, position);
      }
      return reply;
    },
    async hold() {
      if (running.nodes.length > 1) {
        // What was hidden before is waited for by the log, which stands still: 503, and no model of that.
        return;
      }
      release ??= await openTransaction(await endpointOf(running.config));
    },
    async release() {
      await release?.();
      release = null;
    },
    async restart() {
      // What has no position by now gets one after the start.
      running = await running.restart();
      written.clear();
      await this.release();
    },
    async settled() {
      await this.release();
      await expect.poll(isConsumed, { timeout: settledWithinMs, interval: 10 }).toBe(true);
      const [row] = await running.sql<{ position: number }[]>`
        SELECT position::int AS position FROM log.state`;
      for (const node of running.nodes) {
        await expect
          .poll(() => metricOf(node, "maru_log_applied_position"), { timeout: settledWithinMs })
          .toBeGreaterThanOrEqual(row?.position ?? 0);
      }
    },
    stop: () => running.stop(),
  };
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, vi } from "vitest";
import { locateBinaries } from "../../src/adapters/embedded/binaries.ts";
import { openSql } from "../../src/adapters/postgres/pools.ts";
import { startNode, type RunningNode } from "../../src/compose.ts";
import { parseConfig, type Config } from "../../src/config.ts";
import type { Sql } from "../../src/ports/record.ts";
import type { TestNode } from "./node.ts";
import { startTcpPostgres } from "./tcp-postgres.ts";

/** Several nodes in this process on one PostgreSQL that is not theirs, and one folder of files. */
export interface TestNodes {
  readonly nodes: readonly Pick<TestNode, "url" | "adminUrl">[];
  readonly sql: Sql;
  readonly config: Config;
  /** When each of them takes requests. */
  ready(): Promise<void>;
  /** All of them, one after another. */
  restart(): Promise<TestNodes>;
  stop(): Promise<void>;
}

const readyWithin = { timeout: 30_000, interval: 20 };

export async function startNodes(
  count: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestNodes> {
  const postgres = await startTcpPostgres(dirname((await locateBinaries()).postgres));
  const url = await postgres.createDatabase("community");
  const folder = await mkdtemp(join(tmpdir(), "maru-nodes-"));
  const variables = {
    MARU_LOG_LEVEL: "error",
    MARU_METRICS_MS: "100",
    MARU_FEED_ACCOUNTS_MAX: "100000",
    MARU_DATABASE_URL: url,
    MARU_FEED_WINDOW_STORIES: "100000",
    MARU_DATABASE_READ_CONNECTIONS: "6",
    MARU_DATABASE_WRITE_CONNECTIONS: "6",
    MARU_HOST: "127.0.0.1",
    MARU_PORT: "0",
    MARU_ADMIN_PORT: "0",
    MARU_BLOB_URL: pathToFileURL(join(folder, "blobs")).href,
    MARU_DATA: folder,
    ...settings,
  };
  const config = parseConfig(variables);
  const start = async (): Promise<TestNodes> => {
    const running: RunningNode[] = [];
    for (let n = 0; n < count; n += 1) {
      const own = parseConfig({ ...variables, MARU_DATA: join(folder, `node-${n}`) });
      running.push(await startNode(own, { version: "0.0.0-test", isTracing: false }));
    }
    // While one starts, this process has no time for the others' leases.
    const ready = async (): Promise<void> => {
      for (const { admin } of running) {
        const readyz = `http://127.0.0.1:${admin.port}/readyz`;
        await vi.waitFor(async () => expect((await fetch(readyz)).status).toBe(200), readyWithin);
      }
    };
    await ready();
    const sql = openSql(url, { max: 3, applicationName: "maru test" });
    const end = async (): Promise<void> => {
      await sql.end({ timeout: 1 });
      await Promise.all(running.map((node) => node.stop()));
    };
    return {
      nodes: running.map(({ api, admin }) => ({
        url: `http://127.0.0.1:${api.port}`,
        adminUrl: `http://127.0.0.1:${admin.port}`,
      })),
      sql,
      config,
      ready,
      async restart() {
        await end();
        return start();
      },
      async stop() {
        await end();
        await postgres.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  };
  return start();
}

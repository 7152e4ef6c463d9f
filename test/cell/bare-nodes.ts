import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { locateBinaries } from "../../src/adapters/embedded/binaries.ts";
import { startNode } from "../../src/compose.ts";
import { parseConfig } from "../../src/config.ts";
import { startTcpPostgres } from "../support/tcp-postgres.ts";

/** Nodes of this process on one PostgreSQL, with nothing in front of them. */
export interface BareNodes {
  readonly urls: readonly string[];
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

export async function startBareNodes(count: number): Promise<BareNodes> {
  const server = await startTcpPostgres(dirname((await locateBinaries()).postgres));
  const databaseUrl = await server.createDatabase("bare");
  const folder = await mkdtemp(join(tmpdir(), "maru-bare-"));
  const variables = {
    MARU_LOG_LEVEL: "error",
    MARU_FEED_ACCOUNTS_MAX: "100000",
    MARU_FEED_WINDOW_STORIES: "100000",
    MARU_DATABASE_URL: databaseUrl,
    MARU_DATABASE_READ_CONNECTIONS: "4",
    MARU_DATABASE_WRITE_CONNECTIONS: "6",
    MARU_HOST: "127.0.0.1",
    MARU_PORT: "0",
    MARU_ADMIN_PORT: "0",
    MARU_BLOB_URL: pathToFileURL(join(folder, "blobs")).href,
  };
  const nodes: Awaited<ReturnType<typeof startNode>>[] = [];
  for (let n = 0; n < count; n += 1) {
    const config = parseConfig({ ...variables, MARU_DATA: join(folder, `node-${n}`) });
    nodes.push(await startNode(config, { version: "0.0.0-test", isTracing: false }));
  }
  return {
    urls: nodes.map(({ api }) => `http://127.0.0.1:${api.port}`),
    databaseUrl,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

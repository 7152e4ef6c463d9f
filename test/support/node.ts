import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { startNode, type Adjustments, type Program, type RunningNode } from "../../src/compose.ts";
import { parseConfig } from "../../src/config.ts";
import type { Sql } from "../../src/ports/record.ts";
import { openSql } from "../../src/adapters/postgres/pools.ts";
import { startEmbeddedPostgres } from "../../src/adapters/embedded/postgres-server.ts";
import { temporaryRoot } from "./postgres.ts";

/** A whole node in this process, as `npm start` runs it, on a data folder of its own. */
export interface TestNode {
  /** Of the API, without a slash at the end. */
  readonly url: string;
  readonly adminUrl: string;
  readonly dataDir: string;
  /** A connection of the test's own to the node's database. */
  readonly sql: Sql;
  /** Stops the node in order and starts another on the same data. */
  restart(adjustments?: Adjustments): Promise<TestNode>;
  stop(): Promise<void>;
}

export interface TestNodeOptions {
  /** Settings by variable, such as `MARU_FEED_WINDOW_STORIES`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly adjustments?: Adjustments;
  /** A new folder where it is not given. */
  readonly dataDir?: string;
  /** `stop` leaves the folder. */
  readonly keepsData?: boolean;
  /** Of the built web client (`projectClient`, or one made by `makeClient`); none where it is not given. */
  readonly clientFolder?: string;
  /** Whom a visitor may sign in as. */
  readonly demo?: Program["demo"];
}

async function connect(
  dataDir: string,
): Promise<{ readonly sql: Sql; readonly close: () => Promise<void> }> {
  const attached = await startEmbeddedPostgres({ dataDir, purpose: "tool", log: () => undefined });
  const sql = openSql(attached.connection, { max: 4, applicationName: "maru test" });
  return {
    sql,
    async close() {
      await sql.end({ timeout: 1 });
      await attached.stop();
    },
  };
}

/** Others pass through the folder to what belongs to PostgreSQL's user. */
const traversableMode = 0o711;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(await temporaryRoot(), "maru-node-"));
  await chmod(folder, traversableMode);
  return folder;
}

export const testVersion = "0.0.0-test";

export async function startTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const dataDir = options.dataDir ?? (await newFolder());
  const config = parseConfig({
    MARU_HOST: "127.0.0.1",
    MARU_PORT: "0",
    MARU_ADMIN_PORT: "0",
    MARU_LOG_LEVEL: "error",
    // Tests ask for figures as they are now.
    MARU_METRICS_MS: "100",
    MARU_FEED_ACCOUNTS_MAX: "100000",
    MARU_FEED_WINDOW_STORIES: "200000",
    ...options.settings,
    MARU_DATA: dataDir,
  });
  const { clientFolder, demo } = options;
  const program: Program = {
    version: testVersion,
    isTracing: false,
    ...(clientFolder === undefined ? {} : { clientFolder }),
    ...(demo === undefined ? {} : { demo }),
  };
  const node: RunningNode = await startNode(config, program, options.adjustments);
  const database = await connect(dataDir);
  const end = async (): Promise<void> => {
    await database.close();
    await node.stop();
  };
  const urlOf = ({ host, port }: { host: string; port: number }): string =>
    `http://${host}:${String(port)}`;
  return {
    url: urlOf(node.api),
    adminUrl: urlOf(node.admin),
    dataDir,
    sql: database.sql,
    async restart(adjustments) {
      await end();
      return startTestNode({
        ...options,
        dataDir,
        ...(adjustments === undefined ? {} : { adjustments }),
      });
    },
    async stop() {
      await end();
      if (options.keepsData !== true) {
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
}

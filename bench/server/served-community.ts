import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startEmbeddedPostgres } from "../../src/adapters/embedded/postgres-server.ts";
import { openSql } from "../../src/adapters/postgres/pools.ts";
import type { Sql } from "../../src/ports/record.ts";
import type { GeneratorPlan, Source } from "../load/plan.ts";
import { createTokens } from "../load/traffic.ts";
import { scrape, type Metrics } from "../measure/metrics.ts";
import { readCpu } from "../measure/rounds.ts";
import {
  accountId,
  hubCount,
  idBases,
  type Community,
  type CommunitySize,
} from "../seed/arithmetic.ts";
import { communityFiles } from "../seed/community.ts";
import { seededFolder } from "../seed/seeded-folder.ts";
import { readDrafts } from "../seed/texts.ts";
import { benchFolder } from "./imported-node.ts";
import { startProcess, type NodeProcess, type ServeOptions } from "./node-process.ts";

/** What every suite is told. */
export interface SuiteOptions {
  readonly friends: string | undefined;
  readonly stories: string | undefined;
  readonly isQuick: boolean;
  /** Seeds anew, whatever is kept from earlier. */
  readonly isFresh: boolean;
  /** Instead of the community that the suite has for this. */
  readonly size: CommunitySize | undefined;
  /** For long suites: how many seconds instead of what is usual. */
  readonly seconds: number | undefined;
  readonly say: (line: string) => void;
}

/** A seeded community in a folder of its own, with the files that generators read. */
export interface Prepared {
  readonly community: Community;
  readonly description: string;
  readonly folder: string;
  readonly dataDir: string;
  /** A JSON text a line. */
  readonly textsFile: string;
  /** A JSON body of a publish a line. */
  readonly bodiesFile: string;
  /** Tokens of people, and of hubs. */
  readonly peopleFile: string;
  readonly hubsFile: string;
  readonly people: number;
  readonly hubs: number;
  remove(): Promise<void>;
}

/** So many distinct people ask. */
const peopleAsking = 100_000;
const peopleAskingQuick = 4_000;
const likedStories = 20_000;

export async function prepare(options: SuiteOptions, size: CommunitySize): Promise<Prepared> {
  const { path: folder, remove } = await benchFolder();
  try {
    const given = { friends: options.friends ?? options.stories, stories: options.stories };
    const files = await communityFiles(given, folder);
    const drafts = await readDrafts(files.stories);
    const { say, isFresh } = options;
    const { community, dataDir } = await seededFolder({ size, drafts, isFresh, say }, folder);
    const tokens = createTokens({ community });
    const hubs = hubCount(community);
    const asking = options.isQuick ? peopleAskingQuick : peopleAsking;
    const people = Math.min(community.people, asking);
    const write = async (name: string, lines: readonly string[]): Promise<string> => {
      const file = join(folder, name);
      await writeFile(file, `${lines.join("\n")}\n`);
      return file;
    };
    const tokensFrom = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, i) => tokens(from + i));
    return {
      community,
      description:
        `${String(community.people)} people with ${String(community.ringFriends + community.hubsEach)} friends each, ` +
        `${String(hubs)} with 5,000, ${String(community.stories)} stories with texts of ${files.description}, ` +
        "seeded straight into PostgreSQL",
      folder,
      dataDir,
      textsFile: await write(
        "texts",
        drafts.map(({ text }) => JSON.stringify(text)),
      ),
      bodiesFile: await write(
        "bodies",
        drafts.map(({ text }) => JSON.stringify({ text })),
      ),
      peopleFile: await write("people", tokensFrom(0, people)),
      hubsFile: await write("hubs", tokensFrom(community.people, hubs)),
      people,
      hubs,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

export interface Served {
  readonly node: NodeProcess;
  /** The node's own PostgreSQL. */
  readonly sql: Sql;
  /** Ids of public stories, a line each. */
  readonly storiesFile: string;
  plan(parts: PlanParts): GeneratorPlan;
  metrics(): Promise<Metrics>;
  /** Until the feed's window holds all that it can; how long that took. */
  filled(): Promise<number>;
  /** Until it has filled its window and does hardly anything by itself any more. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export type PlanParts = Pick<GeneratorPlan, "connections" | "warmUpS" | "measuredS"> &
  Partial<GeneratorPlan> & { readonly sources: readonly Source[] };

const fillPollMs = 50;
/** Loading ahead and compiling are over when less than this share of a core is used. */
const quietShare = 0.1;
const quietPollMs = 500;
const quietWithinMs = 60_000;
const closeTimeoutS = 5;
const usPerMs = 1_000;

export async function serve(prepared: Prepared, options: ServeOptions = {}): Promise<Served> {
  const { community, dataDir, folder, textsFile } = prepared;
  const node = await startProcess(dataDir, options);
  const startedMs = performance.now();
  const { connection } = await startEmbeddedPostgres({
    dataDir,
    purpose: "tool",
    log: () => undefined,
  });
  const sql = openSql(connection, { max: 2, applicationName: "maru bench" });
  const storiesFile = join(folder, "public-stories");
  await keepSessionsFresh(sql, prepared);
  await writePublicStories(sql, storiesFile);
  const metrics = (): Promise<Metrics> => scrape(node.adminUrl);
  async function filled(): Promise<number> {
    while ((await metrics()).get("maru_feed_filled") !== 1) {
      await pause(fillPollMs);
    }
    return performance.now() - startedMs;
  }
  return {
    node,
    sql,
    storiesFile,
    plan: (parts) => ({
      port: node.port,
      community,
      textsFile,
      chance: 1,
      liveConnections: 0,
      ...parts,
    }),
    metrics,
    filled,
    async settled() {
      await filled();
      const untilMs = performance.now() + quietWithinMs;
      let share = 1;
      while (share > quietShare && performance.now() < untilMs) {
        const before = readCpu(node);
        await pause(quietPollMs);
        const after = readCpu(node);
        const usedUs = after.nodeUs - before.nodeUs + after.databaseUs - before.databaseUs;
        share = usedUs / usPerMs / (after.atMs - before.atMs);
      }
    },
    async stop() {
      await sql.end({ timeout: closeTimeoutS });
      await node.stop();
    },
  };
}

/** As if all had been here within the hour: who comes after a pause costs a write, once an hour. */
async function keepSessionsFresh(sql: Sql, { community, people }: Prepared): Promise<void> {
  const bases = idBases(community);
  await sql`
    UPDATE accounts.sessions SET last_used_ms = ${BigInt(Date.now())}
    WHERE account_id < ${accountId(bases, people)}
      OR account_id >= ${accountId(bases, community.people)}`;
}

async function writePublicStories(sql: Sql, file: string): Promise<void> {
  const rows = await sql<{ id: bigint }[]>`
    SELECT id FROM stories.stories WHERE visibility = 'public' ORDER BY id DESC LIMIT ${likedStories}`;
  await writeFile(file, `${rows.map(({ id }) => String(id)).join("\n")}\n`);
}

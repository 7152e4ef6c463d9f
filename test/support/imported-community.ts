import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createImportCommand } from "../../src/commands/import.ts";
import type { Adjustments } from "../../src/compose.ts";
import { openWorkbench } from "../../src/compose-workbench.ts";
import { parseConfig } from "../../src/config.ts";
import { internalContext } from "../../src/kernel/context.ts";
import type { Id } from "../../src/kernel/id.ts";
import type { CommunityFiles } from "./drawn-community.ts";
import { startTestNode, type TestNode } from "./node.ts";

/** A community in a data folder, on which nodes are started again and again. */
export interface Community {
  /** By friends, the best connected first. */
  readonly people: readonly Member[];
  /** Before anybody changed anything, and how many lines of the files say so. */
  readonly imported: Brought;
  readonly lines: Brought;
  start(options?: {
    readonly windowStories?: number;
    readonly adjustments?: Adjustments;
  }): Promise<TestNode>;
  remove(): Promise<void>;
}

export interface Brought {
  readonly friendships: number;
  readonly stories: number;
}

export interface Member {
  readonly id: Id;
  readonly token: string;
}

export interface CommunityPaths {
  readonly friends: string;
  readonly stories: string;
}

export async function writeCommunity(
  files: CommunityFiles,
): Promise<CommunityPaths & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "maru-community-"));
  const friends = join(folder, "friends.txt");
  const stories = join(folder, "stories.jsonl");
  await writeFile(friends, files.friends);
  await writeFile(stories, files.stories);
  return { friends, stories, remove: () => rm(folder, { recursive: true }) };
}

/** Runs the import command on the data folder of a node, beside it if it runs. */
export async function runImport(dataDir: string, paths: CommunityPaths): Promise<string[]> {
  const printed: string[] = [];
  const command = createImportCommand({
    monotonicMs: () => performance.now(),
    sleep: (ms) => wait(ms),
    onInterrupt: () => () => undefined,
  });
  const config = parseConfig({ MARU_DATA: dataDir, MARU_LOG_LEVEL: "error" });
  const print = (line: string): void => void printed.push(line);
  const code = await command.run({
    config,
    words: [],
    flags: new Map([
      ["--friends", paths.friends],
      ["--stories", paths.stories],
    ]),
    terminal: { isInteractive: false, print, replace: print, complain: print },
    nowMs: () => Date.now(),
    open: () => openWorkbench(config),
  });
  if (code !== 0) {
    throw new Error(`the import ended with ${code}: ${printed.join("\n")}`);
  }
  return printed;
}

/** Tokens for the best connected and for every so manieth of the others. */
async function membersOf(node: TestNode, count: number): Promise<Member[]> {
  const rows = await node.sql<{ id: bigint }[]>`
    SELECT account_id AS id FROM graph.members ORDER BY friends DESC, account_id`;
  const step = Math.max(1, Math.floor(rows.length / count));
  const chosen = rows.filter((_, index) => index % step === 0).slice(0, count);
  const config = parseConfig({ MARU_DATA: node.dataDir, MARU_LOG_LEVEL: "error" });
  const bench = await openWorkbench(config);
  try {
    const members: Member[] = [];
    for (const { id } of chosen) {
      const token = await bench.accounts.mintToken(internalContext("test"), id);
      members.push({ id, token: token ?? "" });
    }
    return members;
  } finally {
    await bench.close();
  }
}

async function countLines(path: string): Promise<number> {
  const lines = (await readFile(path, "utf8")).split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#")).length;
}

async function countImported(node: TestNode): Promise<Brought> {
  const [row] = await node.sql<Brought[]>`
    SELECT (SELECT count(*)::int FROM stories.stories) AS stories,
      (SELECT (count(*) / 2)::int FROM graph.relations WHERE friend = 'friends') AS friendships`;
  return row ?? { friendships: 0, stories: 0 };
}

/**
 * Imports beside a running node, then lets `enliven` do what no import does. `membersMax` people
 * get a token.
 */
export async function importCommunity(
  paths: CommunityPaths,
  membersMax: number,
  enliven: (node: TestNode, members: readonly Member[]) => Promise<void>,
): Promise<Community> {
  const node = await startTestNode({ keepsData: true });
  const { dataDir } = node;
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    await runImport(dataDir, paths);
    const imported = await countImported(node);
    const lines = {
      friendships: await countLines(paths.friends),
      stories: await countLines(paths.stories),
    };
    const people = await membersOf(node, membersMax);
    await enliven(node, people);
    await node.stop();
    return {
      people,
      imported,
      lines,
      start: ({ windowStories, adjustments } = {}) =>
        startTestNode({
          dataDir,
          keepsData: true,
          ...(windowStories === undefined
            ? {}
            : { settings: { MARU_FEED_WINDOW_STORIES: String(windowStories) } }),
          ...(adjustments === undefined ? {} : { adjustments }),
        }),
      remove,
    };
  } catch (error) {
    await node.stop();
    await remove();
    throw error;
  }
}

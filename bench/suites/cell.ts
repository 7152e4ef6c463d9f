import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openSql } from "../../src/adapters/postgres/pools.ts";
import { startCell } from "../../tools/cell/cell.ts";
import type { Cell, NodeName } from "../../tools/cell/types.ts";
import { createHistogram, type Summary } from "../load/histogram.ts";
import { failuresOf, refuseFaults, runGenerator } from "../load/run-generator.ts";
import { createTokens } from "../load/traffic.ts";
import { describeMachine } from "../measure/machine.ts";
import { cpuOf } from "../measure/processes.ts";
import { median, spread } from "../measure/statistics.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import {
  accountId,
  friendsOf,
  idBases,
  ringDistances,
  sizes,
  type Community,
  type CommunitySize,
} from "../seed/arithmetic.ts";
import { communityFiles } from "../seed/community.ts";
import { fillDatabase } from "../seed/seeded-folder.ts";
import { readDrafts } from "../seed/texts.ts";
import { benchFolder } from "../server/imported-node.ts";
import { ReadBackError } from "../server/read-back.ts";
import type { SuiteOptions } from "../server/served-community.ts";
import {
  ask,
  filled,
  nodes,
  planFor,
  publishesPerS,
  readers,
  readsPerS,
  type Bench,
} from "./cell-bench.ts";
import { startNewNode } from "./cell-new-node.ts";

/**
 * What it costs that a node is one of three: CPU of a read, each node having as many reads a second
 * as the one alone; how soon a story is on another node; how long a block waits for the others; how
 * soon a new node serves.
 */
const samples = 400;
const samplesQuick = 60;
const seenWithinMs = 5_000;
const pollMs = 2;
/** Seeded within seconds. */
const quickSize: CommunitySize = { ...sizes.small, people: 6_000, stories: 40_000 };

export async function benchCell(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const { isQuick, say } = options;
  const { path: folder, remove } = await benchFolder();
  try {
    const { community, drafts, textsFile, description } = await communityIn(options, folder);
    const cell = await startCell({ dataDir: join(folder, "cell"), recycleHours: 0 });
    try {
      await seed(cell, community, { drafts, say });
      const bench: Bench = { cell, community, folder, textsFile, isQuick };
      say("one node, then three, each with as many reads");
      const rounds = await cpuOfReads(bench);
      const [one, three] = rounds.map((some) => some.map(({ us }) => us)) as [number[], number[]];
      say("stories seen on another node, and blocks");
      const crossing = await crossNodes(bench);
      say("a new node");
      const newNode = await startNewNode(bench);
      const figures: Record<string, number> = {
        three_over_one: median(three) / median(one),
        one_cpu_us: median(one),
        one_cpu_spread: spread(one),
        one_first_cpu_us: median(one.slice(0, one.length / 2)),
        one_last_cpu_us: median(one.slice(one.length / 2)),
        three_cpu_us: median(three),
        three_cpu_spread: spread(three),
        requests_failed: rounds.flat().reduce((sum, { failed }) => sum + failed, 0),
        cross_node_p50_ms: crossing.seen.p50Ms,
        cross_node_p99_ms: crossing.seen.p99Ms,
        hide_p50_ms: crossing.hidden.p50Ms,
        hide_p99_ms: crossing.hidden.p99Ms,
        hide_max_ms: crossing.hidden.maxMs,
        new_node_first_ms: newNode.firstMs,
        new_node_full_speed_s: newNode.fullSpeedS,
        others_before_p99_ms: newNode.othersBeforeP99Ms,
        others_meanwhile_p99_ms: newNode.othersMeanwhileP99Ms,
        others_failed: newNode.othersFailed,
      };
      return {
        suite: "cell",
        machine,
        data: description,
        figures: roundedFigures(figures),
        notes: [
          "three nodes, PostgreSQL, three NATS servers, Redis and two balancers on this machine; nodes are asked directly",
          `${String(readsPerS)} reads a second for each node that runs, ${String(publishesPerS)} publishes a second in all`,
          "new node: with an empty folder, beside two that have as many reads; others: their reads, before and while it starts",
          "hide: from sending a block to its answer; every other node is read right after it, and shows nothing of what it hid",
        ],
        details: {},
        charts: [],
      };
    } finally {
      await cell.close();
    }
  } finally {
    await remove();
  }
}

async function communityIn(
  options: SuiteOptions,
  folder: string,
): Promise<{
  readonly community: Community;
  readonly drafts: Awaited<ReturnType<typeof readDrafts>>;
  readonly textsFile: string;
  readonly description: string;
}> {
  const given = { friends: options.friends ?? options.stories, stories: options.stories };
  const files = await communityFiles(given, folder);
  const drafts = await readDrafts(files.stories);
  const textsFile = join(folder, "texts");
  await writeFile(textsFile, drafts.map(({ text }) => `${JSON.stringify(text)}\n`).join(""));
  const usual = options.isQuick ? quickSize : sizes.small;
  const community: Community = { ...(options.size ?? usual), endMs: Date.now() };
  const description = `${String(community.people)} people, ${String(community.stories)} stories with texts of ${files.description}, seeded straight into PostgreSQL`;
  return { community, drafts, textsFile, description };
}

/** Nodes read what is there when they start. */
async function seed(
  cell: Cell,
  community: Community,
  how: Parameters<typeof fillDatabase>[2],
): Promise<void> {
  for (const name of nodes) {
    await cell.stop(name);
  }
  const sql = openSql(cell.databaseUrl, { max: 3, applicationName: "maru bench seed" });
  try {
    await fillDatabase(sql, community, how);
  } finally {
    await sql.end({ timeout: 1 });
  }
  await cell.start("node-1");
  await filled(cell, "node-1");
}

interface CpuRound {
  /** Microseconds a read. */
  readonly us: number;
  readonly failed: number;
}

/** Rounds of one node, of three, and of one again, so that neither has the warmer process. */
async function cpuOfReads(
  bench: Bench,
): Promise<readonly [readonly CpuRound[], readonly CpuRound[]]> {
  const { cell, isQuick } = bench;
  const rounds = isQuick ? 1 : 3;
  const others = nodes.filter((name) => name !== "node-1");
  const play = async (running: readonly NodeName[]): Promise<CpuRound[]> => {
    const played: CpuRound[] = [];
    for (let i = 0; i <= rounds; i += 1) {
      played.push(await cpuOfRound(bench, running));
    }
    // In the first, everybody is read for the first time.
    return played.slice(1);
  };
  const startOthers = async (): Promise<void> => {
    for (const name of others) {
      await cell.start(name);
      await filled(cell, name);
    }
  };
  const before = await play(["node-1"]);
  await startOthers();
  const three = await play(nodes);
  for (const name of others) {
    await cell.stop(name);
  }
  const after = await play(["node-1"]);
  await startOthers();
  return [[...before, ...after], three];
}

async function cpuOfRound(bench: Bench, running: readonly NodeName[]): Promise<CpuRound> {
  const { cell, isQuick, folder } = bench;
  const pids = running.map((name) => cell.process(name).pid ?? 0);
  let beforeUs = 0;
  let tookUs = 0;
  const cpuUs = (): number => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  const results = await Promise.all(
    running.map((name, i) =>
      runGenerator(planFor(bench, { name, share: 1 / running.length }), {
        folder,
        cores: "any",
        onMeasuring() {
          beforeUs = i === 0 ? cpuUs() : beforeUs;
        },
        onMeasured() {
          tookUs = i === 0 ? cpuUs() - beforeUs : tookUs;
        },
      }),
    ),
  );
  results.forEach(refuseFaults);
  const measuredS = results[0]?.measuredS ?? (isQuick ? 4 : 15);
  const failed = results.reduce((sum, result) => sum + failuresOf(result), 0);
  return { us: tookUs / (readsPerS * measuredS * running.length), failed };
}

/** Two people who are friends, at different nodes each time, while others publish. */
async function crossNodes(
  bench: Bench,
): Promise<{ readonly seen: Summary; readonly hidden: Summary }> {
  const { cell, community, folder, isQuick } = bench;
  const tokens = createTokens({ community });
  const bases = idBases(community);
  const distances = ringDistances(community);
  const seen = createHistogram();
  const hidden = createHistogram();
  const count = isQuick ? samplesQuick : samples;
  const urls = nodes.map((name) => cell.process(name).url);
  const plan = planFor(bench, { name: "node-1", share: 1 });
  const others = runGenerator(
    { ...plan, warmUpS: 1, measuredS: count / 8 },
    { folder, cores: "any" },
  );
  for (let i = 0; i < count; i += 1) {
    const author = readers + i;
    const reader = friendsOf(community, distances, author)[0] ?? author;
    const [here, there] = [urls[i % urls.length] ?? "", urls[(i + 1) % urls.length] ?? ""];
    await ask(there, tokens(reader), "GET", "/v1/feed");
    const published = await ask(here, tokens(author), "POST", "/v1/stories", {
      text: `Sample ${String(i)}`,
      visibility: "friends",
    });
    const { story } = JSON.parse(published) as { readonly story: { readonly id: string } };
    const answeredMs = performance.now();
    while (!(await ask(there, tokens(reader), "GET", "/v1/feed")).includes(`"${story.id}"`)) {
      if (performance.now() - answeredMs > seenWithinMs) {
        throw new ReadBackError(`story ${story.id} of one node was never seen on another`);
      }
      await pause(pollMs);
    }
    seen.record(performance.now() - answeredMs);
    const blockingMs = performance.now();
    await ask(there, tokens(reader), "PUT", `/v1/blocks/${String(accountId(bases, author))}`);
    hidden.record(performance.now() - blockingMs);
    for (const url of urls) {
      if ((await ask(url, tokens(reader), "GET", "/v1/feed")).includes(`"${story.id}"`)) {
        throw new ReadBackError(
          `story ${story.id} is shown by ${url} after its author was blocked`,
        );
      }
    }
  }
  refuseFaults(await others);
  return { seen: seen.summary(), hidden: hidden.summary() };
}

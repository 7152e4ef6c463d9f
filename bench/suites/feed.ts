import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { closedGenerator, runClosed, type ClosedResult } from "../load/closed-model.ts";
import { refuseFaults, runGenerator } from "../load/run-generator.ts";
import type { Source } from "../load/plan.ts";
import { describeMachine } from "../measure/machine.ts";
import { answersBetween, hitShares, labelShares, type Metrics } from "../measure/metrics.ts";
import { memoryOf } from "../measure/processes.ts";
import { createTally, readCpu, roundOf, type Round, type Tally } from "../measure/rounds.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { friendsOfHub, sizes } from "../seed/arithmetic.ts";
import { startFixed } from "../server/fixed-process.ts";
import { canPin } from "../server/pinning.ts";
import { readBack } from "../server/read-back.ts";
import {
  prepare,
  serve,
  type Prepared,
  type Served,
  type SuiteOptions,
} from "../server/served-community.ts";
import { measureThreads } from "./threads.ts";
import { warmUp } from "./warm-up.ts";

/**
 * What a feed read costs: newest 20 of 200 friends, of 5,000, and a poll without news, on one core,
 * beside a fixed reply of the same bytes in rounds between.
 */
const connections = 64;
const publishesPerS = 100;
const msPerS = 1_000;

interface Bench {
  readonly prepared: Prepared;
  readonly served: Served;
  readonly tally: Tally;
  readonly seconds: number;
  readonly rounds: number;
}

const perRequest = (round: Round): number => round.nodeUs / round.requests;

export async function benchFeed(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const prepared = await prepare(
    options,
    options.size ?? (options.isQuick ? sizes.small : sizes.city),
  );
  const [seconds, rounds] = options.isQuick ? [2, 2] : [8, 5];
  const tally = createTally();
  try {
    const served = await serve(prepared, { cores: "served" });
    const bench = { prepared, served, tally, seconds, rounds };
    const etagsFile = join(prepared.folder, "etags");
    const explained: Record<string, number> = {};
    try {
      explained["fill_s"] = (await served.filled()) / msPerS;
      await served.settled();
      options.say(`every one of ${String(prepared.people)} viewers reads once`);
      await warmUp(served, prepared, { cores: "asking", etagsFile });
      const before = await served.metrics();
      await measureQuiet(bench, etagsFile, options);
      Object.assign(explained, prefixed("quiet", hitShares(before, await served.metrics())));
      const between = await served.metrics();
      await measureWhilePublishing(bench, options);
      const after = await served.metrics();
      Object.assign(explained, hitShares(between, after), {
        ...prefixed("pages", labelShares(between, after, "maru_feed_pages_total")),
        audience_bytes_per_friendship: audienceBytesPerFriendship(after, prepared),
      });
      const { rssBytes, databasePssBytes } = memoryOf(served.node.pid);
      explained["memory_mib"] = rssBytes / 1024 ** 2;
      explained["database_memory_mib"] = databasePssBytes / 1024 ** 2;
      explained["read_back_items"] = await readBack(served, prepared);
    } finally {
      await served.stop();
    }
    const threads = await measureThreads(prepared, options);
    const figures = { ...derived(tally.medians()), ...explained, ...threads.figures };
    return {
      suite: "feed",
      machine,
      data: prepared.description,
      figures: roundedFigures(figures),
      rounds: tally.rounds(),
      spreads: tally.spreads(),
      notes: [
        `${String(prepared.people)} distinct viewers at random, ${String(prepared.hubs)} of them with 5,000 friends apart; by ${closedGenerator()}, ${String(connections)} connections; ` +
          (canPin() ? "server and PostgreSQL on core 0, generator on core 1" : "not pinned"),
        `feed_cpu_us and friends5000_us: the server's CPU while ${String(publishesPerS)} stories a second are published, less what these cost alone, by reads; ` +
          "with_publishes: all of it by reads; quiet: nobody publishes",
        ...threads.notes,
      ],
      charts: [chart(figures)],
    };
  } finally {
    await prepared.remove();
  }
}

/** With all that a list takes beside its entries. */
function audienceBytesPerFriendship(metrics: Metrics, { community, hubs }: Prepared): number {
  const usual = community.ringFriends + community.hubsEach;
  // All with 5,000 friends have read; so have the others, or they were loaded ahead.
  const viewers = metrics.get("maru_feed_audiences") ?? Number.NaN;
  const entries = (viewers - hubs) * usual + hubs * friendsOfHub;
  return (metrics.get("maru_feed_audience_bytes") ?? Number.NaN) / entries;
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]),
  );
}

function load(
  { served, seconds }: Bench,
  peopleFile: string,
  url = served.node.url,
): () => Promise<ClosedResult> {
  return () =>
    runClosed({
      url,
      method: "GET",
      path: "/v1/feed",
      peopleFile,
      bodiesFile: null,
      connections,
      seconds,
    });
}

function noteRound(tally: Tally, name: string, round: Round): void {
  tally.note(`${name}_cpu_us`, perRequest(round));
  tally.note(`${name}_database_cpu_us`, round.databaseUs / round.requests);
  tally.note(`${name}_per_s`, round.perSecond);
}

/** Nobody publishes, so that every ETag stays good. */
async function measureQuiet(bench: Bench, etagsFile: string, { say }: SuiteOptions): Promise<void> {
  const { served, prepared, tally, rounds } = bench;
  const { node } = served;
  // The first round warms the compiler, and does not count.
  const first = await roundOf(node, load(bench, prepared.peopleFile));
  const fixed = await startFixed(first.bytesPerAnswer, "served");
  try {
    await roundOf(fixed, load(bench, prepared.peopleFile, fixed.url));
    for (let round = 1; round <= rounds; round += 1) {
      say(`without publishes, round ${String(round)} of ${String(rounds)}`);
      const reply = await roundOf(fixed, load(bench, prepared.peopleFile, fixed.url));
      tally.note("fixed_cpu_us", perRequest(reply));
      tally.note("fixed_quiet_per_s", reply.perSecond);
      const full = await roundOf(node, load(bench, prepared.peopleFile));
      noteRound(tally, "feed_quiet", full);
      tally.note("feed_answer_bytes", full.bytesPerAnswer);
      const before = await served.metrics();
      const poll = await roundOf(node, load(bench, etagsFile));
      noteRound(tally, "poll304", poll);
      const answered = answersBetween(before, await served.metrics(), {
        route: "/v1/feed",
        status: "3xx",
      });
      tally.note("poll304_share", answered / poll.requests);
      noteRound(tally, "friends5000_quiet", await roundOf(node, load(bench, prepared.hubsFile)));
    }
  } finally {
    await fixed.stop();
  }
}

/** Runs while stories are published at random over the community. */
async function whilePublishing<T>(
  { served, prepared, seconds, tally }: Bench,
  run: () => Promise<T>,
): Promise<T> {
  const started = Promise.withResolvers<undefined>();
  const source: Source = {
    kind: "publish",
    name: "publish",
    perSecond: publishesPerS,
    viewers: { from: 0, count: prepared.people, order: "random" },
    hasKey: true,
  };
  const publishing = runGenerator(
    served.plan({ connections: 16, warmUpS: 0.5, measuredS: seconds + 0.5, sources: [source] }),
    {
      folder: prepared.folder,
      cores: "asking",
      onMeasuring: () => {
        started.resolve(undefined);
      },
    },
  );
  await Promise.race([started.promise, publishing]);
  const result = await run();
  const published = await publishing;
  refuseFaults(published);
  tally.note(
    "publishes_meanwhile_per_s",
    (published.sources[0]?.answered ?? 0) / published.measuredS,
  );
  return result;
}

async function measureWhilePublishing(bench: Bench, { say }: SuiteOptions): Promise<void> {
  const { served, prepared, tally, rounds, seconds } = bench;
  const { node } = served;
  const bytes = tally.medians()["feed_answer_bytes"] ?? Number.NaN;
  const fixed = await startFixed(bytes, "served");
  try {
    await roundOf(fixed, load(bench, prepared.peopleFile, fixed.url));
    for (let round = 1; round <= rounds; round += 1) {
      say(
        `with ${String(publishesPerS)} publishes a second, round ${String(round)} of ${String(rounds)}`,
      );
      const reply = await roundOf(fixed, load(bench, prepared.peopleFile, fixed.url));
      tally.note("fixed_per_s", reply.perSecond);
      const alone = await whilePublishing(bench, async () => {
        const before = readCpu(node);
        await pause(seconds * msPerS);
        const after = readCpu(node);
        return (after.nodeUs - before.nodeUs) / (after.atMs - before.atMs);
      });
      tally.note("publishes_alone_core_share", alone / msPerS);
      for (const [name, file] of [
        ["feed", prepared.peopleFile],
        ["friends5000", prepared.hubsFile],
      ] as const) {
        const found = await whilePublishing(bench, () => roundOf(node, load(bench, file)));
        const tookMs = (found.requests / found.perSecond) * msPerS;
        tally.note(`${name}_with_publishes_cpu_us`, perRequest(found));
        tally.note(
          `${name}_less_publishes_cpu_us`,
          (found.nodeUs - alone * tookMs) / found.requests,
        );
        tally.note(`${name}_per_s`, found.perSecond);
        tally.note(`${name}_with_publishes_database_cpu_us`, found.databaseUs / found.requests);
      }
    }
  } finally {
    await fixed.stop();
  }
}

function derived(medians: Readonly<Record<string, number>>): Record<string, number> {
  const of = (name: string): number => medians[name] ?? Number.NaN;
  const {
    feed_less_publishes_cpu_us: feedUs = Number.NaN,
    friends5000_less_publishes_cpu_us: friends5000Us = Number.NaN,
    ...rest
  } = medians;
  return {
    feed_cpu_us: feedUs,
    feed_over_fixed: of("feed_per_s") / of("fixed_per_s"),
    poll304_over_full: of("poll304_per_s") / of("feed_quiet_per_s"),
    friends5000_us: friends5000Us,
    feed_quiet_over_fixed: of("feed_quiet_per_s") / of("fixed_quiet_per_s"),
    ...rest,
  };
}

function chart(figures: Readonly<Record<string, number>>): NonNullable<Report["charts"]>[number] {
  const bar = (name: string, figure: string, aim?: number) => ({
    name,
    parts: [
      { name: "server", value: figures[`${figure}_cpu_us`] ?? figures[`${figure}_us`] ?? 0 },
      {
        name: "PostgreSQL",
        value:
          figures[`${figure}_with_publishes_database_cpu_us`] ??
          figures[`${figure}_database_cpu_us`] ??
          0,
      },
    ],
    ...(aim === undefined ? {} : { aim }),
  });
  return {
    kind: "bars",
    title: "CPU of a feed read",
    unit: "µs",
    bars: [
      bar("fixed reply", "fixed"),
      bar("poll without news", "poll304"),
      bar("newest 20, 200 friends", "feed", 30),
      bar("newest 20, 5,000 friends", "friends5000", 140),
    ],
  };
}

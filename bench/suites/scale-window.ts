import { setTimeout as pause } from "node:timers/promises";
import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { createTokens } from "../load/traffic.ts";
import { memoryOf } from "../measure/processes.ts";
import type { Tally } from "../measure/rounds.ts";
import { usageOf } from "../measure/usage.ts";
import { friendsOfHub } from "../seed/arithmetic.ts";
import { readBack } from "../server/read-back.ts";
import {
  serve,
  type Prepared,
  type Served,
  type SuiteOptions,
} from "../server/served-community.ts";
import { scrollBack, type DeepPages } from "./scale-cursors.ts";
import { firstReads } from "./warm-up.ts";

/** The whole history in the window: how long that takes, what it weighs, and what a page far back costs. */
const mib = 1024 ** 2;
const msPerS = 1_000;
/** More than there are entries, with what the index leaves free for what comes. */
const windowPerStory = 1.2;
const smallestWindow = 64;
/** Of all stories: where pages far back begin. */
const deepShare = 0.1;
const deeperShares = [deepShare, 0.3, 0.6, 0.9];
const belowFloorShare = 0.1;
const friendsUsual = 200;
const readersPerS = 200;
const readersMeasuredS = 5;
const pageSize = 20;
const settleMs = 2_000;

const windowSetting = (stories: number): Record<string, string> => ({
  MARU_FEED_WINDOW_STORIES: String(Math.ceil(stories)),
});
const settle = (): Promise<void> => pause(settleMs);

interface Pages {
  readonly usual: DeepPages;
  readonly hubs: DeepPages;
}

export interface WindowResult {
  readonly figures: Readonly<Record<string, number>>;
  readonly pages: Pages;
}

export async function measureWindow(
  prepared: Prepared,
  tally: Tally,
  options: SuiteOptions,
): Promise<WindowResult> {
  const { stories } = prepared.community;
  const emptyBytes = await memoryWithoutWindow(prepared);
  const slots = stories * windowPerStory;
  const served = await serve(prepared, { settings: windowSetting(slots) });
  let figures: Record<string, number>;
  try {
    options.say(`${String(stories)} stories into the window`);
    const warm = await measureWarm(served, prepared);
    figures = {
      ...warm,
      bytes_per_story: await bytesPerStory(served),
      ...(await measureFriendships(served, prepared)),
    };
  } finally {
    await served.stop();
  }
  const pinned = await serve(prepared, { settings: windowSetting(slots), cores: "served" });
  try {
    await pinned.settled();
    await settle();
    const { rssBytes } = memoryOf(pinned.node.pid);
    const entries = (await pinned.metrics()).get("maru_feed_window_entries") ?? Number.NaN;
    figures["window_entries"] = entries;
    figures["bytes_per_story_by_memory"] = (rssBytes - emptyBytes) / entries;
    figures["memory_mib"] = rssBytes / mib;
    const pages = await findDeepPages(pinned, prepared, options);
    await measureDeep(pinned, { prepared, pages, tally, options });
    figures["deep_page_over_first"] = Math.max(
      ...["", "5000"].map((of) => {
        const { [`deep_page${of}_cpu_us`]: deep, [`first_page${of}_cpu_us`]: first } =
          tally.medians();
        return (deep ?? Number.NaN) / (first ?? Number.NaN);
      }),
    );
    figures["window_read_back_items"] = await readBack(pinned, prepared);
    return { figures, pages };
  } finally {
    await pinned.stop();
  }
}

/** By the index's own account, reshares counted as stories. */
async function bytesPerStory(served: Served): Promise<number> {
  const metrics = await served.metrics();
  const of = (name: string): number => metrics.get(name) ?? Number.NaN;
  return of("maru_feed_window_bytes") / of("maru_feed_window_entries");
}

async function memoryWithoutWindow(prepared: Prepared): Promise<number> {
  const served = await serve(prepared, { settings: windowSetting(smallestWindow) });
  try {
    await served.filled();
    await settle();
    return memoryOf(served.node.pid).rssBytes;
  } finally {
    await served.stop();
  }
}

/** How long the window takes to fill while people read, and how they fare. */
async function measureWarm(
  served: Served,
  { community, people, folder }: Prepared,
): Promise<Record<string, number>> {
  const firstMs = performance.now();
  const filled = served.filled();
  const answer = await fetch(`${served.node.url}/v1/feed`, {
    headers: { authorization: `Bearer ${createTokens({ community })(people - 1)}` },
  });
  const { items } = (await answer.json()) as { items?: readonly unknown[] };
  const firstPageMs = performance.now() - firstMs;
  if (items?.length !== pageSize) {
    throw new Error(`the first page after a restart was answered with ${String(answer.status)}`);
  }
  let fillMs = Number.POSITIVE_INFINITY;
  void filled.then((ms) => {
    fillMs = ms;
  });
  const p99s: number[] = [];
  let failures = 0;
  while (fillMs === Number.POSITIVE_INFINITY || p99s.length === 0) {
    const { result } = await usageOf(
      served.node,
      served.plan({
        connections: 64,
        warmUpS: 0,
        measuredS: readersMeasuredS,
        chance: p99s.length + 1,
        sources: [
          {
            kind: "feed",
            name: "reader",
            perSecond: readersPerS,
            viewers: { from: 0, count: people, order: "random" },
          },
        ],
      }),
      { folder, cores: "any" },
    );
    refuseFaults(result);
    p99s.push(result.latency.p99Ms);
    failures += failuresOf(result);
  }
  await filled;
  return {
    warm_s: fillMs / msPerS,
    warm_first_page_ms: firstPageMs,
    // The worst five seconds of them.
    warm_readers_p99_ms: Math.max(...p99s),
    warm_readers_failures: failures,
  };
}

/**
 * Once all with 5,000 friends have read, whoever else does, or is loaded ahead, has few: that tells
 * what a usual list takes, and so what the great ones do.
 */
async function measureFriendships(
  served: Served,
  prepared: Prepared,
): Promise<Record<string, number>> {
  const { community, hubs, people } = prepared;
  const reading = async (): Promise<{ bytes: number; viewers: number }> => {
    const metrics = await served.metrics();
    return {
      bytes: metrics.get("maru_feed_audience_bytes") ?? Number.NaN,
      viewers: metrics.get("maru_feed_audiences") ?? Number.NaN,
    };
  };
  await firstReads(served, prepared, { from: community.people, count: hubs, cores: "any" });
  const before = await reading();
  // From the middle, where nobody has read before.
  const from = Math.floor(community.people / 2);
  await firstReads(served, prepared, { from, count: people, cores: "any" });
  const after = await reading();
  const friendsEach = community.ringFriends + community.hubsEach;
  const usual = (after.bytes - before.bytes) / (after.viewers - before.viewers);
  const great = (after.bytes - usual * (after.viewers - hubs)) / hubs;
  const perFriend = (great - usual) / (friendsOfHub - friendsEach);
  const perList = usual - perFriend * friendsEach;
  return {
    bytes_per_friendship: perFriend + perList / friendsUsual,
    bytes_per_friendship_of_5000: great / friendsOfHub,
    bytes_per_list: perList,
    audiences: after.viewers,
  };
}

const spread = (count: number, of: number, from: number): number[] =>
  Array.from({ length: Math.min(count, of) }, (_, i) => from + Math.floor((i * of) / count));

async function findDeepPages(
  served: Served,
  prepared: Prepared,
  { isQuick, say }: SuiteOptions,
): Promise<Pages> {
  const { community, people, hubs } = prepared;
  say("scrolling back");
  const backs = (shares: readonly number[]): number[] =>
    shares.map((share) => Math.floor(community.stories * share));
  return {
    usual: await scrollBack(served, prepared, {
      name: "usual",
      viewers: spread(isQuick ? 200 : 2_000, people, 0),
      backs: backs(deeperShares),
    }),
    hubs: await scrollBack(served, prepared, {
      name: "hubs",
      viewers: spread(isQuick ? 10 : 50, hubs, community.people),
      backs: backs([deepShare]),
    }),
  };
}

async function measureDeep(
  served: Served,
  {
    prepared,
    pages,
    tally,
    options,
  }: {
    readonly prepared: Prepared;
    readonly pages: Pages;
    readonly tally: Tally;
    readonly options: SuiteOptions;
  },
): Promise<void> {
  const [seconds, rounds] = options.isQuick ? [2, 1] : [8, 5];
  const kinds = [
    ["first_page", pages.usual.firstFile],
    ["deep_page", pages.usual.nearFile],
    ["first_page5000", pages.hubs.firstFile],
    ["deep_page5000", pages.hubs.nearFile],
  ] as const;
  for (let round = 1; round <= rounds; round += 1) {
    options.say(`pages far back, round ${String(round)} of ${String(rounds)}`);
    for (const [name, pathsFile] of kinds) {
      const { result, nodeUs } = await usageOf(
        served.node,
        served.plan({
          connections: 32,
          warmUpS: 1,
          measuredS: seconds,
          chance: round,
          sources: [
            {
              kind: "path",
              name,
              pathsFile,
              perSecond: null,
              atOnce: 32,
              viewers: { from: 0, count: 1, order: "random" },
            },
          ],
        }),
        { folder: prepared.folder, cores: "asking" },
      );
      refuseFaults(result);
      tally.note(`${name}_cpu_us`, nodeUs / (result.sources[0]?.answered ?? 0));
      tally.note(`${name}_per_s`, (result.sources[0]?.answered ?? 0) / result.measuredS);
    }
  }
}

/** A tenth of the stories is in the window; the pages lie below it. */
export async function measureBelowFloor(
  prepared: Prepared,
  pages: Pages,
  { isQuick, say }: SuiteOptions,
): Promise<Record<string, number>> {
  const { stories } = prepared.community;
  const served = await serve(prepared, { settings: windowSetting(stories * belowFloorShare) });
  try {
    await served.filled();
    say("pages below the floor");
    const viewers = { from: 0, count: 1, order: "random" } as const;
    const { result } = await usageOf(
      served.node,
      served.plan({
        connections: 64,
        warmUpS: isQuick ? 2 : 5,
        measuredS: isQuick ? 5 : 60,
        sources: [
          { kind: "path", name: "usual", pathsFile: pages.usual.file, perSecond: 90, viewers },
          { kind: "path", name: "hubs", pathsFile: pages.hubs.file, perSecond: 10, viewers },
        ],
      }),
      { folder: prepared.folder, cores: "any" },
    );
    refuseFaults(result);
    const [usual, hubs] = result.sources;
    return {
      below_floor_ms: result.latency.p99Ms,
      below_floor_p50_ms: result.latency.p50Ms,
      below_floor_usual_p99_ms: usual?.latency.p99Ms ?? Number.NaN,
      below_floor_5000_p99_ms: hubs?.latency.p99Ms ?? Number.NaN,
      below_floor_failures: failuresOf(result),
      below_floor_read_back_items: await readBack(served, prepared),
    };
  } finally {
    await served.stop();
  }
}

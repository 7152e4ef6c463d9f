import { rm, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { NodeName } from "../../tools/cell/types.ts";
import { failuresOf, refuseFaults, runGenerator } from "../load/run-generator.ts";
import { createTokens } from "../load/traffic.ts";
import { median } from "../measure/statistics.ts";
import { ReadBackError } from "../server/read-back.ts";
import { ask, planFor, readers, type Bench } from "./cell-bench.ts";

/**
 * A node that was never there before, beside two that serve: how soon it answers as they do, how
 * soon as fast, and whether the others notice.
 */
export interface NewNode {
  /** From its start to the first answer that is right. */
  readonly firstMs: number;
  /** From its start until its reads take as long as those of another node. */
  readonly fullSpeedS: number;
  /** Of the others' reads, before and meanwhile. */
  readonly othersBeforeP99Ms: number;
  readonly othersMeanwhileP99Ms: number;
  readonly othersFailed: number;
}

const others: readonly NodeName[] = ["node-1", "node-2"];
const newcomer: NodeName = "node-3";
const pollMs = 5;
const firstWithinMs = 60_000;
/** Reads of different people, one after another, at each of two nodes. */
const readsOfLook = 60;
/** As fast: what is left is noise. */
const sameSpeed = 1.25;
const looksInRow = 3;
const measuredS = 60;
const measuredQuickS = 10;
/** Before the load on the others is over. */
const spareS = 1;
const msPerS = 1_000;

export async function startNewNode(bench: Bench): Promise<NewNode> {
  const { cell } = bench;
  await cell.stop(newcomer);
  const folder = join(cell.dataDir, newcomer);
  await rm(folder, { recursive: true });
  await mkdir(folder);
  const before = await loadOthers(bench, () => Promise.resolve(null));
  const meanwhile = await loadOthers(bench, () => watchStart(bench));
  const { started } = meanwhile;
  if (started === null) throw new ReadBackError("the new node was not watched");
  return {
    ...started,
    othersBeforeP99Ms: before.p99Ms,
    othersMeanwhileP99Ms: meanwhile.p99Ms,
    othersFailed: before.failed + meanwhile.failed,
  };
}

type Started = Pick<NewNode, "firstMs" | "fullSpeedS">;

/** The two nodes under load, and what is done as soon as they are measured. */
async function loadOthers(
  bench: Bench,
  act: () => Promise<Started | null>,
): Promise<{ readonly started: Started | null; readonly p99Ms: number; readonly failed: number }> {
  const { folder, isQuick } = bench;
  const measuring = Promise.withResolvers<Started | null>();
  // A failure is told when it is waited for.
  measuring.promise.catch(() => undefined);
  const results = await Promise.all(
    others.map((name, i) =>
      runGenerator(
        {
          ...planFor(bench, { name, share: 1 / others.length }),
          measuredS: isQuick ? measuredQuickS : measuredS,
        },
        {
          folder,
          cores: "any",
          onMeasuring() {
            if (i === 0) act().then(measuring.resolve, measuring.reject);
          },
        },
      ),
    ),
  );
  results.forEach(refuseFaults);
  return {
    started: await measuring.promise,
    p99Ms: Math.max(...results.map(({ latency }) => latency.p99Ms)),
    failed: results.reduce((sum, result) => sum + failuresOf(result), 0),
  };
}

async function watchStart(bench: Bench): Promise<Started> {
  const { cell, community } = bench;
  const tokens = createTokens({ community });
  const [url, known] = [cell.process(newcomer).url, cell.process(others[0] ?? "node-1").url];
  const viewer = tokens(0);
  const startedMs = performance.now();
  const ready = cell.start(newcomer);
  let firstMs = Number.NaN;
  while (Number.isNaN(firstMs)) {
    const answer = await ask(url, viewer, "GET", "/v1/feed").catch(() => null);
    if (answer !== null) {
      firstMs = performance.now() - startedMs;
      checkFirst(idsOf(answer), idsOf(await ask(known, viewer, "GET", "/v1/feed")));
    } else if (performance.now() - startedMs > firstWithinMs) {
      throw new ReadBackError("the new node does not answer");
    } else {
      await pause(pollMs);
    }
  }
  await ready;

  let fullSpeedS = Number.NaN;
  const watchedS = (bench.isQuick ? measuredQuickS : measuredS) - spareS;
  for (let inRow = 0; inRow < looksInRow;) {
    const atS = (performance.now() - startedMs) / msPerS;
    if (atS > watchedS) break;
    const [there, here] = [await readMs(bench, known), await readMs(bench, url)];
    inRow = here <= there * sameSpeed ? inRow + 1 : 0;
    if (inRow === 1) fullSpeedS = atS;
    if (inRow === 0) fullSpeedS = Number.NaN;
  }
  return { firstMs, fullSpeedS };
}

/** What a read takes in the middle, of people drawn at random. */
async function readMs({ community }: Bench, url: string): Promise<number> {
  const tokens = createTokens({ community });
  const took: number[] = [];
  for (let n = 0; n < readsOfLook; n += 1) {
    const viewer = tokens(Math.floor(Math.random() * readers));
    const beganMs = performance.now();
    await ask(url, viewer, "GET", "/v1/feed");
    took.push(performance.now() - beganMs);
  }
  return median(took);
}

/** Friends may publish between the two reads: those stand before what both have. */
function checkFirst(told: readonly string[], right: readonly string[]): void {
  const news = right.indexOf(told[0] ?? "");
  const shared = right.slice(news);
  if (news === -1 || told.slice(0, shared.length).join() !== shared.join()) {
    throw new ReadBackError(
      `the new node's first feed is not that of another: ${told.join()}, not ${right.join()}`,
    );
  }
}

function idsOf(feed: string): string[] {
  const { items } = JSON.parse(feed) as { readonly items: readonly { readonly id: string }[] };
  return items.map(({ id }) => id);
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { communityFiles } from "../seed/community.ts";
import { buildWebClient, launchBrowser, openContext } from "../server/browser.ts";
import { benchFolder, importCommunity, signIn } from "../server/imported-node.ts";
import { describeMachine } from "../measure/machine.ts";
import { median } from "../measure/statistics.ts";
import { startProcess } from "../server/node-process.ts";
import type { Report } from "../report/report.ts";

/**
 * What a reader meets in a browser on this machine: how long until the feed is there, how much
 * script that takes, whether anything jumps, and what a long scroll costs.
 */
export interface WebOptions {
  readonly friends: string | undefined;
  readonly stories: string | undefined;
  readonly isQuick: boolean;
}

const viewport = { width: 1280, height: 800 };
/** Someone with many friends, so that the feed has no end within the scroll. */
const readerHandle = "p0";
const storiesScrolled = 2_000;
const storiesScrolledFirst = 500;
const stepPx = 600;
const scrollMsMax = 5 * 60_000;
/** After the stories are there, what else is painted comes within this. */
const quietMs = 600;
const inPage = new URL("../in-page.js", import.meta.url).pathname;
const kib = 1024;
const mib = kib * kib;

export async function benchWeb(options: WebOptions): Promise<Report> {
  const folder = await benchFolder();
  const dataDir = join(folder.path, "data");
  const data = await communityFiles(options, folder.path);
  buildWebClient();
  try {
    await importCommunity(data, dataDir);
    const node = await startProcess(dataDir);
    const browser = await launchBrowser();
    try {
      const token = await signIn(node.url, readerHandle);
      const figures = {
        ...scriptSizes(),
        ...(await measureLoads(browser, node.url, { token, rounds: options.isQuick ? 5 : 15 })),
        ...(await measureScroll(browser, node.url, token)),
      };
      return { suite: "web", machine: describeMachine(), data: data.description, figures };
    } finally {
      await browser.close();
      await node.stop();
    }
  } finally {
    await folder.remove();
  }
}

/** All script that there is, and what of it the feed needs, gzipped. */
function scriptSizes(): Record<string, number> {
  const dist = new URL("../../web/dist/", import.meta.url);
  const manifest = JSON.parse(
    readFileSync(new URL(".vite/manifest.json", dist), "utf8"),
  ) as Readonly<Record<string, { file: string; imports?: string[]; isEntry?: boolean }>>;
  const gzipped = (file: string): number => gzipSync(readFileSync(new URL(file, dist))).length;
  const all = readdirSync(new URL("assets/", dist)).filter((name) => name.endsWith(".js"));
  const entry = Object.values(manifest).find((chunk) => chunk.isEntry === true);
  const first = [
    entry?.file ?? "",
    ...(entry?.imports ?? []).map((name) => manifest[name]?.file ?? ""),
  ];
  const sum = (files: readonly string[]): number =>
    Math.round((files.reduce((bytes, file) => bytes + gzipped(file), 0) / kib) * 10) / 10;
  return {
    script_gzip_kib: sum(all.map((name) => `assets/${name}`)),
    script_of_the_feed_gzip_kib: sum(first),
  };
}

async function newContext(browser: Browser, url: string, token: string): Promise<BrowserContext> {
  const context = await openContext(browser, { url, token, viewport, locale: "ko-KR" });
  await context.addInitScript({ path: inPage });
  return context;
}

interface Load {
  readonly readyMs: number;
  readonly shift: number;
}

/** Opens the feed and waits until nothing more is painted. */
async function load(page: Page, url: string): Promise<Load> {
  await page.goto(url);
  await page.locator("article[data-story]").nth(5).waitFor();
  await page.waitForTimeout(quietMs);
  return page.evaluate<Load>("bench.readings");
}

/** Cold: nothing kept from before. Warm: the same browser once more, with what it has kept. */
async function measureLoads(
  browser: Browser,
  url: string,
  { token, rounds }: { readonly token: string; readonly rounds: number },
): Promise<Record<string, number>> {
  const cold: Load[] = [];
  const warm: Load[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const context = await newContext(browser, url, token);
    const page = await context.newPage();
    const [first, second] = [await load(page, url), await load(page, url)];
    await context.close();
    // The first round warms the server and the browser, and does not count.
    if (round > 0) {
      cold.push(first);
      warm.push(second);
    }
  }
  const ready = (loads: readonly Load[]): number =>
    Math.round(median(loads.map(({ readyMs }) => readyMs)));
  return {
    ready_cold_ms: ready(cold),
    ready_cold_max_ms: Math.round(Math.max(...cold.map(({ readyMs }) => readyMs))),
    ready_warm_ms: ready(warm),
    ready_warm_max_ms: Math.round(Math.max(...warm.map(({ readyMs }) => readyMs))),
    layout_shift_max: Math.max(...[...cold, ...warm].map(({ shift }) => shift)),
  };
}

async function heapMib(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return Math.round((usedSize / mib) * 10) / 10;
}

/** Scrolls with the wheel until so many stories have been in view. */
async function scrollTo(page: Page, count: number): Promise<number> {
  const deadline = performance.now() + scrollMsMax;
  const seen = (): Promise<number> => page.evaluate<number>("bench.lastPlace()");
  for (let at = await seen(); at < count; at = await seen()) {
    if (performance.now() > deadline) {
      throw new Error(`the scroll came to ${at} of ${count} stories`);
    }
    await page.mouse.wheel(0, stepPx);
    await page.evaluate("bench.nextFrame()");
  }
  return page.locator("*").count();
}

async function measureScroll(
  browser: Browser,
  url: string,
  token: string,
): Promise<Record<string, number>> {
  const context = await newContext(browser, url, token);
  const page = await context.newPage();
  await load(page, url);
  const session = await context.newCDPSession(page);
  await page.mouse.move(viewport.width / 2, viewport.height / 2);
  await page.evaluate("bench.recordFrames()");
  const elementsFirst = await scrollTo(page, storiesScrolledFirst);
  const heapFirst = await heapMib(session);
  const elementsLast = await scrollTo(page, storiesScrolled);
  const frames = await page.evaluate<number[]>("bench.frames");
  const heapLast = await heapMib(session);
  await context.close();
  const sorted = frames.toSorted((a, b) => a - b);
  const quantile = (q: number): number =>
    Math.round((sorted[Math.floor(sorted.length * q)] ?? Number.NaN) * 10) / 10;
  return {
    scrolled_stories: storiesScrolled,
    frames: frames.length,
    frame_p50_ms: quantile(0.5),
    frame_p95_ms: quantile(0.95),
    frame_p99_ms: quantile(0.99),
    heap_after_500_mib: heapFirst,
    heap_after_2000_mib: heapLast,
    elements_after_500: elementsFirst,
    elements_after_2000: elementsLast,
  };
}

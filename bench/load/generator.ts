import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { seeded } from "../seed/chance.ts";
import { createArrivals, type Arrivals } from "./arrivals.ts";
import { createConnections, type Failure } from "./connections.ts";
import { createHistogram } from "./histogram.ts";
import { createLiveListeners } from "./live-listeners.ts";
import {
  refusals,
  type GeneratorLine,
  type GeneratorPlan,
  type GeneratorResult,
  type Published,
  type Source,
  type SourceResult,
} from "./plan.ts";
import { createTokens, createTraffic, type Traffic, type TrafficWorld } from "./traffic.ts";

/**
 * A process that asks: its only argument is a file with a plan, and it writes a line of JSON for each
 * thing that there is to say. Latency counts from when a request was due.
 */
const plan = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as GeneratorPlan;

const tickMs = 1;
const finishWithinMs = 15_000;
const publishedKept = 500;
const msPerS = 1_000;
const okFrom = 200;
const okBelow = 300;
const notModified = 304;

interface Running {
  readonly source: Source;
  readonly traffic: Traffic;
  readonly arrivals: Arrivals | null;
  underWay: number;
  isOver: boolean;
  due: number;
  answered: number;
  bytes: number;
  readonly failures: Partial<Record<Failure | `status ${number}`, number>>;
  readonly statuses: Record<string, number>;
  readonly latency: ReturnType<typeof createHistogram>;
  readonly answeredIn: ReturnType<typeof createHistogram>;
  readonly refusedIn: ReturnType<typeof createHistogram>;
}

function say(line: GeneratorLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const random = seeded(plan.chance);
const tokens = createTokens(plan);
const connections = createConnections({ port: plan.port, count: plan.connections });
const live =
  plan.liveConnections > 0
    ? createLiveListeners({
        port: plan.port,
        connections: plan.liveConnections,
        community: plan.community,
        tokens,
      })
    : null;
const all = createHistogram();
const lag = createHistogram();
const sampled = createHistogram();
let sampledFailures = 0;
const published: Published[] = [];
let publishedCount = 0;
let measuredFromMs = Number.POSITIVE_INFINITY;

const world: TrafficWorld = {
  tokens,
  random,
  etags: new Map(),
  onPublished(one, answeredMs) {
    publishedCount += 1;
    published[publishedCount % publishedKept] = one;
    live?.published(one, answeredMs);
  },
};

const running: readonly Running[] = plan.sources.map((source) => ({
  source,
  traffic: createTraffic(plan, source, world),
  arrivals: source.perSecond === null ? null : createArrivals(source.perSecond, random),
  underWay: 0,
  isOver: false,
  due: 0,
  answered: 0,
  bytes: 0,
  failures: {},
  statuses: {},
  latency: createHistogram(),
  answeredIn: createHistogram(),
  refusedIn: createHistogram(),
}));

function fail(one: Running, why: Failure | `status ${number}`): void {
  one.failures[why] = (one.failures[why] ?? 0) + 1;
  sampledFailures += 1;
}

function send(one: Running, dueMs: number): void {
  const request = one.traffic.next();
  if (request === null) {
    one.isOver = true;
    return;
  }
  const isMeasured = dueMs >= measuredFromMs;
  one.underWay += 1;
  if (isMeasured) {
    one.due += 1;
    lag.record(performance.now() - dueMs);
  }
  connections.send({
    bytes: request.bytes,
    wantsBody: request.wantsBody,
    dueMs,
    done(answer, failure, sentMs) {
      const nowMs = performance.now();
      one.underWay -= 1;
      const status = answer?.status ?? 0;
      const isGood = (status >= okFrom && status < okBelow) || status === notModified;
      if (answer !== null && isGood) {
        request.learn?.(answer, nowMs);
      }
      if (isMeasured) {
        if (answer !== null) {
          one.statuses[String(status)] = (one.statuses[String(status)] ?? 0) + 1;
        }
        if (refusals.has(status)) {
          one.refusedIn.record(nowMs - sentMs);
        }
        if (answer === null || !isGood) {
          fail(one, failure ?? `status ${status}`);
        } else {
          one.answered += 1;
          one.answeredIn.record(nowMs - sentMs);
          one.bytes += answer.bytes + answer.head.length;
          for (const histogram of [one.latency, all, sampled]) {
            histogram.record(nowMs - dueMs);
          }
        }
      }
      if (one.arrivals === null && !stopped) {
        send(one, nowMs);
      }
    },
  });
}

let stopped = false;

function tick(): void {
  const nowMs = performance.now();
  for (const one of running) {
    for (
      let due = one.isOver ? null : (one.arrivals?.take(nowMs) ?? null);
      due !== null;
      due = one.isOver ? null : (one.arrivals?.take(nowMs) ?? null)
    ) {
      send(one, due);
    }
  }
  if (!stopped) {
    setTimeout(tick, tickMs);
  }
}

async function until(condition: () => boolean, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!condition() && performance.now() < endMs) {
    await pause(tickMs);
  }
}

/** Everyone who asks once has asked, and has an answer. */
const isExhausted = (): boolean => running.every((one) => one.isOver && one.underWay === 0);

function resultOf(one: Running): SourceResult {
  return {
    name: one.source.name,
    due: one.due,
    answered: one.answered,
    failures: one.failures,
    statuses: one.statuses,
    bytesPerAnswer: Math.round(one.bytes / Math.max(1, one.answered)),
    latency: one.latency.summary(),
    answeredIn: one.answeredIn.summary(),
    refusedIn: one.refusedIn.summary(),
  };
}

function startSampling(fromMs: number): NodeJS.Timeout | null {
  const { sampleEveryS } = plan;
  if (sampleEveryS === undefined) {
    return null;
  }
  return setInterval(() => {
    say({
      type: "sample",
      sample: {
        atS: (performance.now() - fromMs) / msPerS,
        latency: sampled.summary(),
        failures: sampledFailures,
      },
    });
    sampled.reset();
    sampledFailures = 0;
  }, sampleEveryS * msPerS);
}

async function run(): Promise<GeneratorResult> {
  await live?.open();
  const startMs = performance.now();
  measuredFromMs = startMs + plan.warmUpS * msPerS;
  for (const one of running) {
    one.arrivals?.startAt(startMs);
    for (let i = 0; i < (one.source.atOnce ?? 0) && one.arrivals === null; i += 1) {
      send(one, performance.now());
    }
  }
  tick();
  await pause(plan.warmUpS * msPerS);
  say({ type: "measuring" });
  live?.startMeasuring();
  const cpuBefore = process.cpuUsage();
  const fromMs = performance.now();
  const sampling = startSampling(fromMs);
  if (plan.measuredS === null) {
    await until(isExhausted, Number.POSITIVE_INFINITY);
  } else {
    await pause(plan.measuredS * msPerS);
  }
  stopped = true;
  const measuredS = (performance.now() - fromMs) / msPerS;
  const { user, system } = process.cpuUsage(cpuBefore);
  say({ type: "measured" });
  if (sampling !== null) {
    clearInterval(sampling);
  }
  await until(() => running.every((one) => one.underWay === 0), finishWithinMs);
  const liveResult = live === null ? null : await live.settle();
  return {
    measuredS,
    cpuUs: user + system,
    sources: running.map(resultOf),
    latency: all.summary(),
    lag: lag.summary(),
    live: liveResult,
    publishedCount,
    published: Object.values(published),
  };
}

const result = await run();
if (plan.etagsFile !== undefined) {
  const lines = [...world.etags].map(([viewer, etag]) => `${tokens(viewer)} ${etag}`);
  writeFileSync(plan.etagsFile, `${lines.join("\n")}\n`);
}
live?.close();
await connections.close();
say({ type: "result", result });

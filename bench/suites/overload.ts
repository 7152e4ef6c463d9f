import type { GeneratorSample } from "../load/plan.ts";
import { usageOf } from "../measure/usage.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { readBack } from "../server/read-back.ts";
import type { SuiteOptions } from "../server/served-community.ts";
import { measureScenes } from "./overload-scenes.ts";
import {
  answeredOf,
  connections,
  inScene,
  lengthOf,
  measureCapacity,
  sourceOf,
  step,
  type Kind,
  type Scene,
  type Step,
} from "./overload-step.ts";

/**
 * More than the server can do, by an open model: half of its capacity, all of it, and 2, 5 and 10 times as
 * much. The server has one core with its database, the generator the other. On a route that the database
 * bounds (publish), on one that memory answers (feed), and beside what else may befall it.
 */
const factors = [0.5, 1, 2, 5, 10] as const;
const factorMost = 10;
const p99MsMax = 100;
const notRecovered = Number.POSITIVE_INFINITY;

export function benchOverload(options: SuiteOptions): Promise<Report> {
  return inScene(options, async (scene) => {
    const { prepared, served, door } = scene;
    const publish = await measureKind(scene, "publish");
    const feed = await measureKind(scene, "feed");
    const scenes = await measureScenes(scene, {
      publish: publish.capacity,
      feed: feed.capacity,
    });
    await served.settled();
    const steps = [...publish.steps, ...feed.steps];
    const figures: Record<string, number> = {
      goodput_10x: shareOfBest(publish.steps),
      reads_goodput_10x_of_possible: shareOfPossible(feed.steps),
      admitted_p99_ms: Math.max(...steps.map((step) => step.admittedP99Ms)),
      refused_p99_ms: Math.max(...steps.map((step) => step.refusedP99Ms)),
      recover_s: Math.max(publish.recoverS, feed.recoverS),
      unintended_failures: steps.reduce((sum, { unintended }) => sum + unintended, 0),
      admin_p99_ms: Math.max(...steps.map((step) => step.adminP99Ms)),
      oldest_metrics_ms: Math.max(...steps.map((step) => step.oldestMetricsMs)),
      ...(door === null
        ? {}
        : { ssh_sign_in_ms: Math.max(...steps.map(({ signInMs }) => signInMs ?? 0)) }),
      ...figuresOf("publish", publish),
      ...figuresOf("feed", feed),
      ...scenes,
      read_back_items: await readBack(served, prepared),
    };
    return {
      suite: "overload",
      figures: roundedFigures(figures),
      notes: [
        "capacity: closed model, 64 writers and 32 readers; server and PostgreSQL on core 0, generator on core 1",
        `open model over ${String(connections)} connections; times from when a request was sent; what could not be sent within a second, because every connection waited for an answer, is told apart (not_sent)`,
        "possible: what refusing leaves room for, (1 − k·ρ)/(1 − ρ), with the measured ρ = CPU of a refusal over that of a read; where none was refused, what was answered of the best",
        "one client: nine tenths of five times the capacity come from one account, the rest from the others",
        "slow clients: 5,000 connections that send a byte of their headers a second; idle clients: as many connections as descriptors go, which send nothing and come again once they are ended; sign-ins: 500 wrong passwords a second; slow database: every write takes 200 ms longer there; half of the capacity of reads meanwhile, a quarter of it on the slow database",
        "ssh_sign_in_ms: the slowest new sign-in at an sshd on the server's core, at nice -10 in place of its unit's share; left out where there is no sshd",
        "admin: health ten times a second and metrics once, asked by a process that does not wait for its core",
      ],
      details: {
        steps: { publish: publish.steps.map(detailOf), feed: feed.steps.map(detailOf) },
      },
      charts: [goodputChart("publish", publish), goodputChart("feed", feed)],
    };
  });
}

interface Measured {
  readonly capacity: number;
  readonly steps: readonly Step[];
  readonly recoverS: number;
}

async function measureKind(scene: Scene, kind: Kind): Promise<Measured> {
  const capacity = await measureCapacity(scene, kind);
  const steps: Step[] = [];
  for (const factor of factors) {
    const sources = [sourceOf(kind, scene.prepared, capacity * factor)];
    steps.push(await step(scene, factor, { ...lengthOf(scene), sources, name: kind }));
  }
  return { capacity, steps, recoverS: await recover(scene, kind, capacity) };
}

/** Seconds from the end of the worst until half of the capacity is answered, all of it and in time. */
async function recover(
  { prepared, served, options }: Scene,
  kind: Kind,
  capacity: number,
): Promise<number> {
  const samples: GeneratorSample[] = [];
  const measuredS = options.isQuick ? 4 : 10;
  await usageOf(
    served.node,
    served.plan({
      connections,
      warmUpS: 0,
      measuredS,
      sampleEveryS: 0.5,
      sources: [sourceOf(kind, prepared, capacity / 2)],
    }),
    { folder: prepared.folder, cores: "asking", onSample: (sample) => samples.push(sample) },
  );
  const isGood = ({ failures, latency }: GeneratorSample): boolean =>
    failures === 0 && latency.p99Ms <= p99MsMax;
  const lastBad = samples.findLastIndex((sample) => !isGood(sample));
  if (lastBad === samples.length - 1) {
    return notRecovered;
  }
  return samples[lastBad]?.atS ?? 0;
}

const stepAt = (steps: readonly Step[], factor: number): Step | undefined =>
  steps.find((one) => one.factor === factor);

function shareOfBest(steps: readonly Step[]): number {
  const best = Math.max(...steps.map(({ goodput }) => goodput));
  return (stepAt(steps, factorMost)?.goodput ?? Number.NaN) / best;
}

/** What a refusal costs, as a part of what a read does. */
function costOfRefusal(steps: readonly Step[]): number {
  const calm = stepAt(steps, factors[0]);
  const most = stepAt(steps, factorMost);
  if (calm === undefined || most === undefined || most.refusedPerS === 0) {
    return Number.NaN;
  }
  const perRead = calm.usage.nodeUs / answeredOf(calm.usage);
  const { nodeUs, result } = most.usage;
  const spent = nodeUs - answeredOf(most.usage) * perRead;
  return Math.max(0, spent / (most.refusedPerS * result.measuredS) / perRead);
}

function shareOfPossible(steps: readonly Step[]): number {
  const rho = costOfRefusal(steps);
  if (Number.isNaN(rho)) {
    return shareOfBest(steps);
  }
  const possible = (1 - factorMost * rho) / (1 - rho);
  return possible <= 0 ? Number.POSITIVE_INFINITY : shareOfBest(steps) / possible;
}

function figuresOf(kind: Kind, { capacity, steps, recoverS }: Measured): Record<string, number> {
  const figures: Record<string, number> = {
    [`${kind}_capacity_per_s`]: capacity,
    [`${kind}_recover_s`]: recoverS,
    [`${kind}_refusal_over_answer_cpu`]: costOfRefusal(steps),
  };
  for (const one of steps) {
    const name = `${kind}_${String(one.factor).replace(".", "_")}x`;
    figures[`${name}_goodput`] = one.goodput;
    figures[`${name}_p99_ms`] = one.admittedP99Ms;
    figures[`${name}_refused_p99_ms`] = one.refusedP99Ms;
    figures[`${name}_not_sent`] = one.notSent;
    figures[`${name}_rss_mib`] = one.rssMib;
  }
  return figures;
}

function detailOf({ factor, usage, ...rest }: Step): unknown {
  const { result, nodeUs, databaseUs, generatorUs, tookMs } = usage;
  const { sources, lag } = result;
  return { factor, ...rest, sources, lag, nodeUs, databaseUs, generatorUs, tookMs };
}

function goodputChart(
  kind: Kind,
  { capacity, steps }: Measured,
): NonNullable<Report["charts"]>[number] {
  const points = (of: (one: Step) => number): readonly { x: number; y: number }[] =>
    steps.map((one) => ({ x: one.factor * capacity, y: of(one) }));
  return {
    kind: "lines",
    title: `Answered and refused: ${kind}`,
    unit: "a second",
    across: "asked a second",
    lines: [
      { name: "answered", points: points(({ goodput }) => goodput) },
      { name: "refused", points: points(({ refusedPerS }) => refusedPerS) },
    ],
  };
}

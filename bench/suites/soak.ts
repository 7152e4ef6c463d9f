import type { GeneratorSample } from "../load/plan.ts";
import { describeFailures, failuresOf, refuseFaults } from "../load/run-generator.ts";
import { describeMachine } from "../measure/machine.ts";
import { descriptorsOf, memoryOf } from "../measure/processes.ts";
import { socketsOf, type SocketStates } from "../measure/sockets.ts";
import { slope } from "../measure/statistics.ts";
import { coreShares, usageOf } from "../measure/usage.ts";
import type { LineChart } from "../report/chart.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { sizes } from "../seed/arithmetic.ts";
import { readBack } from "../server/read-back.ts";
import { prepare, serve, type SuiteOptions } from "../server/served-community.ts";
import { allCores, mixturePlan, peak } from "./mixture.ts";
import { warmUp } from "./warm-up.ts";

/** Whether anything grows that should not, at a rate that the machine sustains. */
const sustainedShare = 0.5;
const quickShare = 0.1;
const sPerHour = 3_600;
const mib = 1024 ** 2;
/**
 * Caches and heaps fill up first, at this rate for 18 minutes; the slope is of what comes after, and
 * what they took is told beside it.
 */
const settledFrom = 0.6;

interface Reading extends GeneratorSample {
  readonly rssMib: number;
  readonly databaseMib: number;
  readonly descriptors: number;
  readonly sockets: number;
  readonly states: SocketStates;
}

const series = {
  rss_mib: ({ rssMib }) => rssMib,
  database_mib: ({ databaseMib }) => databaseMib,
  descriptors: ({ descriptors }) => descriptors,
  sockets: ({ sockets }) => sockets,
  p50_ms: ({ latency }) => latency.p50Ms,
  p99_ms: ({ latency }) => latency.p99Ms,
} as const satisfies Readonly<Record<string, (reading: Reading) => number>>;

type SeriesName = keyof typeof series;

export async function benchSoak(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const { isQuick, say } = options;
  const prepared = await prepare(options, options.size ?? (isQuick ? sizes.small : sizes.city));
  const share = isQuick ? quickShare : sustainedShare;
  const measuredS = options.seconds ?? (isQuick ? 25 : 1_800);
  try {
    const served = await serve(prepared, { flags: allCores });
    const { node } = served;
    try {
      await served.settled();
      await warmUp(served, prepared, { cores: "any" });
      const readings: Reading[] = [];
      say(`${String(share * 100)} % of the peak for ${String(measuredS)} s`);
      const usage = await usageOf(
        node,
        mixturePlan(
          share,
          { prepared, served },
          {
            warmUpS: isQuick ? 3 : 30,
            measuredS,
            liveConnections: Math.round(peak.liveConnections * share),
            sampleEveryS: isQuick ? 1 : 10,
          },
        ),
        {
          folder: prepared.folder,
          cores: "any",
          onSample: (sample) => {
            const { rssBytes, databasePssBytes } = memoryOf(node.pid);
            const states = socketsOf(node.port);
            readings.push({
              ...sample,
              rssMib: rssBytes / mib,
              databaseMib: databasePssBytes / mib,
              descriptors: descriptorsOf(node.pid),
              sockets: states["ESTABLISHED"] ?? 0,
              states,
            });
          },
        },
      );
      refuseFaults(usage.result);
      const settled = readings.filter(({ atS }) => atS >= measuredS * settledFrom);
      const perHour = (name: SeriesName): number =>
        slope(settled.map((one) => ({ x: one.atS, y: series[name](one) }))) * sPerHour;
      const last = readings.at(-1);
      const shares = coreShares(usage);
      const figures: Record<string, number> = {
        soak_rss_mib_per_h: perHour("rss_mib"),
        soak_rss_filling_mib:
          (settled[0]?.rssMib ?? Number.NaN) - (readings[0]?.rssMib ?? Number.NaN),
        soak_descriptors_per_h: perHour("descriptors"),
        soak_sockets_per_h: perHour("sockets"),
        soak_p99_ms_per_h: perHour("p99_ms"),
        soak_errors: failuresOf(usage.result),
        soak_database_mib_per_h: perHour("database_mib"),
        ...Object.fromEntries(
          Object.entries(series).map(([name, of]) => [
            `soak_last_${name}`,
            last === undefined ? Number.NaN : of(last),
          ]),
        ),
        soak_p99_ms: usage.result.latency.p99Ms,
        node_core_share: shares.node,
        database_core_share: shares.database,
        generator_core_share: shares.generator,
        read_back_items: await readBack(served, prepared),
      };
      const chart = (title: string, unit: string, names: readonly SeriesName[]): LineChart => ({
        kind: "lines",
        title,
        unit,
        across: "s",
        lines: names.map((name) => ({
          name,
          points: readings.map((one) => ({ x: one.atS, y: series[name](one) })),
        })),
      });
      return {
        suite: "soak",
        machine,
        data: prepared.description,
        figures: roundedFigures(figures),
        notes: [
          `the mix at ${String(share * 100)} % of the peak for ${String(measuredS)} s, a reading every ${isQuick ? "second" : "10 s"}; slopes leave out the first ${String(settledFrom * 100)} %`,
          ...(isQuick ? ["a slope of less than a minute says little of an hour"] : []),
          ...(failuresOf(usage.result) > 0 ? [`failed: ${describeFailures(usage.result)}`] : []),
        ],
        details: { readings },
        charts: [
          chart("Memory", "MiB", ["rss_mib", "database_mib"]),
          chart("Descriptors and connections", "", ["descriptors", "sockets"]),
          chart("Latency", "ms", ["p50_ms", "p99_ms"]),
        ],
      };
    } finally {
      await served.stop();
    }
  } finally {
    await prepared.remove();
  }
}

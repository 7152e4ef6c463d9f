import type { GeneratorSample } from "../load/plan.ts";
import { describeFailures, failuresOf, refuseFaults } from "../load/run-generator.ts";
import { describeMachine } from "../measure/machine.ts";
import { hitShares } from "../measure/metrics.ts";
import { memoryOf } from "../measure/processes.ts";
import { socketsOf } from "../measure/sockets.ts";
import { coreShares, usageOf } from "../measure/usage.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { sizes } from "../seed/arithmetic.ts";
import { readBack, readBackPublished } from "../server/read-back.ts";
import { prepare, serve, type SuiteOptions } from "../server/served-community.ts";
import { allCores, mixturePlan, peak } from "./mixture.ts";
import { warmUp } from "./warm-up.ts";

/** The peak of ten million daily visitors on this machine, generator included. */
const quickShare = 0.1;
const mib = 1024 ** 2;

export async function benchMix(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const { isQuick, say } = options;
  const prepared = await prepare(options, options.size ?? (isQuick ? sizes.small : sizes.city));
  const share = isQuick ? quickShare : 1;
  try {
    const served = await serve(prepared, { flags: allCores });
    try {
      await served.settled();
      say(`every one of ${String(prepared.people)} viewers reads once`);
      await warmUp(served, prepared, { cores: "any" });
      const before = await served.metrics();
      const samples: GeneratorSample[] = [];
      const measuredS = options.seconds ?? (isQuick ? 20 : 600);
      say(`${String(share * 100)} % of the peak for ${String(measuredS)} s`);
      const usage = await usageOf(
        served.node,
        mixturePlan(
          share,
          { prepared, served },
          {
            warmUpS: isQuick ? 3 : 15,
            measuredS,
            liveConnections: peak.liveConnections * share,
            sampleEveryS: isQuick ? 2 : 10,
          },
        ),
        {
          folder: prepared.folder,
          cores: "any",
          onSample: (sample) => {
            samples.push(sample);
          },
        },
      );
      const { result } = usage;
      refuseFaults(result);
      await readBackPublished(served.sql, result.published);
      const shares = coreShares(usage);
      const { rssBytes, databasePssBytes } = memoryOf(served.node.pid);
      const live = result.live;
      const lost = live === null ? 0 : live.expected - live.seen;
      const figures: Record<string, number> = {
        mix_p99_ms: result.latency.p99Ms,
        mix_errors: failuresOf(result) + lost,
        mix_p50_ms: result.latency.p50Ms,
        mix_p999_ms: result.latency.p999Ms,
        mix_max_ms: result.latency.maxMs,
        mix_lag_p99_ms: result.lag.p99Ms,
        ...Object.fromEntries(
          result.sources.flatMap(({ name, latency, answered }) => [
            [`mix_${name}_p50_ms`, latency.p50Ms],
            [`mix_${name}_p99_ms`, latency.p99Ms],
            [`mix_${name}_per_s`, answered / result.measuredS],
          ]),
        ),
        mix_live_p99_ms: live?.latency.p99Ms ?? Number.NaN,
        mix_live_lost: lost,
        node_core_share: shares.node,
        database_core_share: shares.database,
        generator_core_share: shares.generator,
        machine_share: shares.all,
        memory_mib: rssBytes / mib,
        database_memory_mib: databasePssBytes / mib,
        ...hitShares(before, await served.metrics()),
        read_back_items: await readBack(served, prepared),
      };
      return {
        suite: "mix",
        machine,
        data: prepared.description,
        figures: roundedFigures(figures),
        notes: [
          `open model: ${String(peak.reads * share)} reads, ${String(peak.stories * share)} stories, ${String(peak.likes * share)} likes a second, ` +
            `${String(peak.liveConnections * share)} live streams, ${String(measuredS)} s, ${String(prepared.people)} distinct viewers, all cores, generator included`,
          "latency counts from when a request was due; what was not sent within 1 s has failed",
          ...(failuresOf(result) > 0 ? [`failed: ${describeFailures(result)}`] : []),
        ],
        details: { sockets: socketsOf(served.node.port), sources: result.sources },
        charts: [
          {
            kind: "lines",
            title: "Latency of the mix",
            unit: "ms",
            across: "s",
            lines: (["p50Ms", "p99Ms"] as const).map((name) => ({
              name: name.slice(0, -2),
              points: samples.map(({ atS, latency }) => ({ x: atS, y: latency[name] })),
            })),
          },
        ],
      };
    } finally {
      await served.stop();
    }
  } finally {
    await prepared.remove();
  }
}

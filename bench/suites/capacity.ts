import { setTimeout as pause } from "node:timers/promises";
import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { searchHighest } from "../load/search-highest.ts";
import { describeMachine } from "../measure/machine.ts";
import { descriptorsOf } from "../measure/processes.ts";
import { socketsOf } from "../measure/sockets.ts";
import { coreShares, usageOf, type Usage } from "../measure/usage.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { sizes } from "../seed/arithmetic.ts";
import { readBack } from "../server/read-back.ts";
import { prepare, serve, type SuiteOptions } from "../server/served-community.ts";
import { allCores, mixturePlan, peakPerS } from "./mixture.ts";
import { warmUp } from "./warm-up.ts";

/** The highest rate of the mix, without live streams, that this machine answers in time, generator included. */
const p99MsMax = 100;
/** Sockets that were closed are gone by then, but for TIME_WAIT. */
const closingMs = 1_500;

interface Probe {
  readonly perS: number;
  readonly usage: Usage;
}

export async function benchCapacity(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const { isQuick, say } = options;
  const prepared = await prepare(options, options.size ?? (isQuick ? sizes.small : sizes.city));
  try {
    const served = await serve(prepared, { flags: allCores });
    const { node } = served;
    try {
      await served.settled();
      await warmUp(served, prepared, { cores: "any" });
      const before = { sockets: socketsOf(node.port), descriptors: descriptorsOf(node.pid) };
      const probes: Probe[] = [];
      const highest = await searchHighest(
        {
          from: peakPerS / 16,
          factor: 2,
          closeTo: isQuick ? 0.3 : 0.04,
          probesMax: isQuick ? 6 : 14,
        },
        async (perS) => {
          const usage = await usageOf(
            node,
            mixturePlan(
              perS / peakPerS,
              { prepared, served },
              {
                warmUpS: isQuick ? 1 : 3,
                measuredS: options.seconds ?? (isQuick ? 3 : 15),
                chance: probes.length + 1,
              },
            ),
            { folder: prepared.folder, cores: "any" },
          );
          refuseFaults(usage.result);
          probes.push({ perS, usage });
          const { p99Ms } = usage.result.latency;
          const failures = failuresOf(usage.result);
          say(
            `${perS.toFixed(0)} a second: p99 ${p99Ms.toFixed(1)} ms, ${String(failures)} failures`,
          );
          return failures === 0 && p99Ms <= p99MsMax;
        },
      );
      await pause(closingMs);
      const after = { sockets: socketsOf(node.port), descriptors: descriptorsOf(node.pid) };
      const best = probes.find(({ perS }) => perS === highest);
      const shares = best === undefined ? null : coreShares(best.usage);
      const figures: Record<string, number> = {
        capacity_rps: highest,
        capacity_close_wait: after.sockets["CLOSE_WAIT"] ?? 0,
        capacity_p99_ms: best?.usage.result.latency.p99Ms ?? Number.NaN,
        capacity_share_of_peak: highest / peakPerS,
        descriptors_before: before.descriptors,
        descriptors_after: after.descriptors,
        ...(shares === null
          ? {}
          : {
              node_core_share: shares.node,
              database_core_share: shares.database,
              generator_core_share: shares.generator,
            }),
        read_back_items: await readBack(served, prepared),
      };
      return {
        suite: "capacity",
        machine,
        data: prepared.description,
        figures: roundedFigures(figures),
        notes: [
          `reads, stories and likes in the proportion of the peak, which is ${String(peakPerS)} a second; p99 of all at most ${String(p99MsMax)} ms and no failure; all cores, generator included`,
          `sockets before: ${JSON.stringify(before.sockets)}, after: ${JSON.stringify(after.sockets)}`,
        ],
        details: {
          socketsBefore: before.sockets,
          socketsAfter: after.sockets,
          probes: probes.map(({ perS, usage }) => ({
            perS,
            failures: failuresOf(usage.result),
            latency: usage.result.latency,
          })),
        },
        charts: [
          {
            kind: "lines",
            title: "Latency by rate",
            unit: "ms",
            across: "requests/s",
            lines: (["p50Ms", "p99Ms"] as const).map((name) => ({
              name: name.slice(0, -2),
              points: probes
                .toSorted((a, b) => a.perS - b.perS)
                .map(({ perS, usage }) => ({ x: perS, y: usage.result.latency[name] })),
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

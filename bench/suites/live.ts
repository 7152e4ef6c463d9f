import { describeMachine } from "../measure/machine.ts";
import { coreShares, usageOf } from "../measure/usage.ts";
import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { sizes } from "../seed/arithmetic.ts";
import { readBack, ReadBackError, readBackPublished } from "../server/read-back.ts";
import { prepare, serve, type SuiteOptions } from "../server/served-community.ts";

/**
 * How soon those who are connected see a story: one person in twenty listens, so that a story of
 * somebody with 200 friends is for ten.
 */
const listeningShare = 20;
const publishesPerS = 500;
const publishesPerSQuick = 100;

export async function benchLive(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const { isQuick, say } = options;
  const prepared = await prepare(options, options.size ?? (isQuick ? sizes.small : sizes.city));
  try {
    const served = await serve(prepared);
    try {
      await served.settled();
      const connections = prepared.community.people / listeningShare;
      const perSecond = isQuick ? publishesPerSQuick : publishesPerS;
      say(`${String(connections)} live streams, ${String(perSecond)} stories a second`);
      const usage = await usageOf(
        served.node,
        served.plan({
          connections: 64,
          warmUpS: isQuick ? 2 : 5,
          measuredS: options.seconds ?? (isQuick ? 8 : 60),
          liveConnections: connections,
          sources: [
            {
              kind: "publish",
              name: "publish",
              perSecond,
              hasKey: true,
              viewers: { from: 0, count: prepared.community.people, order: "random" },
            },
          ],
        }),
        { folder: prepared.folder, cores: "any" },
      );
      const { result, nodeUs, databaseUs } = usage;
      const { live } = result;
      refuseFaults(result);
      if (live === null) {
        throw new Error("nobody listened");
      }
      await readBackPublished(served.sql, result.published);
      if (live.seen < live.expected) {
        throw new ReadBackError(
          `${String(live.expected - live.seen)} of ${String(live.expected)} live events were not seen`,
        );
      }
      const shares = coreShares(usage);
      const figures = {
        live_p99_ms: live.latency.p99Ms,
        live_p50_ms: live.latency.p50Ms,
        live_p999_ms: live.latency.p999Ms,
        live_max_ms: live.latency.maxMs,
        live_connections: live.connections,
        live_stories: live.stories,
        live_seen: live.seen,
        live_seen_per_story: live.seen / live.stories,
        publishes_due_per_s: (result.sources[0]?.due ?? 0) / result.measuredS,
        publish_failures: failuresOf(result),
        publish_p99_ms: result.latency.p99Ms,
        story_cpu_us: (nodeUs + databaseUs) / live.stories,
        node_core_share: shares.node,
        database_core_share: shares.database,
        generator_core_share: shares.generator,
        read_back_items: await readBack(served, prepared),
      };
      return {
        suite: "live",
        machine,
        data: prepared.description,
        figures: roundedFigures(figures),
        notes: [
          "from the answer to a publish until a listener has the event, all cores, generator included; what is seen before the answer counts as 0",
          "a fixed reply has no streams to be compared with",
        ],
        charts: [
          {
            kind: "bars",
            title: "From published to seen",
            unit: "ms",
            bars: (["p50", "p99", "p999", "max"] as const).map((name) => ({
              name,
              parts: [{ name: "latency", value: live.latency[`${name}Ms`] }],
              ...(name === "p99" ? { aim: 100 } : {}),
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

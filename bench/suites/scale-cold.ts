import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { coreShares, usageOf, type Usage } from "../measure/usage.ts";
import { readBack } from "../server/read-back.ts";
import { serve, type Prepared, type SuiteOptions } from "../server/served-community.ts";

/** First pages of viewers whom this node has not seen: right after a restart, and when it is warm. */
const perSecond = 500;
const perSecondQuick = 200;

export async function measureCold(
  prepared: Prepared,
  { isQuick, say }: SuiteOptions,
): Promise<Record<string, number>> {
  const rate = isQuick ? perSecondQuick : perSecond;
  const measuredS = isQuick ? 6 : 30;
  const count = rate * measuredS;
  const served = await serve(prepared);
  const cold = (from: number): Promise<Usage> =>
    usageOf(
      served.node,
      served.plan({
        connections: 128,
        warmUpS: 0,
        measuredS,
        sources: [
          {
            kind: "feed",
            name: "cold viewer",
            perSecond: rate,
            viewers: { from, count, order: "once" },
          },
        ],
      }),
      { folder: prepared.folder, cores: "any" },
    );
  try {
    say(`${String(rate)} cold viewers a second`);
    const restarted = await cold(0);
    refuseFaults(restarted.result);
    await served.filled();
    const warm = await cold(count);
    refuseFaults(warm.result);
    const { latency } = restarted.result;
    const shares = coreShares(warm);
    return {
      cold_first_ms: latency.p99Ms,
      cold_first_p50_ms: latency.p50Ms,
      cold_first_max_ms: latency.maxMs,
      cold_failures: failuresOf(restarted.result),
      cold_filled_p99_ms: warm.result.latency.p99Ms,
      cold_filled_cpu_us: warm.nodeUs / count,
      cold_filled_database_cpu_us: warm.databaseUs / count,
      cold_node_core_share: shares.node,
      cold_database_core_share: shares.database,
      cold_read_back_items: await readBack(served, prepared),
    };
  } finally {
    await served.stop();
  }
}

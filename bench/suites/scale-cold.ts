import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { coreShares, usageOf, type Usage } from "../measure/usage.ts";
import { accountId, idBases } from "../seed/arithmetic.ts";
import { readBack } from "../server/read-back.ts";
import { serve, type Prepared, type SuiteOptions } from "../server/served-community.ts";

/**
 * First pages of viewers whom this node has not seen: right after a restart, and when it is warm.
 * They were away for days, so that whatever a node loads ahead of those who were here last is not theirs.
 */
const perSecond = 500;
const perSecondQuick = 200;
const daysAway = 2;
const dayMs = 86_400_000;

export async function measureCold(
  prepared: Prepared,
  { isQuick, say }: SuiteOptions,
): Promise<Record<string, number>> {
  const rate = isQuick ? perSecondQuick : perSecond;
  const measuredS = isQuick ? 6 : 30;
  const count = rate * measuredS;
  const firstCold = prepared.people;
  await sendAway(prepared, firstCold, count * 2);
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
    const restarted = await cold(firstCold);
    refuseFaults(restarted.result);
    await served.filled();
    const warm = await cold(firstCold + count);
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

async function sendAway(prepared: Prepared, from: number, count: number): Promise<void> {
  const bases = idBases(prepared.community);
  if (from + count > prepared.community.people) {
    throw new RangeError(`there are not ${count} people who have not been here`);
  }
  const served = await serve(prepared);
  try {
    await served.sql`
      UPDATE accounts.sessions SET last_used_ms = ${BigInt(Date.now() - daysAway * dayMs)}
      WHERE account_id >= ${accountId(bases, from)} AND account_id < ${accountId(bases, from + count)}`;
  } finally {
    await served.stop();
  }
}

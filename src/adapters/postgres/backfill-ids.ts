import { assert } from "../../kernel/assert.ts";
import { composeId, idEpochMs, sequenceMax, type Id } from "../../kernel/id.ts";
import type { BackfillIds } from "../../ports/ids.ts";
import type { TransactionSql } from "../../ports/record.ts";
import { backfillLane } from "./id-leases.ts";

const idsPerMs = sequenceMax + 1;
/** The last millisecond that 41 bits hold, since 1970. */
const timeMsMax = idEpochMs + 2 ** 41 - 1;

/** Indexes of the times that still need an id, by the millisecond in which they look for one. */
type Waiting = ReadonlyMap<number, readonly number[]>;

interface Claim {
  readonly at_ms: bigint;
  /** All claims of this millisecond so far, ours included, also those that found it full. */
  readonly used: number;
}

/**
 * Ids of the past have a lane of their own, where the record counts how many of each millisecond
 * were asked for; the rows' locks are taken in the order of time, so that imports beside each other
 * wait and do not collide. What finds its millisecond full moves to the next one.
 */
export function createBackfillIds(deps: { readonly region: number }): BackfillIds {
  const { region } = deps;

  async function claim(tx: TransactionSql, waiting: Waiting): Promise<readonly Claim[]> {
    const times = [...waiting.keys()].sort((a, b) => a - b);
    const counts = times.map((timeMs) => waiting.get(timeMs)?.length ?? 0);
    return tx<Claim[]>`
      INSERT INTO ids.backfill AS held (region, at_ms, used)
      SELECT ${region}, wanted.at_ms, wanted.count
      FROM unnest(${times}::bigint[], ${counts}::int[]) AS wanted (at_ms, count)
      ORDER BY wanted.at_ms
      ON CONFLICT (region, at_ms) DO UPDATE SET used = held.used + excluded.used
      RETURNING at_ms, used`;
  }

  return {
    async mintAt(tx, timesMs) {
      const ids: Id[] = new Array<Id>(timesMs.length).fill(0n);
      const wanted = timesMs.map((timeMs, index) => [timeMs, index] as const);
      for (const [timeMs] of wanted) {
        const possible = Number.isInteger(timeMs) && timeMs >= idEpochMs && timeMs < timeMsMax;
        assert(possible, `no id has the time ${timeMs}`);
      }
      let waiting: Waiting = grouped(wanted);
      while (waiting.size > 0) {
        const moved: (readonly [number, number])[] = [];
        for (const { at_ms, used } of await claim(tx.sql, waiting)) {
          const timeMs = Number(at_ms);
          const indexes = waiting.get(timeMs) ?? [];
          indexes.forEach((index, i) => {
            const sequence = used - indexes.length + i;
            if (sequence < idsPerMs) {
              ids[index] = composeId({ timeMs, region, lane: backfillLane, sequence });
            } else {
              moved.push([timeMs + 1, index]);
            }
          });
        }
        waiting = grouped(moved);
      }
      return ids;
    },
  };
}

function grouped(wanted: readonly (readonly [timeMs: number, index: number])[]): Waiting {
  const groups = new Map<number, number[]>();
  for (const [timeMs, index] of wanted) {
    const group = groups.get(timeMs);
    if (group === undefined) {
      groups.set(timeMs, [index]);
    } else {
      group.push(index);
    }
  }
  return groups;
}

import { idFloorAt } from "../../kernel/id.ts";
import type { PartitionedTable, Partitions, Sql } from "../../ports/record.ts";

/**
 * Monthly partitions by id, which is time: `stories.stories_y2026m11` holds the ids from the first
 * millisecond of the month (UTC) to the first of the next.
 */

/** Months made ahead, so that a node that misses a day of jobs still has where to write. */
export const monthsAhead = 3;

interface Month {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
}

function monthOf(timeMs: number): Month {
  const date = new Date(timeMs);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 };
}

function startMs({ year, month }: Month): number {
  return Date.UTC(year, month - 1, 1);
}

function next({ year, month }: Month): Month {
  return month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
}

function keyOf({ year, month }: Month): string {
  return `y${String(year)}m${String(month).padStart(2, "0")}`;
}

/** This month and the months ahead of it, as times. */
export function upcomingMonthsMs(nowMs: number): readonly number[] {
  const times: number[] = [];
  let month = monthOf(nowMs);
  for (let i = 0; i <= monthsAhead; i += 1) {
    times.push(startMs(month));
    month = next(month);
  }
  return times;
}

export function createPartitions(sql: Sql, tables: readonly PartitionedTable[]): Partitions {
  const made = new Set<string>();

  async function make(month: Month): Promise<void> {
    const from = idFloorAt(startMs(month));
    const to = idFloorAt(startMs(next(month)));
    await sql.begin(async (tx) => {
      // One maker at a time. Attaching an empty table takes a lock that readers and writers of the
      // parent do not notice, which CREATE TABLE … PARTITION OF would not.
      await tx`SELECT pg_advisory_xact_lock(hashtextextended('maru partitions', 0))`;
      for (const { schema, table } of tables) {
        const parent = `${schema}.${table}`;
        const name = `${parent}_${keyOf(month)}`;
        const [found] = await tx<
          { there: boolean }[]
        >`SELECT to_regclass(${name}) IS NOT NULL AS there`;
        if (found?.there !== true) {
          await tx.unsafe(`
            CREATE TABLE ${name} (LIKE ${parent} INCLUDING DEFAULTS INCLUDING STORAGE);
            ALTER TABLE ${parent} ATTACH PARTITION ${name} FOR VALUES FROM (${String(from)}) TO (${String(to)})`);
        }
      }
    });
  }

  return {
    async ensureFor(timesMs) {
      const months = new Map(timesMs.map((timeMs) => [keyOf(monthOf(timeMs)), monthOf(timeMs)]));
      for (const [key, month] of months) {
        if (!made.has(key)) {
          await make(month);
          made.add(key);
        }
      }
    },
  };
}

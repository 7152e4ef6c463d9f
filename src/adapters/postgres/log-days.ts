import type { Sql, TransactionSql } from "../../ports/record.ts";

/**
 * The days of `log.events`: made ahead, and dropped whole when everyone has had time enough to
 * read them. A day is the one (UTC, PostgreSQL's clock) on which an event was positioned.
 */

/** Live streams and views may go back this far. */
export const daysKept = 7;
/** A durable consumer that stands still keeps days for its sake, but no longer than this. */
export const daysKeptMax = 30;
const daysAhead = 2;
/** Dropping needs a moment without readers; what does not come now comes at the next turn. */
const lockTimeoutMs = 500;
const secondsPerDay = 86_400;

const dayPattern = /^events_(\d{4})_(\d{2})_(\d{2})$/;

function nameOf(day: string): string {
  return `events_${day.replaceAll("-", "_")}`;
}

export async function makeDays(sql: Sql): Promise<void> {
  await sql.begin(async (tx: TransactionSql) => {
    await tx`SELECT pg_advisory_xact_lock(hashtextextended('maru log days', 0))`;
    const missing = await tx<{ day: string; next: string }[]>`
      SELECT day::text, (day + 1)::text AS next
      FROM (SELECT (now() AT TIME ZONE 'UTC')::date + n AS day FROM generate_series(-1, ${daysAhead}) AS n) AS days
      WHERE to_regclass('log.' || 'events_' || to_char(day, 'YYYY_MM_DD')) IS NULL
      ORDER BY day`;
    for (const { day, next } of missing) {
      // Attaching takes a lock that readers and writers do not notice.
      await tx.unsafe(`
        CREATE TABLE log.${nameOf(day)} (LIKE log.events INCLUDING DEFAULTS INCLUDING STORAGE);
        ALTER TABLE log.events ATTACH PARTITION log.${nameOf(day)} FOR VALUES FROM ('${day}') TO ('${next}')`);
    }
  });
}

/**
 * Drops the days that are over for more than `daysKept` days and read by every durable consumer,
 * and those over for more than `daysKeptMax` in any case. Returns the names of the dropped days.
 */
export async function dropOldDays(sql: Sql): Promise<readonly string[]> {
  const tables = await sql<{ name: string; age_s: number }[]>`
    SELECT relname AS name,
      extract(epoch FROM now() - (to_date(substr(relname, 8), 'YYYY_MM_DD') + 1))::float8 AS age_s
    FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent = 'log.events'::regclass
    ORDER BY relname`;
  const dropped: string[] = [];
  for (const { name, age_s } of tables) {
    if (dayPattern.test(name) && age_s > daysKept * secondsPerDay) {
      if (age_s <= daysKeptMax * secondsPerDay && (await isUnread(sql, name))) {
        break;
      }
      await sql.begin(async (tx: TransactionSql) => {
        await tx.unsafe(`SET LOCAL lock_timeout = ${lockTimeoutMs}; DROP TABLE log.${name}`);
      });
      dropped.push(name);
    }
  }
  return dropped;
}

async function isUnread(sql: Sql, table: string): Promise<boolean> {
  const [row] = await sql<{ unread: boolean | null }[]>`
    SELECT (SELECT min(position) FROM log.consumers) < (SELECT max(position) FROM log.${sql(table)}) AS unread`;
  return row?.unread === true;
}

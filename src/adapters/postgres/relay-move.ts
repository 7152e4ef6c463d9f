import type { EventEnvelope } from "../../ports/log.ts";
import type { Sql } from "../../ports/record.ts";
import { eventOf, type EventRow } from "./event-row.ts";
import { logName } from "./log-schema.ts";
import { isRelayFree, relayLeaseTtlMs, type RelayLease } from "./relay-lease.ts";

/** How far the log has come: every event of a transaction below `xmin` has a position up to `position`. */
export interface Watermark {
  readonly epoch: number;
  readonly xmin: bigint;
  readonly position: number;
}

export interface Moved {
  /** In order, without gaps. */
  readonly events: readonly EventEnvelope[];
  readonly watermark: Watermark;
  /** There may be more that could have a position. */
  readonly more: boolean;
  /** The lowest transaction that runs. */
  readonly runningXmin: bigint;
  /** When the oldest event was written that waits for a running transaction; null: none does. */
  readonly heldAtMs: number | null;
}

/** Enough to keep up with any load, few enough to be over in milliseconds. */
export const batchSizeMax = 1_000;

interface MovedRow extends Omit<EventRow, "position" | "epoch"> {
  readonly position: bigint | null;
  readonly epoch: number;
  readonly log_position: bigint;
  readonly taken: number;
  readonly oldest_running: string;
  readonly covered: string;
  readonly held_at_ms: bigint | null;
}

/**
 * Gives positions to a batch of events, in one statement and so in one transaction. Null: the
 * lease is another's, and nothing was done.
 *
 * - The lease is checked on the row that holds the position, and that row stays locked until the
 *   transaction ends. A relay that was paused in the middle therefore finds its epoch outdated, or
 *   is still the only one. Without the lease nothing is taken.
 * - Every transaction below the snapshot's xmin is over, and what of it was committed is visible.
 *   No event can come later with a place before these.
 * - Its commit need not be on disk (`synchronous_commit = off`): a position follows from the order
 *   of (transaction_id, n) alone, and every event that could be seen here is on disk before. When
 *   the server crashes, the same events come back to the outbox and get the same positions; nothing
 *   that was lost with them had a lower transaction id, and no lower one is ever given again.
 */
export async function moveBatch(
  sql: Sql,
  lease: RelayLease,
  limit: number = batchSizeMax,
): Promise<Moved | null> {
  const rows = await sql<MovedRow[]>`
    WITH lease AS MATERIALIZED (
      SELECT position, epoch, moved_below, pg_snapshot_xmin(pg_current_snapshot()) AS oldest_running,
        set_config('synchronous_commit', 'off', true) AS synchronous_commit
      FROM log.state
      WHERE log = ${logName} AND holder = ${lease.holder} AND holder_epoch = ${lease.holderEpoch}
      FOR UPDATE
    ), taken AS MATERIALIZED (
      SELECT outbox.*
      FROM lease, LATERAL log.take(lease.moved_below, lease.oldest_running, ${limit}) AS outbox
    ), numbered AS MATERIALIZED (
      SELECT lease.position + row_number() OVER (ORDER BY transaction_id, n) AS position, taken.*
      FROM taken CROSS JOIN lease
    ), counted AS MATERIALIZED (
      SELECT lease.position + (SELECT count(*) FROM taken) AS log_position, lease.epoch, lease.oldest_running,
        (SELECT count(*) FROM taken)::int AS taken,
        CASE WHEN (SELECT count(*) FROM taken) < ${limit}
          -- The snapshot may be older than the row, for which another relay made this one wait.
          THEN greatest(lease.oldest_running, lease.moved_below)
          ELSE (SELECT transaction_id FROM taken ORDER BY transaction_id DESC LIMIT 1) END AS covered
      FROM lease
    ), written AS (
      INSERT INTO log.events (position, day, epoch, transaction_id, id, aggregate_id, version, actor_id,
        at_ms, region, type, aggregate_type, request_id, traceparent, data)
      SELECT numbered.position, (now() AT TIME ZONE 'UTC')::date, epoch, transaction_id, id, aggregate_id,
        version, actor_id, at_ms, region, type, aggregate_type, request_id, traceparent, data
      FROM numbered CROSS JOIN counted
    ), advanced AS (
      UPDATE log.state SET position = counted.log_position, moved_below = counted.covered,
        expires_at = clock_timestamp() + ${relayLeaseTtlMs} * interval '1 ms'
      FROM counted WHERE log = ${logName} AND counted.taken > 0
    )
    SELECT counted.*, numbered.position, transaction_id, id, aggregate_id, version, actor_id, at_ms, region,
      type, aggregate_type, request_id, traceparent, data,
      (SELECT at_ms FROM log.outbox WHERE transaction_id >= (SELECT oldest_running FROM lease)
        ORDER BY transaction_id, n LIMIT 1) AS held_at_ms
    FROM counted LEFT JOIN numbered ON true
    ORDER BY numbered.position`;
  const [first] = rows;
  if (first === undefined) {
    return null;
  }
  return {
    events: rows.filter(isPositioned).map(eventOf),
    watermark: {
      epoch: first.epoch,
      xmin: BigInt(first.covered),
      position: Number(first.log_position),
    },
    more: first.taken === limit,
    runningXmin: BigInt(first.oldest_running),
    heldAtMs: first.held_at_ms === null ? null : Number(first.held_at_ms),
  };
}

function isPositioned(row: MovedRow): row is MovedRow & EventRow {
  return row.position !== null;
}

export interface LogState {
  readonly holder: string | null;
  readonly holderEpoch: bigint;
  /** Nobody holds the lease, or who did has not renewed it. */
  readonly free: boolean;
  /** Null while there are events below the running transactions that have no position yet. */
  readonly watermark: Watermark | null;
  readonly position: number;
  readonly epoch: number;
  readonly runningXmin: bigint;
  readonly heldAtMs: number | null;
}

interface StateRow {
  readonly position: bigint;
  readonly epoch: number;
  readonly holder: string | null;
  readonly holder_epoch: bigint;
  readonly free: boolean;
  readonly oldest_running: string;
  readonly due: boolean;
  readonly held_at_ms: bigint | null;
}

/** Looks at the log without a lock or a write; any node may. All values are of one snapshot. */
export async function readLogState(sql: Sql): Promise<LogState> {
  const [row] = await sql<StateRow[]>`
    SELECT position, epoch, holder, holder_epoch, oldest_running, ${isRelayFree(sql)} AS free,
      EXISTS (SELECT FROM log.outbox WHERE transaction_id >= moved_below AND transaction_id < oldest_running) AS due,
      (SELECT at_ms FROM log.outbox WHERE transaction_id >= oldest_running ORDER BY transaction_id, n LIMIT 1) AS held_at_ms
    FROM log.state, (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest_running) AS running
    WHERE log = ${logName}`;
  if (row === undefined) {
    throw new Error(`there is no log ${logName}`);
  }
  const position = Number(row.position);
  return {
    holder: row.holder,
    holderEpoch: row.holder_epoch,
    free: row.free,
    watermark: row.due ? null : { epoch: row.epoch, xmin: BigInt(row.oldest_running), position },
    position,
    epoch: row.epoch,
    runningXmin: BigInt(row.oldest_running),
    heldAtMs: row.held_at_ms === null ? null : Number(row.held_at_ms),
  };
}

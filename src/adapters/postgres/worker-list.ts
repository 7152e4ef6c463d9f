import { idArray, type Sql, type Transaction } from "../../ports/record.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import { eventOf, storedEvent, type EventRow } from "./event-row.ts";

/** What a worker has to do, in `log.work`. All but taking asks for the lease, so that it does nothing to what is another's. */
export interface WorkList {
  /** In the transaction in which the worker's consumer has its progress. What is there already stays as it is. */
  add(tx: Transaction, event: EventEnvelope): Promise<void>;
  /** What is due, the oldest first, under a lease from here on; this attempt is counted already. */
  take(most: number): Promise<readonly WorkEntry[]>;
  /** Gives the leases that are still there, and whether the entry is this holder's for longer now. */
  renew(entries: readonly WorkEntry[]): Promise<ReadonlyMap<string, boolean>>;
  /** Gives it away, to be due after this time. False: it is another's. */
  putOff(entry: WorkEntry, how: PutOff): Promise<boolean>;
  /** The end of the work. False: it is another's. */
  remove(tx: Transaction, entry: WorkEntry): Promise<boolean>;
  /** Makes it a dead letter. False: it is another's. */
  bury(tx: Transaction, entry: WorkEntry, how: Burial): Promise<boolean>;
  /** Makes due what this holder has taken and does not know of; `attempts` of each are not counted. */
  takeBack(known: readonly string[], attempts: 0 | 1): Promise<void>;
}

export interface WorkEntry {
  readonly event: EventEnvelope;
  /** Of this taking alone. */
  readonly lease: string;
  /** With the one that begins now. */
  readonly attempts: number;
  /** What an earlier attempt failed with. */
  readonly lastError: string | null;
}

export interface PutOff {
  readonly waitMs: number;
  /** As many as count. */
  readonly attempts: number;
  /** What the last of them failed with; null: what is known of it stays. */
  readonly error: string | null;
}

export interface Burial {
  readonly attempts: number;
  readonly error: string;
}

interface TakenRow extends EventRow {
  readonly lease: string;
  readonly attempts: number;
  readonly last_error: string | null;
}

export function createWorkList(deps: {
  readonly sql: Sql;
  readonly worker: string;
  /** Names this process among the nodes. */
  readonly holder: string;
  readonly leaseMs: number;
}): WorkList {
  const { sql, worker, holder, leaseMs } = deps;
  return {
    async add(tx, event) {
      const stored = tx.sql.json(storedEvent(event));
      await tx.sql`
        INSERT INTO log.work (worker, event_id, position, event)
        VALUES (${worker}, ${event.id}, ${event.position}, ${stored})
        ON CONFLICT (worker, event_id) DO NOTHING`;
    },
    async take(most) {
      const rows = await sql<TakenRow[]>`
        SELECT taken.lease, taken.attempts, taken.last_error, stored.*
        FROM log.take_work(${worker}, ${most}, ${holder}, ${leaseMs}) AS taken,
          jsonb_populate_record(NULL::log.events, taken.event) AS stored
        ORDER BY stored.position`;
      return rows.map((row) => ({
        event: eventOf(row),
        lease: row.lease,
        attempts: row.attempts,
        lastError: row.last_error,
      }));
    },
    async renew(entries) {
      const ids = idArray(entries.map(({ event }) => event.id));
      const leases = entries.map(({ lease }) => lease);
      // A row that is locked is being ended by its holder, and need not be waited for.
      const rows = await sql<{ lease: string; renewed: boolean }[]>`
        WITH held AS (
          SELECT event_id, lease FROM unnest(${ids}::bigint[], ${leases}::uuid[]) AS held (event_id, lease)
        ), ours AS (
          SELECT event_id, lease FROM log.work JOIN held USING (event_id, lease) WHERE worker = ${worker}
        ), free AS (
          SELECT event_id FROM log.work JOIN held USING (event_id, lease)
          WHERE worker = ${worker} FOR UPDATE OF work SKIP LOCKED
        ), renewed AS (
          UPDATE log.work AS entry SET due_at = clock_timestamp() + ${leaseMs} * interval '1 ms'
          FROM free WHERE entry.worker = ${worker} AND entry.event_id = free.event_id
          RETURNING entry.lease
        )
        SELECT lease, lease IN (SELECT lease FROM renewed) AS renewed FROM ours`;
      return new Map(rows.map(({ lease, renewed }) => [lease, renewed]));
    },
    async putOff({ event, lease }, { waitMs, attempts, error }) {
      const put = await sql`
        UPDATE log.work SET
          due_at = clock_timestamp() + ${waitMs} * interval '1 ms',
          attempts = ${attempts},
          last_error = coalesce(${error}, last_error),
          holder = NULL,
          lease = NULL
        WHERE worker = ${worker} AND event_id = ${event.id} AND lease = ${lease}
        RETURNING 1 AS one`;
      return put.length > 0;
    },
    async remove(tx, { event, lease }) {
      const removed = await tx.sql`
        DELETE FROM log.work WHERE worker = ${worker} AND event_id = ${event.id} AND lease = ${lease}
        RETURNING 1 AS one`;
      return removed.length > 0;
    },
    async bury(tx, { event, lease }, { attempts, error }) {
      const buried = await tx.sql`
        WITH removed AS (
          DELETE FROM log.work WHERE worker = ${worker} AND event_id = ${event.id} AND lease = ${lease}
          RETURNING position, event
        )
        INSERT INTO log.dead_letters (consumer, event_id, position, attempts, error, failed_at, event)
        SELECT ${worker}, ${event.id}, position, ${attempts}, ${error}, clock_timestamp(), event FROM removed
        ON CONFLICT (consumer, event_id) DO UPDATE
          SET attempts = excluded.attempts, error = excluded.error, failed_at = excluded.failed_at
        RETURNING 1 AS one`;
      return buried.length > 0;
    },
    async takeBack(known, attempts) {
      await sql`
        UPDATE log.work SET
          due_at = clock_timestamp(), attempts = attempts - ${attempts}, holder = NULL, lease = NULL
        WHERE worker = ${worker} AND holder = ${holder} AND lease <> ALL (${[...known]}::uuid[])`;
    },
  };
}

/** What waits for a worker. */
export interface Waiting {
  /** Due and not taken; counted no further than `countedMax`. */
  readonly count: number;
  /** For how long the oldest has been due. */
  readonly oldestMs: number;
}

const countedMax = 10_000;

export async function waitingFor(
  sql: Sql,
  workers: readonly string[],
): Promise<ReadonlyMap<string, Waiting>> {
  const rows = await sql<{ worker: string; count: number; oldest_ms: number }[]>`
    SELECT worker, count,
      greatest(0, coalesce(extract(epoch FROM now() - oldest) * 1000, 0))::float8 AS oldest_ms
    FROM unnest(${[...workers]}::text[]) AS worker, LATERAL (
      SELECT count(*)::int AS count, min(due_at) AS oldest
      FROM (
        SELECT due_at FROM log.work WHERE work.worker = worker.worker AND due_at <= now()
        ORDER BY due_at LIMIT ${countedMax}
      ) AS due
    ) AS waiting`;
  return new Map(
    rows.map(({ worker, count, oldest_ms }) => [worker, { count, oldestMs: oldest_ms }]),
  );
}

/** What is due later than anything can be was put off by a clock that has been put right since. */
export async function bringBack(
  sql: Sql,
  workers: readonly string[],
  furthestMs: number,
): Promise<void> {
  await sql`
    UPDATE log.work SET due_at = clock_timestamp()
    WHERE worker = ANY (${[...workers]}::text[]) AND due_at > now() + ${furthestMs} * interval '1 ms'`;
}

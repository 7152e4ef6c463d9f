import { internalContext, type Context } from "../../kernel/context.ts";
import type { DeadLetter, DeadLetters, DurableConsumer, EventEnvelope } from "../../ports/log.ts";
import { idArray, type RecordPort, type Sql, type Transaction } from "../../ports/record.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { errorText, isEventsFault } from "./consumer-failure.ts";
import { eventOf, type EventRow } from "./event-row.ts";

const listedMax = 1_000;

interface DeadLetterRow extends EventRow {
  readonly consumer: string;
  readonly attempts: number;
  readonly error: string;
  readonly failed_at_ms: bigint;
}

/** What operators see and do; the consumers' nodes handle what was sent back. */
export function createDeadLetters(deps: {
  readonly sql: Sql;
  readonly redriven: () => void;
}): DeadLetters {
  const { sql, redriven } = deps;
  return {
    async list(context, { consumer, limit }) {
      context.deadline.check();
      // The event was kept as JSON; PostgreSQL reads it back, because ids exceed JSON's numbers here.
      const rows = await sql<DeadLetterRow[]>`
        SELECT consumer, attempts, error, (extract(epoch FROM failed_at) * 1000)::bigint AS failed_at_ms, stored.*
        FROM log.dead_letters AS letter, jsonb_populate_record(NULL::log.events, letter.event) AS stored
        WHERE ${consumer === undefined ? sql`true` : sql`consumer = ${consumer}`}
        ORDER BY failed_at, letter.position, consumer LIMIT ${Math.min(limit, listedMax)}`;
      return rows.map((row): DeadLetter => ({
        consumer: row.consumer,
        event: eventOf(row),
        attempts: row.attempts,
        error: row.error,
        atMs: Number(row.failed_at_ms),
      }));
    },
    async redrive(context, { consumer, ids }) {
      context.deadline.check();
      const marked = await sql`
        UPDATE log.dead_letters SET redrive_at = clock_timestamp()
        WHERE ${consumer === undefined ? sql`true` : sql`consumer = ${consumer}`}
          AND ${ids === undefined ? sql`true` : sql`event_id = ANY (${idArray(ids)}::bigint[])`}
          AND redrive_at IS NULL
        RETURNING 1 AS one`;
      if (marked.length > 0) {
        redriven();
      }
      return marked.length;
    },
  };
}

/** Consumers to which an operator sent something back. */
export async function consumersToRedrive(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql<{ consumer: string }[]>`
    SELECT DISTINCT consumer FROM log.dead_letters WHERE redrive_at IS NOT NULL`;
  return new Set(rows.map((row) => row.consumer));
}

export interface RedriveDeps {
  readonly consumer: DurableConsumer;
  readonly record: RecordPort;
  readonly sql: Sql;
  readonly logger: Logger;
  readonly contextOf: (event: EventEnvelope) => Context;
  readonly causedBy: (tx: Transaction, context: Context) => Transaction;
}

/**
 * Handles one dead letter that was sent back, in a transaction of its own with its removal; when
 * that fails it stays a dead letter, with what it failed with now. False: there is none.
 */
export async function redriveOne(deps: RedriveDeps): Promise<boolean> {
  const { consumer, record, sql, logger } = deps;
  let tried: EventEnvelope | null = null;
  try {
    const { value } = await record.write(
      internalContext(`consumer ${consumer.name}`),
      async (tx) => {
        tried = null;
        const [row] = await tx.sql<EventRow[]>`
          WITH letter AS (
            SELECT event FROM log.dead_letters
            WHERE consumer = ${consumer.name} AND redrive_at IS NOT NULL
            ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED
          )
          SELECT stored.* FROM letter, jsonb_populate_record(NULL::log.events, letter.event) AS stored`;
        if (row === undefined) {
          return false;
        }
        const event = eventOf(row);
        tried = event;
        const context = deps.contextOf(event);
        await consumer.handle(context, event, deps.causedBy(tx, context));
        await tx.sql`DELETE FROM log.dead_letters WHERE consumer = ${consumer.name} AND event_id = ${event.id}`;
        return true;
      },
    );
    return value;
  } catch (error) {
    const event = tried as EventEnvelope | null;
    if (event === null || !isEventsFault(error)) {
      throw error;
    }
    await sql`
      UPDATE log.dead_letters
      SET attempts = attempts + 1, error = ${errorText(error)}, failed_at = clock_timestamp(), redrive_at = NULL
      WHERE consumer = ${consumer.name} AND event_id = ${event.id}`;
    const fields = { err: error, consumer: consumer.name, eventId: String(event.id) };
    logger.error(fields, "A dead letter failed again");
    return true;
  }
}

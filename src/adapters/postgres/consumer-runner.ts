import { internalContext, type Context } from "../../kernel/context.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DurableConsumer, EventEnvelope } from "../../ports/log.ts";
import type { RecordPort, Sql, Transaction, TransactionSql } from "../../ports/record.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { backOffMs, errorText, isEventsFault, type BackOff } from "./consumer-failure.ts";
import { eventOf, type EventRow } from "./event-row.ts";
import { logName } from "./log-schema.ts";

/** Bounds of the work in one transaction, which holds back the log while it is open. */
const batchEventsMax = 100;
const batchMsMax = 500;
/** Progress over events of other types is stored once it is this far ahead of what is stored. */
const silentProgressMax = 1_000;
/** Another node runs this consumer. */
const busyMs = 1_000;

export interface ConsumerRunnerDeps {
  readonly consumer: DurableConsumer;
  readonly record: RecordPort;
  /** For looking and for counting attempts, apart from the consumer's own transactions. */
  readonly sql: Sql;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backOff: BackOff;
  /** 0 to 1. */
  readonly chance: () => number;
  /** Makes the events that a handler appends carry the ids of the event that caused them. */
  readonly causedBy: (tx: Transaction, context: Context) => Transaction;
  readonly outcome: (outcome: "handled" | "failed" | "dead") => void;
}

/** What a turn came to: more may wait, nothing does, or try again after so many milliseconds. */
export type Turn = "more" | "idle" | number;

export interface ConsumerRunner {
  readonly consumer: DurableConsumer;
  /** Handles what is due in one transaction. Throws where the record fails. */
  turn(): Promise<Turn>;
}

/** The request that caused the event goes on in what handling it does. */
export function contextOf(event: EventEnvelope): Context {
  return { ...internalContext(event.requestId), traceparent: event.traceparent };
}

interface Progress {
  readonly position: bigint;
  readonly attempts: number;
  readonly wait_ms: number;
}

export function createConsumerRunner(deps: ConsumerRunnerDeps): ConsumerRunner {
  const { consumer, record, sql, clock, logger } = deps;
  const { name } = consumer;
  /** Up to here there is nothing for this consumer that is not handled; rises alone. */
  let seen = 0;
  /** After a batch has failed, its events come one by one, so that the one at fault is found. */
  let oneByOneUpTo = 0;

  /** A look without a transaction. True: something is there to be handled. */
  async function somethingIsDue(): Promise<boolean> {
    const [row] = await sql<{ position: bigint; head: bigint; due: boolean }[]>`
      SELECT position, head, EXISTS (
        SELECT FROM log.events AS event
        WHERE event.position > greatest(consumer.position, ${seen}) AND event.position <= head
          AND type = ANY (${[...consumer.types]})) AS due
      FROM log.consumers AS consumer, (SELECT position AS head FROM log.state WHERE log = ${logName}) AS state
      WHERE name = ${name}`;
    if (row === undefined || row.due) {
      return row !== undefined;
    }
    seen = Math.max(seen, Number(row.head));
    if (seen - Number(row.position) >= silentProgressMax) {
      await sql`UPDATE log.consumers SET position = ${seen} WHERE name = ${name} AND position = ${row.position}`;
    }
    return false;
  }

  async function due(
    tx: TransactionSql,
    after: number,
    limit: number,
  ): Promise<readonly EventEnvelope[]> {
    const rows = await tx<EventRow[]>`
      SELECT position, epoch, transaction_id, id, aggregate_id, version, actor_id, at_ms, region, type,
        aggregate_type, request_id, traceparent, data
      FROM log.events
      WHERE position > ${after} AND type = ANY (${[...consumer.types]})
        AND position <= (SELECT position FROM log.state WHERE log = ${logName})
      ORDER BY position LIMIT ${limit}`;
    return rows.map(eventOf);
  }

  async function handle(event: EventEnvelope, tx: Transaction): Promise<void> {
    const context = contextOf(event);
    await consumer.handle(context, event, deps.causedBy(tx, context));
  }

  /** Effects and progress are one transaction: both are there, or neither. */
  async function handleBatch(tx: Transaction, tried: EventEnvelope[]): Promise<Turn> {
    tried.length = 0;
    const [progress] = await tx.sql<Progress[]>`
      SELECT position, attempts, CASE WHEN retry_at > clock_timestamp()
        THEN (extract(epoch FROM retry_at - clock_timestamp()) * 1000)::float8 ELSE 0 END AS wait_ms
      FROM log.consumers WHERE name = ${name} FOR UPDATE SKIP LOCKED`;
    if (progress === undefined) {
      return busyMs;
    }
    if (progress.wait_ms > 0) {
      return Math.ceil(progress.wait_ms);
    }
    const after = Math.max(seen, Number(progress.position));
    const alone = progress.attempts > 0 || after < oneByOneUpTo;
    const events = await due(tx.sql, after, alone ? 1 : batchEventsMax);
    const endMs = clock.monotonicMs() + batchMsMax;
    for (const event of events) {
      if (tried.length > 0 && clock.monotonicMs() >= endMs) {
        break;
      }
      tried.push(event);
      await handle(event, tx);
    }
    const last = tried.at(-1);
    if (last === undefined) {
      return "idle";
    }
    await tx.sql`
      UPDATE log.consumers SET position = ${last.position}, attempts = 0, last_error = NULL WHERE name = ${name}`;
    return "more";
  }

  /** Counts the attempt, where a restart finds it; after the last the event is a dead letter. */
  async function fail(event: EventEnvelope, error: unknown): Promise<Turn> {
    const text = errorText(error);
    const position = event.position ?? 0;
    const dead = await sql.begin(async (tx: TransactionSql) => {
      const [counted] = await tx<{ attempts: number }[]>`
        UPDATE log.consumers SET attempts = attempts + 1, last_error = ${text}
        WHERE name = ${name} AND position < ${position} RETURNING attempts`;
      if (counted === undefined) {
        return false;
      }
      const { attempts } = counted;
      if (attempts < consumer.attemptsMax) {
        const waitMs = backOffMs(deps.backOff, attempts, deps.chance());
        await tx`
          UPDATE log.consumers SET retry_at = clock_timestamp() + ${waitMs} * interval '1 ms' WHERE name = ${name}`;
        return false;
      }
      await tx`
        INSERT INTO log.dead_letters (consumer, event_id, position, attempts, error, failed_at, event)
        SELECT ${name}, id, position, ${attempts}, ${text}, clock_timestamp(), to_jsonb(event)
        FROM log.events AS event WHERE position = ${position}
        ON CONFLICT (consumer, event_id) DO NOTHING`;
      await tx`UPDATE log.consumers SET position = ${position}, attempts = 0 WHERE name = ${name}`;
      return true;
    });
    const fields = { err: error, consumer: name, eventId: String(event.id), position };
    if (dead) {
      deps.outcome("dead");
      logger.error(fields, "A consumer gave up on an event; it is a dead letter now");
    } else {
      deps.outcome("failed");
      logger.warn(fields, "A consumer failed on an event; trying again");
    }
    return "more";
  }

  return {
    consumer,
    async turn() {
      if (!(await somethingIsDue())) {
        return "idle";
      }
      const tried: EventEnvelope[] = [];
      const context = internalContext(`consumer ${name}`);
      try {
        const { value } = await record.write(context, (tx) => handleBatch(tx, tried));
        tried.forEach(() => {
          deps.outcome("handled");
        });
        return value;
      } catch (error) {
        const last = tried.at(-1);
        if (last === undefined) {
          throw error;
        }
        if (tried.length > 1) {
          // Also where the fault is not the events' own: together they may ask for more locks or
          // memory than there are, and would ask for them again and again.
          oneByOneUpTo = last.position ?? 0;
        }
        if (!isEventsFault(error)) {
          throw error;
        }
        if (tried.length > 1) {
          return "more";
        }
        return fail(last, error);
      }
    },
  };
}

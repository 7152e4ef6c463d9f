import { createBulkhead } from "../../kernel/bulkhead.ts";
import type { Context } from "../../kernel/context.ts";
import { orDeadline } from "../../kernel/deadline.ts";
import type { NewEvent } from "../../ports/log.ts";
import type { Committed, RecordPort, Transaction, TransactionSql } from "../../ports/record.ts";
import { noTracer, type Metrics, type Tracer } from "../../ports/telemetry.ts";
import type { Doubts } from "./doubts.ts";
import { committedEvent, type EventSink } from "./event-sink.ts";
import { appendToOutbox } from "./outbox.ts";
import { poolSizesDefault, type Pools, type PoolSizes } from "./pools.ts";
import { asProblem, isRepeatable } from "./record-errors.ts";

/** The record on PostgreSQL: pools behind bulkheads, transactions that carry their events. */

/** A deadlock's loser runs again; three times in a row is a storm, and the client should back off. */
const attemptsMax = 3;
/** For each connection this many wait; more would only wait past their deadlines. */
const queuePerConnection = 32;
const secondsPerMs = 0.001;
const durationBucketsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

interface Attempt<T> {
  readonly value: T;
  readonly transactionId: bigint | null;
  readonly prepared: ReturnType<EventSink["prepare"]>;
}

export function createRecord(deps: {
  readonly pools: Pools;
  readonly sizes?: PoolSizes;
  readonly sink: EventSink;
  /** Not needed where no view is read. */
  readonly doubts?: Doubts;
  readonly metrics: Metrics;
  readonly monotonicMs: () => number;
  readonly tracer?: Tracer;
}): RecordPort {
  const { pools, sink, doubts, metrics, monotonicMs } = deps;
  const tracer = deps.tracer ?? noTracer;
  const sizes = deps.sizes ?? poolSizesDefault;
  const bulkhead = (pool: "read" | "write"): ReturnType<typeof createBulkhead> => {
    const places = createBulkhead({
      concurrencyMax: sizes[pool],
      queueMax: sizes[pool] * queuePerConnection,
    });
    metrics.gauge(
      `maru_record_${pool}_running`,
      `Work that holds a ${pool} connection.`,
      places.running,
    );
    metrics.gauge(
      `maru_record_${pool}_waiting`,
      `Work that waits for a ${pool} connection.`,
      places.waiting,
    );
    return places;
  };
  const readers = bulkhead("read");
  const writers = bulkhead("write");
  const durations = metrics.histogram(
    "maru_record_duration_seconds",
    "Time of a read or of a transaction, with the wait for its connection.",
    durationBucketsS,
    ["kind", "outcome"],
  );

  async function measured<T>(
    kind: "read" | "write",
    context: Context,
    work: () => Promise<T>,
  ): Promise<T> {
    const startMs = monotonicMs();
    const span = tracer.startSpan(`record.${kind}`, {
      traceparent: context.traceparent,
      kind: "client",
    });
    const finish = (outcome: string, error?: unknown): void => {
      durations.observe((monotonicMs() - startMs) * secondsPerMs, { kind, outcome });
      span.end(error);
    };
    try {
      const value = await work();
      finish("ok");
      return value;
    } catch (error) {
      finish("failed", error);
      throw asProblem(error);
    }
  }

  async function attempt<T>(
    context: Context,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<Attempt<T>> {
    const written: { transactionId?: bigint } = {};
    const transaction = pools.write.begin(async (sql): Promise<Attempt<T>> => {
      const events: NewEvent[] = [];
      const transactionSql = sql as TransactionSql;
      const value = await work({ sql: transactionSql, append: (event) => void events.push(event) });
      if (events.length === 0) {
        return { value, transactionId: null, prepared: [] };
      }
      const prepared = sink.prepare(context, events);
      // Nobody waits for it any more: better undone now than committed for no one.
      context.deadline.check();
      const transactionId = await appendToOutbox(transactionSql, prepared);
      written.transactionId = transactionId;
      return { value, transactionId, prepared };
    });
    try {
      return await transaction;
    } catch (error) {
      if (written.transactionId !== undefined) {
        doubts?.add(written.transactionId);
      }
      throw error;
    }
  }

  async function attemptUntilDone<T>(
    context: Context,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<Attempt<T>> {
    for (let tried = 1; ; tried += 1) {
      context.deadline.check();
      try {
        return await attempt(context, work);
      } catch (error) {
        if (!isRepeatable(error) || tried >= attemptsMax) {
          throw error;
        }
      }
    }
  }

  async function commit<T>(
    context: Context,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<Committed<T>> {
    const done = await writers.run(context.deadline, () => attemptUntilDone(context, work));
    const { transactionId, prepared, value } = done;
    if (transactionId !== null) {
      await sink.committed(prepared.map((event) => committedEvent(event, transactionId)));
    }
    await doubts?.settled();
    return { value, position: sink.positionOf(transactionId) };
  }

  // A server that hangs answers neither yes nor no. Whoever waits is told in time; what was sent
  // keeps its connection and its place until it ends, and views get what it commits after all.
  return {
    positionOf: (transactionId) => sink.positionOf(transactionId),
    read: (context, query) =>
      measured("read", context, () =>
        orDeadline(
          context.deadline,
          readers.run(context.deadline, () => query(pools.read)),
        ),
      ),
    write: (context, work) =>
      measured("write", context, () => orDeadline(context.deadline, commit(context, work))),
  };
}

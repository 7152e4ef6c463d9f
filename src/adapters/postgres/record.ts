import { createBulkhead } from "../../kernel/bulkhead.ts";
import type { Context } from "../../kernel/context.ts";
import { orDeadline, type Deadline } from "../../kernel/deadline.ts";
import { unavailable } from "../../kernel/problem.ts";
import {
  RecordSilent,
  type Committed,
  type RecordPort,
  type Sql,
  type Transaction,
  type TransactionSql,
} from "../../ports/record.ts";
import { noTracer, type Metrics, type Tracer } from "../../ports/telemetry.ts";
import type { Doubts } from "./doubts.ts";
import type { EventSink } from "./event-sink.ts";
import { createGroups, type Settled } from "./groups.ts";
import { limitStatements, statementLimit, type Pools, type PoolSizes } from "./pools.ts";
import { asProblem } from "./record-errors.ts";
import { createTransactions } from "./transactions.ts";

/** The record on PostgreSQL: pools behind bulkheads, transactions that carry their events. */

/** For each connection this many wait; more would only wait past their deadlines. */
const queuePerConnection = 32;
/** Whoever is refused comes again after 1 to so many seconds, and not all together. */
const retryAfterSMax = 4;
const silence = new RecordSilent("PostgreSQL does not answer");
const secondsPerMs = 0.001;
const durationBucketsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export function createRecord(deps: {
  readonly pools: Pools;
  readonly sizes: PoolSizes;
  readonly sink: EventSink;
  /** Not needed where no view is read. */
  readonly doubts?: Doubts;
  /** There is no other node. */
  readonly isAlone?: boolean;
  /** PostgreSQL hangs: nothing is asked of it meanwhile, so that nobody waits for their deadline in vain. */
  readonly isSilent?: () => boolean;
  readonly metrics: Metrics;
  readonly monotonicMs: () => number;
  readonly tracer?: Tracer;
}): RecordPort {
  const { pools, sizes, sink, metrics, monotonicMs, isSilent = () => false } = deps;
  const tracer = deps.tracer ?? noTracer;
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
  const transactions = createTransactions(deps);
  const groups = createGroups({
    transactions,
    writers,
    metrics,
    monotonicMs,
    waitingMax: sizes.write * queuePerConnection,
  });
  const durations = metrics.histogram(
    "maru_record_duration_seconds",
    "Time of a read or of a transaction, with the wait for its connection.",
    durationBucketsS,
    ["kind", "outcome"],
  );

  let turns = 0;

  async function measured<T>(
    kind: "read" | "write",
    context: Context,
    work: () => Promise<T>,
  ): Promise<T> {
    if (isSilent()) {
      durations.observe(0, { kind, outcome: "refused" });
      turns = (turns + 1) % retryAfterSMax;
      throw unavailable({ retryAfterS: 1 + turns, cause: silence });
    }
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

  async function commit<T>(
    context: Context,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<Committed<T>> {
    const done = await writers.run(context.deadline, () =>
      transactions.runUntilDone(context, (sql, state, hide) =>
        work({
          sql,
          append: (event) => {
            state(context, event);
          },
          hide,
        }),
      ),
    );
    await transactions.tell(done, context.deadline);
    return committed(done);
  }

  function committed<T>({ value, builtOn }: Settled<T>): Committed<T> {
    return { value, position: sink.positionOf(builtOn) };
  }

  // A server that hangs answers neither yes nor no. Whoever waits is told in time; what was sent
  // keeps its connection and its place until it ends, and views get what it commits after all.
  return {
    positionOf: (transactionId) => sink.positionOf(transactionId),
    read: (context, query) =>
      measured("read", context, () =>
        orDeadline(
          context.deadline,
          readers.run(context.deadline, () => readWithin(pools.read, context.deadline, query)),
        ),
      ),
    write: (context, work) =>
      measured("write", context, () => orDeadline(context.deadline, commit(context, work))),
    writeInGroup: (context, work, item) =>
      measured("write", context, async () => {
        const settled = groups.join(context, work, item);
        return committed(await orDeadline(context.deadline, settled));
      }),
  };
}

/** Whoever waits less long than a statement may run says so to PostgreSQL, too. */
function readWithin<T>(pool: Sql, deadline: Deadline, query: (sql: Sql) => Promise<T>): Promise<T> {
  const limit = statementLimit(deadline);
  return limit === null
    ? query(pool)
    : (pool.begin("READ ONLY", async (sql) => {
        // Both at once: to wait for the first would take another round trip.
        const limiting = limitStatements(sql as TransactionSql, limit);
        const [, value] = await Promise.all([limiting, query(sql as unknown as Sql)]);
        return value;
      }) as Promise<T>);
}

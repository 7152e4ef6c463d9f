import type { Context } from "../../kernel/context.ts";
import type { NewEvent } from "../../ports/log.ts";
import type { TransactionSql } from "../../ports/record.ts";
import type { Doubts } from "./doubts.ts";
import { committedEvent, type EventSink, type PreparedEvent } from "./event-sink.ts";
import { appendToOutbox } from "./outbox.ts";
import type { Pools } from "./pools.ts";
import { isRepeatable } from "./record-errors.ts";

/** A deadlock's loser runs again; three times in a row is a storm, and the client should back off. */
const attemptsMax = 3;

/** What a transaction does, and the facts that it states meanwhile, each for a request. */
export type TransactionWork<T> = (
  sql: TransactionSql,
  state: (context: Context, event: NewEvent) => void,
) => Promise<T>;

/** A transaction that was committed. */
export interface Done<T> {
  readonly value: T;
  /** Null where it stated no fact. */
  readonly transactionId: bigint | null;
  readonly prepared: readonly PreparedEvent[];
}

/** One that was not, as far as is known. */
export interface Failed {
  readonly error: Error;
  /** False: COMMIT may have been sent, and nobody here knows what came of it. */
  readonly isUndone: boolean;
}

export interface Transactions {
  /**
   * One transaction of the write pool, with its facts in the outbox. `check` is called before the
   * facts are written, and may throw: better undone then than committed for no one.
   */
  run<T>(check: () => void, work: TransactionWork<T>): Promise<Done<T> | Failed>;
  /** The same for one request, within its deadline, and again after a deadlock. Throws what failed. */
  runUntilDone<T>(context: Context, work: TransactionWork<T>): Promise<Done<T>>;
  /** Gives the facts to the views of this node; before that nobody may be answered. */
  tell(done: Done<unknown>): Promise<void>;
}

export function createTransactions(deps: {
  readonly pools: Pools;
  readonly sink: EventSink;
  /** Not needed where no view is read. */
  readonly doubts?: Doubts | undefined;
}): Transactions {
  const { pools, sink, doubts } = deps;

  async function run<T>(check: () => void, work: TransactionWork<T>): Promise<Done<T> | Failed> {
    const reached: { transactionId?: bigint; end?: true } = {};
    const transaction = pools.write.begin(async (sql): Promise<Done<T>> => {
      const prepared: PreparedEvent[] = [];
      const transactionSql = sql as TransactionSql;
      const value = await work(transactionSql, (context, event) => {
        prepared.push(...sink.prepare(context, [event]));
      });
      let transactionId: bigint | null = null;
      if (prepared.length > 0) {
        check();
        transactionId = await appendToOutbox(transactionSql, prepared);
        reached.transactionId = transactionId;
      }
      reached.end = true;
      return { value, transactionId, prepared };
    });
    try {
      return await transaction;
    } catch (reason) {
      if (reached.transactionId !== undefined) {
        doubts?.add(reached.transactionId);
      }
      const error = reason instanceof Error ? reason : new Error(String(reason));
      return { error, isUndone: reached.end !== true };
    }
  }

  return {
    run,
    async runUntilDone(context, work) {
      const { deadline } = context;
      for (let tried = 1; ; tried += 1) {
        deadline.check();
        const result = await run(deadline.check, work);
        if (!("error" in result)) {
          return result;
        }
        if (!isRepeatable(result.error) || tried >= attemptsMax) {
          throw result.error;
        }
      }
    },
    async tell({ transactionId, prepared }) {
      if (transactionId !== null) {
        await sink.committed(prepared.map((event) => committedEvent(event, transactionId)));
      }
      await doubts?.settled();
    },
  };
}

import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { NewEvent } from "../../ports/log.ts";
import type { Statement, TransactionSql } from "../../ports/record.ts";
import type { Doubts } from "./doubts.ts";
import { committedEvent, type EventSink, type PreparedEvent } from "./event-sink.ts";
import { appendToOutbox, outboxInsert } from "./outbox.ts";
import type { Pools } from "./pools.ts";
import { isRepeatable } from "./record-errors.ts";

/** A deadlock's loser runs again; three times in a row is a storm, and the client should back off. */
const attemptsMax = 3;

/** What a transaction does, and the facts that it states meanwhile, each for a request. */
export type TransactionWork<T> = (
  sql: TransactionSql,
  state: (context: Context, event: NewEvent) => void,
) => Promise<T>;

/** What a group's transaction gives its work. */
export interface GroupScope {
  /** The transaction begins when this is called first. */
  readonly begin: () => TransactionSql;
  readonly state: (context: Context, event: NewEvent) => void;
  /** What is sent with the facts and the commit. */
  readonly last: (statement: Statement) => void;
}

export type GroupedWork<T> = (scope: GroupScope) => Promise<T>;

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
   * One transaction of the write pool, with its facts in the outbox, within the request's deadline
   * and again after a deadlock. Throws what failed.
   */
  runUntilDone<T>(context: Context, work: TransactionWork<T>): Promise<Done<T>>;
  /**
   * One transaction for several, with as few round trips as it can have. Its work reads or locks
   * something before it writes. `check` is called before the facts are written, and may throw:
   * better undone then than committed for no one.
   */
  runGroup<T>(check: () => void, work: GroupedWork<T>): Promise<Done<T> | Failed>;
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

  async function run<T>(check: () => void, work: TransactionWork<T>): Promise<Done<T>> {
    const written: { id?: bigint } = {};
    try {
      return await pools.write.begin(async (sql): Promise<Done<T>> => {
        const prepared: PreparedEvent[] = [];
        const transactionSql = sql as TransactionSql;
        const value = await work(transactionSql, (context, event) => {
          prepared.push(...sink.prepare(context, [event]));
        });
        if (prepared.length > 0) {
          check();
          written.id = await appendToOutbox(transactionSql, prepared);
        }
        return { value, transactionId: written.id ?? null, prepared };
      });
    } catch (error) {
      if (written.id !== undefined) {
        doubts?.add(written.id);
      }
      throw error;
    }
  }

  async function runGroup<T>(check: () => void, work: GroupedWork<T>): Promise<Done<T> | Failed> {
    try {
      return await pools.write.beginAhead(async (begin, end): Promise<Done<T> | Failed> => {
        const prepared: PreparedEvent[] = [];
        const lasts: Statement[] = [];
        const known: { id?: Promise<bigint> } = {};
        const start = (): TransactionSql => {
          const sql = begin();
          // Asked for at once, because the answer to the end may never come.
          known.id ??= transactionIdOf(sql);
          known.id.catch(() => undefined);
          return sql;
        };
        const value = await work({
          begin: start,
          state(context, event) {
            prepared.push(...sink.prepare(context, [event]));
          },
          last(statement) {
            lasts.push(statement);
          },
        });
        if (prepared.length === 0) {
          const ended = lasts.length > 0 || known.id !== undefined ? await end(lasts) : "committed";
          return ended === "committed" ? { value, transactionId: null, prepared } : ended;
        }
        check();
        const sql = start();
        const transactionId = await present(known.id, "what was asked for");
        const ended = await end([...lasts, outboxInsert(sql, prepared)]);
        if (ended === "committed") {
          return { value, transactionId, prepared };
        }
        if (!ended.isUndone) {
          doubts?.add(transactionId);
        }
        return ended;
      });
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      return { error, isUndone: true };
    }
  }

  return {
    runGroup,
    async runUntilDone(context, work) {
      const { deadline } = context;
      for (let tried = 1; ; tried += 1) {
        deadline.check();
        try {
          return await run(deadline.check, work);
        } catch (error) {
          if (!isRepeatable(error) || tried >= attemptsMax) {
            throw error;
          }
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

async function transactionIdOf(sql: TransactionSql): Promise<bigint> {
  const [row] = await sql<{ id: bigint }[]>`SELECT pg_current_xact_id()::text::bigint AS id`;
  return present(row, "the transaction's id").id;
}

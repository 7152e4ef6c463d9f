import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { Deadline } from "../../kernel/deadline.ts";
import type { NewEvent } from "../../ports/log.ts";
import type { HideOptions, Statement, TransactionSql } from "../../ports/record.ts";
import type { Doubts } from "./doubts.ts";
import { committedEvent, type EventSink, type PreparedEvent } from "./event-sink.ts";
import { appendToOutbox, outboxInsert } from "./outbox.ts";
import { limitStatements, statementLimit, statementLimitOfAll, type Pools } from "./pools.ts";
import { isRepeatable } from "./record-errors.ts";

/** A deadlock's loser runs again; three times in a row is a storm, and the client should back off. */
const attemptsMax = 3;

/** What a transaction does, and the facts that it states meanwhile, each for a request. */
export type TransactionWork<T> = (
  sql: TransactionSql,
  state: (context: Context, event: NewEvent) => void,
  hide: (how?: HideOptions) => void,
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
  /**
   * Who has this transaction and what was committed before it has all that the answer builds on.
   * Null: every node there is has it.
   */
  readonly builtOn: bigint | null;
  readonly prepared: readonly PreparedEvent[];
  /** Whether something was taken out of sight; "earlier": also by transactions before this one. */
  readonly hides: false | "this" | "earlier";
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
  /**
   * Gives the facts to the views of this node, and waits for the others where something was hidden;
   * before that nobody may be answered.
   */
  tell(done: Done<unknown>, deadline: Deadline): Promise<void>;
}

export function createTransactions(deps: {
  readonly pools: Pools;
  readonly sink: EventSink;
  /** Not needed where no view is read. */
  readonly doubts?: Doubts | undefined;
  /** There is no other node, so that what has answered is in force wherever one reads. */
  readonly isAlone?: boolean;
}): Transactions {
  const { pools, sink, doubts, isAlone = true } = deps;

  async function run<T>(deadline: Deadline, work: TransactionWork<T>): Promise<Done<T>> {
    const written: { id?: bigint } = {};
    const limit = statementLimit(deadline);
    try {
      return await pools.write.begin(async (sql): Promise<Done<T>> => {
        const prepared: PreparedEvent[] = [];
        let hides: Done<T>["hides"] = false;
        const transactionSql = sql as TransactionSql;
        if (limit !== null) {
          await limitStatements(transactionSql, limit);
        }
        const value = await work(
          transactionSql,
          (context, event) => {
            prepared.push(...sink.prepare(context, [event]));
          },
          (how) => {
            hides = how?.earlierToo === true || hides === "earlier" ? "earlier" : "this";
          },
        );
        if (prepared.length > 0) {
          deadline.check();
          written.id = await appendToOutbox(transactionSql, prepared);
        }
        if (limit !== null) {
          // A commit that is given up on may have happened all the same.
          await limitStatements(transactionSql, statementLimitOfAll);
        }
        const transactionId = written.id ?? null;
        const builtOn = transactionId ?? (isAlone ? null : await newestTransaction(transactionSql));
        return { value, transactionId, builtOn, prepared, hides };
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
          const builtOn = isAlone ? null : await newestTransaction(start());
          const ended = lasts.length > 0 || known.id !== undefined ? await end(lasts) : "committed";
          if (ended !== "committed") {
            return ended;
          }
          return { value, transactionId: null, builtOn, prepared, hides: false };
        }
        check();
        const sql = start();
        const transactionId = await present(known.id, "what was asked for");
        const ended = await end([...lasts, outboxInsert(sql, prepared)]);
        if (ended === "committed") {
          return { value, transactionId, builtOn: transactionId, prepared, hides: false };
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
          return await run(deadline, work);
        } catch (error) {
          if (!isRepeatable(error) || tried >= attemptsMax) {
            throw error;
          }
        }
      }
    },
    async tell({ transactionId, prepared, hides }, deadline) {
      const events =
        transactionId === null ? [] : prepared.map((event) => committedEvent(event, transactionId));
      const isHere = events.length === 0 || (await sink.committed(events));
      if (hides !== false) {
        // Events of this transaction tell nothing of those that an earlier one may have had.
        const told = hides === "this" ? { events, isHere } : { events: [], isHere: false };
        await sink.hidden(deadline, { transactionId, ...told });
      }
      await doubts?.settled();
    },
  };
}

/** The newest that this one may have seen. */
async function newestTransaction(sql: TransactionSql): Promise<bigint> {
  const [row] = await sql<{ id: bigint }[]>`
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1 AS id`;
  return present(row, "the newest transaction").id;
}

async function transactionIdOf(sql: TransactionSql): Promise<bigint> {
  const [row] = await sql<{ id: bigint }[]>`SELECT pg_current_xact_id()::text::bigint AS id`;
  return present(row, "the transaction's id").id;
}

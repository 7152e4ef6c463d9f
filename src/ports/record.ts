import type postgres from "postgres";
import type { Context } from "../kernel/context.ts";
import type { NewEvent } from "./event.ts";

/** PostgreSQL is the record in both modes, so its tagged templates are the port. bigint columns are bigint. */
export type Sql = postgres.Sql<{ bigint: bigint }>;
export type TransactionSql = postgres.TransactionSql<{ bigint: bigint }>;

/** A unit of work: rows and the events that tell of them are committed together or not at all. */
export interface Transaction {
  readonly sql: TransactionSql;
  /** Adds a fact to the log, in this transaction. Checked against its schema. */
  append(event: NewEvent): void;
  /**
   * This takes something out of sight: when it has answered, no node shows that any more. Called
   * also where it was so before, because whoever did that may not have been answered.
   */
  hide(how?: HideOptions): void;
}

export interface HideOptions {
  /**
   * What this command promises to be out of sight may have been hidden by another before it, whose
   * events are not this one's: such as sessions that were ended already.
   */
  readonly earlierToo?: boolean;
}

/** Why nothing is asked of it: it has answered nobody for a while. That says nothing of how much there is to do. */
export class RecordSilent extends Error {
  override readonly name = "RecordSilent";
}

export interface Committed<T> {
  readonly value: T;
  /** `Maru-Position` of the write. */
  readonly position: string;
}

/** One of those who share a transaction. */
export interface Member<Item> {
  /** Its own: who asks, until when, and for which request its facts stand. */
  readonly context: Context;
  readonly item: Item;
  /** Adds a fact of this member to the log, in the shared transaction. */
  append(event: NewEvent): void;
}

/** A statement that has not been sent yet. */
export type Statement = postgres.PendingQuery<postgres.Row[]>;

export interface GroupTransaction {
  /**
   * For locks and reads, and for writes whose result decides what comes next. The transaction
   * begins when it is asked for, so what needs none comes before. What is sent first changes no row.
   */
  readonly sql: TransactionSql;
  /**
   * Sends a statement when the work is done, together with the facts and the commit, so that it
   * costs no round trip of its own. Where it fails, the whole group is undone.
   */
  last(statement: Statement): void;
  /** For reads of other modules; its deadline is the latest of the members'. */
  readonly context: Context;
  /**
   * False: whoever would have to wait for another transaction's lock is not served here but gives
   * "alone", so that nobody waits for somebody else's lock and groups cannot wait in a ring. True:
   * there is one member, which waits as any transaction does.
   */
  readonly mayWait: boolean;
}

/**
 * What became of a member: what it comes to; why it is refused, and then it has written nothing and
 * stated no fact; or that it has to run once more, alone, and has written nothing so far either.
 */
export type Outcome<T> = { readonly value: T } | { readonly refusal: Error } | "alone";

/**
 * What many may ask for at the same time, done for all of them in one transaction by statements
 * over sets. It comes to the same as if each had a transaction of its own. It may run again, for
 * the same members or for one of them, so it has no effect but through the transaction.
 */
export interface GroupWork<Item, T> {
  /** In metrics: `publish`. */
  readonly name: string;
  /** The outcomes are in the order of the members. A failure undoes the whole group. */
  run(tx: GroupTransaction, members: readonly Member<Item>[]): Promise<readonly Outcome<T>[]>;
}

export interface RecordPort {
  /**
   * Runs one statement (or several that need no common snapshot) on the read pool.
   * Throws 503 when the deadline has passed, the pool's queue is full or no primary answers.
   */
  read<T>(context: Context, query: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in a transaction of the write pool and, once it is durable, applies its events to
   * the views of this node; only then it resolves. `work` may run again after a deadlock or
   * serialisation failure, so it has no effect but through `tx`. Whoever calls must not call
   * `write` again inside (it would wait for a connection while holding one); `read` is fine.
   */
  write<T>(context: Context, work: (tx: Transaction) => Promise<T>): Promise<Committed<T>>;
  /**
   * The same for one of many who ask for the same kind of work: those who ask while earlier ones
   * are served form the next group, which is one transaction. Nobody waits for a group to fill.
   * What fails a group fails no member: each then runs alone.
   */
  writeInGroup<Item, T>(
    context: Context,
    work: GroupWork<Item, T>,
    item: Item,
  ): Promise<Committed<T>>;
  /** `Maru-Position` of what this transaction wrote, for whoever keeps it for later. */
  positionOf(transactionId: bigint): string;
}

/** One numbered step of a module's tables. Steps are never edited once released, only followed by others. */
export interface Migration {
  /** From 1, without gaps, within its module. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export interface ModuleMigrations {
  /** The module, and the PostgreSQL schema that holds all of its tables. */
  readonly module: string;
  readonly migrations: readonly Migration[];
}

/**
 * A table partitioned by time: `PARTITION BY RANGE (<id column>)`. Migrations create the parent;
 * the record makes the months' partitions (`<table>_y2026m11`) ahead of time, and on demand for
 * imports of the past.
 */
export interface PartitionedTable {
  readonly schema: string;
  readonly table: string;
}

/** Makes sure that the months of these times have their partitions. Cheap when they have. */
export interface Partitions {
  ensureFor(timesMs: readonly number[]): Promise<void>;
}

/**
 * Ids as one parameter: `WHERE id = ANY (${idArray(ids)}::bigint[])`. The cast is needed; a bare
 * array of bigint would be taken for a single number.
 */
export function idArray(ids: readonly bigint[]): string {
  return `{${ids.join(",")}}`;
}

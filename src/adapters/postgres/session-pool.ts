import postgres from "postgres";
import { present } from "../../kernel/assert.ts";
import type { Sql, Statement, TransactionSql } from "../../ports/record.ts";
import { arrayTypes } from "./array-types.ts";

/**
 * A pool of connections that survives the loss of any of them at any moment.
 *
 * The driver's own pool reuses the object of a lost connection, together with what was queued or
 * half written there: seen were queries that never settled, connections that never came back, an
 * exception that nobody can catch, and a statement of a lost transaction that would run outside of
 * one on the next connection. Here each connection is a driver of its own with a single session,
 * lent to one query or transaction at a time. It is ended for good as soon as it is lost, so that
 * whatever still holds it is refused, and a new one takes its place.
 *
 * Three insides of the driver are used for that, which are held fast by its pinned version and by
 * tests: a query's `handler`, the option `onexecute`, and `terminate` of a connection.
 */

/** A pool of the driver's, and what the driver has not. */
export type PooledSql = Sql & {
  /**
   * A transaction whose BEGIN travels with what the work sends first. The work sends what it wants
   * to last and then `end`s the transaction, which gives what came of these statements and of the
   * commit; without `end`, and when it throws, all is undone.
   *
   * Should BEGIN itself fail, what was sent with it has been run outside of any transaction; so the
   * work must have a result of what it sent first before it sends anything that changes a row.
   */
  beginAhead<T>(work: (begin: BeginTransaction, end: EndTransaction) => Promise<T>): Promise<T>;
};

/** Sends BEGIN, the first time that it is called, with whatever is sent right behind. */
export type BeginTransaction = () => TransactionSql;

/** Sends the statements and COMMIT at once. Never rejects. */
export type EndTransaction = (statements: readonly Statement[]) => Promise<Ended>;

/**
 * "committed"; or what failed, and whether that undid everything for certain: COMMIT after a
 * statement that the server refused is a ROLLBACK, but nobody knows of one without an answer.
 */
export type Ended = "committed" | { readonly error: Error; readonly isUndone: boolean };

interface DriverConnection {
  /** Refuses what is under way and whatever comes later. */
  terminate(): void;
}

type DriverQuery = Promise<unknown> & {
  handler: (query: DriverQuery) => void;
  reject: (error: unknown) => void;
};

interface Session {
  readonly sql: Sql;
  /** Begins a query on this session. */
  readonly begin: (query: DriverQuery) => void;
  readonly connection: DriverConnection;
  lost: boolean;
}

interface Waiter {
  readonly take: (session: Session) => void;
  readonly fail: (error: Error) => void;
}

export interface SessionPoolOptions {
  readonly max: number;
  /** One driver with these, and with a session of its own. */
  readonly open: (options: SessionOptions) => Sql;
}

export interface SessionOptions {
  readonly max: 1;
  readonly fetch_types: false;
  readonly max_lifetime: null;
  readonly types: Record<string, postgres.PostgresType> & { bigint: postgres.PostgresType<bigint> };
  readonly onclose: () => void;
}

const msPerSecond = 1_000;

/** Whether an error means that its connection is of no use any more. */
function isLoss(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) {
    return error.severity_local === "FATAL" || error.severity === "FATAL";
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(CONNECT|E[A-Z]+$|ERR_)/.test(code);
}

function connectionError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function sessionOptions(onclose: () => void): SessionOptions {
  return {
    max: 1,
    fetch_types: false,
    max_lifetime: null,
    types: { ...arrayTypes(), bigint: postgres.BigInt },
    onclose,
  };
}

export function createSessionPool(options: SessionPoolOptions): PooledSql {
  const idle: Session[] = [];
  const sessions = new Set<Session>();
  const waiting: Waiter[] = [];
  const closing = new Set<Promise<void>>();
  let connecting = 0;
  let ending: Promise<void> | null = null;
  let emptied: (() => void) | null = null;
  /** Makes queries, and never connects. */
  const maker = options.open(sessionOptions(() => undefined));

  function close(sql: Sql): void {
    const closed = sql.end({ timeout: 0 }).finally(() => closing.delete(closed));
    closing.add(closed);
  }

  function lose(session: Session): void {
    if (!session.lost) {
      session.lost = true;
      sessions.delete(session);
      const index = idle.indexOf(session);
      if (index >= 0) {
        idle.splice(index, 1);
      }
      session.connection.terminate();
      close(session.sql);
      refill();
    }
  }

  async function connect(): Promise<Session> {
    const found: { session?: Session; connection?: DriverConnection; closed?: true } = {};
    const sql = options.open(
      sessionOptions(() => {
        found.closed = true;
        found.connection?.terminate();
        if (found.session !== undefined) {
          lose(found.session);
        }
      }),
    );
    const capture = {
      onexecute(connection: DriverConnection): boolean {
        found.connection = connection;
        return true;
      },
    };
    try {
      await sql.unsafe("SELECT 1", [], capture as postgres.UnsafeQueryOptions);
    } catch (error) {
      close(sql);
      throw error;
    }
    const probe = sql`SELECT 1` as unknown as DriverQuery;
    const connection = present(found.connection, "the driver's connection");
    const session = { sql, begin: probe.handler, connection, lost: found.closed === true };
    found.session = session;
    if (!session.lost) {
      sessions.add(session);
    }
    return session;
  }

  /** As many new sessions as are waited for, within the bound. */
  function refill(): void {
    while (waiting.length > connecting && sessions.size + connecting < options.max) {
      connecting += 1;
      connect().then(
        (session) => {
          connecting -= 1;
          giveBack(session);
        },
        (error: unknown) => {
          connecting -= 1;
          waiting.shift()?.fail(error instanceof Error ? error : new Error(String(error)));
          refill();
        },
      );
    }
    if (sessions.size + connecting === 0) {
      emptied?.();
    }
  }

  function giveBack(session: Session): void {
    if (session.lost) {
      refill();
      return;
    }
    const waiter = waiting.shift();
    if (waiter !== undefined) {
      waiter.take(session);
    } else if (ending !== null) {
      lose(session);
    } else {
      idle.push(session);
    }
  }

  function take(waiter: Waiter): void {
    if (ending !== null) {
      waiter.fail(connectionError("CONNECTION_ENDED", "the pool has ended"));
      return;
    }
    const session = idle.pop();
    if (session !== undefined) {
      waiter.take(session);
      return;
    }
    waiting.push(waiter);
    refill();
  }

  /** Lends a session for as long as the work lasts. */
  async function lend<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await new Promise<Session>((resolve, reject) => {
      take({ take: resolve, fail: reject });
    });
    try {
      return await work(session);
    } catch (error) {
      if (isLoss(error)) {
        lose(session);
      }
      throw error;
    } finally {
      giveBack(session);
    }
  }

  function handle(query: DriverQuery): void {
    take({
      fail: (error) => {
        query.reject(error);
      },
      take(session) {
        query.then(
          () => {
            giveBack(session);
          },
          (error: unknown) => {
            if (isLoss(error)) {
              lose(session);
            }
            giveBack(session);
          },
        );
        session.begin(query);
      },
    });
  }

  /** Makes what the driver makes; a query among it is run by this handler. */
  function tagged(handler: (query: DriverQuery) => void): object {
    const routed = (made: unknown): unknown => {
      if (made instanceof Promise) {
        (made as DriverQuery).handler = handler;
      }
      return made;
    };
    const sql = (first: never, ...rest: never[]): unknown => routed(maker(first, ...rest));
    return Object.assign(sql, {
      json: maker.json,
      array: maker.array,
      typed: maker.typed,
      types: maker.types,
      options: maker.options,
      PostgresError: maker.PostgresError,
      unsafe: (...all: Parameters<Sql["unsafe"]>) => routed(maker.unsafe(...all)),
    });
  }

  /** The driver's own would leave the second query after a loss without an answer. */
  async function reserve(): Promise<unknown> {
    const session = await new Promise<Session>((resolve, reject) => {
      take({ take: resolve, fail: reject });
    });
    let released = false;
    const handler = (query: DriverQuery): void => {
      if (session.lost || released) {
        query.reject(connectionError("CONNECTION_CLOSED", "the reserved connection is gone"));
      } else {
        session.begin(query);
      }
    };
    const release = (): void => {
      if (!released) {
        released = true;
        giveBack(session);
      }
    };
    return Object.assign(tagged(handler), { release });
  }

  async function beginAhead<T>(
    work: (begin: BeginTransaction, end: EndTransaction) => Promise<T>,
  ): Promise<T> {
    return lend(async (session) => {
      const sql = tagged((query) => {
        if (session.lost) {
          query.reject(connectionError("CONNECTION_CLOSED", "the connection is gone"));
        } else {
          session.begin(query);
        }
      }) as TransactionSql;
      const state: { begun?: Promise<unknown>; isOver?: true } = {};
      const begin = (): Promise<unknown> => {
        state.begun ??= sql.unsafe("BEGIN").execute();
        // Whoever awaits what was sent behind it hears of its failure by `end`.
        state.begun.catch(() => undefined);
        return state.begun;
      };
      try {
        return await work(
          () => {
            void begin();
            return sql;
          },
          async (statements) => {
            const ended = await endTransaction(sql, begin(), statements);
            if (ended === "committed") {
              state.isOver = true;
            }
            return ended;
          },
        );
      } finally {
        if (state.begun !== undefined && state.isOver !== true) {
          await sql.unsafe("ROLLBACK").catch(() => {
            lose(session);
          });
        }
      }
    });
  }

  async function end(within: { readonly timeout?: number } = {}): Promise<void> {
    ending ??= new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        [...sessions].forEach(lose);
        resolve();
      };
      const timer =
        within.timeout === undefined ? undefined : setTimeout(done, within.timeout * msPerSecond);
      emptied = done;
    });
    waiting.splice(0).forEach((waiter) => {
      waiter.fail(connectionError("CONNECTION_ENDED", "the pool has ended"));
    });
    [...idle].forEach(lose);
    refill();
    await ending;
    await Promise.allSettled(closing);
  }

  return Object.assign(tagged(handle), {
    begin: (...all: [never, never]) => lend(({ sql }) => sql.begin(...all)),
    reserve,
    beginAhead,
    end,
  }) as unknown as PooledSql;
}

async function endTransaction(
  sql: TransactionSql,
  begun: Promise<unknown>,
  statements: readonly Statement[],
): Promise<Ended> {
  try {
    await begun;
  } catch (reason) {
    return { error: asError(reason), isUndone: true };
  }
  const sent = statements.map((statement) => statement.execute());
  const results = await Promise.allSettled([...sent, sql.unsafe("COMMIT").execute()]);
  const failure = results.findIndex(({ status }) => status === "rejected");
  const failed = results[failure];
  if (failed?.status === "rejected") {
    const error = asError(failed.reason);
    return {
      error,
      isUndone: failure < sent.length && error instanceof postgres.PostgresError && !isLoss(error),
    };
  }
  return "committed";
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

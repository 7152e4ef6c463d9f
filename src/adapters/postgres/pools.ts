import postgres from "postgres";
import type { Deadline } from "../../kernel/deadline.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import { createSessionPool, type PooledSql } from "./session-pool.ts";

/** Where PostgreSQL is: a URL, or the socket of the embedded one. */
export type PostgresEndpoint =
  | string
  | {
      readonly socketDir: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password: string;
    };

/**
 * Connections apart by what they are for, so that a flood of reads leaves writers theirs, and the
 * log goes on when both are busy. Sizes are numbers of connections.
 */
export interface PoolSizes {
  readonly read: number;
  readonly write: number;
  readonly log: number;
}

export interface Pools {
  readonly read: Sql;
  readonly write: PooledSql;
  readonly log: Sql;
  end(): Promise<void>;
}

/** No statement of a request runs longer: an open transaction holds back every view of the log. */
const statementTimeoutMs = 10_000;
/** As PostgreSQL takes it. */
export const statementLimitOfAll = `${String(statementTimeoutMs)}ms`;
/** To say so costs round trips, which is not worth it for a little. */
const shorterShare = 0.2;
const idleInTransactionTimeoutMs = 5_000;
/** Two commands on the same rows wait for each other this long, then one of them is told to retry. */
const lockTimeoutMs = 3_000;
const connectTimeoutS = 5;
const operatorConnections = 2;
const endTimeoutS = 5;

/** Ends a statement whose answer nobody would wait for: for deadlines well below the bound of all statements. */
export function statementLimit(deadline: Deadline): string | null {
  const remainingMs = deadline.remainingMs();
  return remainingMs < statementTimeoutMs * shorterShare
    ? `${String(Math.max(1, Math.ceil(remainingMs)))}ms`
    : null;
}

/** Until the transaction ends. */
export function limitStatements(sql: TransactionSql, limit: string): Promise<unknown> {
  return sql`SELECT set_config('statement_timeout', ${limit}, true)`;
}

export function openSql(
  endpoint: PostgresEndpoint,
  options: {
    readonly max: number;
    readonly applicationName: string;
    readonly settings?: Readonly<Record<string, number>>;
  },
): PooledSql {
  const common = {
    connect_timeout: connectTimeoutS,
    onnotice: () => undefined,
    connection: { application_name: options.applicationName, ...options.settings },
  };
  return createSessionPool({
    max: options.max,
    open(session) {
      if (typeof endpoint === "string") {
        return postgres(endpoint, { ...common, ...session });
      }
      const { socketDir, port, database, user, password } = endpoint;
      return postgres({ ...common, ...session, host: socketDir, port, database, user, password });
    },
  });
}

/** Beside the pools: one that asks whether the server answers, the operators', and three for a node's place among others. */
const connectionsBeside = 1 + operatorConnections + 3;

/** As many as a node opens at most. */
export function connectionsOf({ read, write, log }: PoolSizes): number {
  return read + write + log + connectionsBeside;
}

const boundedSettings = {
  statement_timeout: statementTimeoutMs,
  idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
  lock_timeout: lockTimeoutMs,
};

export function openPools(endpoint: PostgresEndpoint, sizes: PoolSizes): Pools {
  const open = (name: keyof PoolSizes): PooledSql =>
    openSql(endpoint, {
      max: sizes[name],
      applicationName: `maru ${name}`,
      settings: boundedSettings,
    });
  const pools = { read: open("read"), write: open("write"), log: open("log") };
  return {
    ...pools,
    async end() {
      await Promise.all(Object.values(pools).map((sql) => sql.end({ timeout: endTimeoutS })));
    },
  };
}

/** Operators have connections of their own, which no request takes from them. */
export function openOperatorSql(endpoint: PostgresEndpoint): PooledSql {
  return openSql(endpoint, {
    max: operatorConnections,
    applicationName: "maru operator",
    settings: boundedSettings,
  });
}

import postgres from "postgres";
import type { Sql } from "../../ports/record.ts";
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

export const poolSizesDefault: PoolSizes = { read: 12, write: 16, log: 6 };

/** No statement of a request runs longer: an open transaction holds back every view of the log. */
const statementTimeoutMs = 10_000;
const idleInTransactionTimeoutMs = 5_000;
/** Two commands on the same rows wait for each other this long, then one of them is told to retry. */
const lockTimeoutMs = 3_000;
const connectTimeoutS = 5;
const endTimeoutS = 5;

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

export function openPools(endpoint: PostgresEndpoint, sizes: PoolSizes = poolSizesDefault): Pools {
  const settings = {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    lock_timeout: lockTimeoutMs,
  };
  const open = (name: keyof PoolSizes): PooledSql =>
    openSql(endpoint, { max: sizes[name], applicationName: `maru ${name}`, settings });
  const pools = { read: open("read"), write: open("write"), log: open("log") };
  return {
    ...pools,
    async end() {
      await Promise.all(Object.values(pools).map((sql) => sql.end({ timeout: endTimeoutS })));
    },
  };
}

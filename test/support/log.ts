import { Type } from "typebox";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { cellSchema } from "../../src/adapters/postgres/cell-schema.ts";
import { idsSchema, createIdLeases } from "../../src/adapters/postgres/id-leases.ts";
import { createPostgresLog, type PostgresLog } from "../../src/adapters/postgres/log.ts";
import type { PostgresLogDeps } from "../../src/adapters/postgres/log.ts";
import { logSchema } from "../../src/adapters/postgres/log-schema.ts";
import { migrate } from "../../src/adapters/postgres/migrate.ts";
import {
  openPools,
  openSql,
  type Pools,
  type PostgresEndpoint,
} from "../../src/adapters/postgres/pools.ts";
import { createRecord } from "../../src/adapters/postgres/record.ts";
import type { Id } from "../../src/kernel/id.ts";
import type { IdSource } from "../../src/ports/ids.ts";
import type { DurableConsumer, EventSchemas, NewEvent, View } from "../../src/ports/log.ts";
import type { RecordPort, Sql } from "../../src/ports/record.ts";
import { startTestPostgres, type TestPostgres } from "./postgres.ts";
import { noMetrics, quietLogger, realClock } from "./record.ts";

/** One node's record and log on a database that others may use at the same time. */
export interface TestNode {
  readonly record: RecordPort;
  readonly log: PostgresLog;
  readonly ids: IdSource;
  readonly sql: Sql;
  /** Ends what runs, then the connections. */
  close(): Promise<void>;
}

export interface TestNodeOptions extends Partial<PostgresLogDeps> {
  readonly viewList?: readonly View[];
  readonly consumerList?: readonly DurableConsumer[];
}

/** Events of the tests: something with a number was made, or counted further. */
export const testEvents: EventSchemas = {
  "things.made.v1": Type.Object({ n: Type.Integer() }),
  "things.counted.v1": Type.Object({ n: Type.Integer() }),
};

export function made(id: Id, n: number, type = "things.made.v1"): NewEvent {
  return { type, aggregate: { type: "thing", id, version: n }, actorId: null, data: { n } };
}

export async function migrateLog(endpoint: PostgresEndpoint, extra = ""): Promise<void> {
  const pools = openPools(endpoint, { read: 1, write: 1, log: 2 });
  const things = { module: "things", migrations: [{ number: 1, name: "create", sql: extra }] };
  const own = [logSchema.tables, cellSchema.tables, idsSchema.tables];
  await migrate(pools.log, [...own, ...(extra === "" ? [] : [things])]);
  await pools.end();
}

/** What a test of the log works on, there once it begins. */
export interface LogDatabase {
  readonly endpoint: PostgresEndpoint;
  /** Beside what is tested. */
  readonly sql: Sql;
}

export interface LogDatabaseOptions {
  /** Statements for tables of the tests' own. */
  readonly tables?: string;
  readonly connections?: number;
  readonly applicationName?: string;
}

/** Of a connection that a test leaves in the middle of something. */
const endTimeoutS = 1;

/** A server for all tests of a file, and a database with the log's tables for each of them. */
export function logDatabase(options: LogDatabaseOptions = {}): LogDatabase {
  const { tables = "", connections = 4, applicationName = "test" } = options;
  let postgres: TestPostgres | undefined;
  let endpoint: PostgresEndpoint | undefined;
  let sql: Sql | undefined;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });
  beforeEach(async () => {
    endpoint = await postgres!.freshDatabase();
    await migrateLog(endpoint, tables);
    sql = openSql(endpoint, { max: connections, applicationName });
  });
  afterEach(async () => {
    await sql?.end({ timeout: endTimeoutS });
  });
  return {
    get endpoint() {
      return endpoint!;
    },
    get sql() {
      return sql!;
    },
  };
}

let nodes = 0;

export async function openTestNode(
  endpoint: PostgresEndpoint,
  options: TestNodeOptions = {},
): Promise<TestNode> {
  nodes += 1;
  const sizes = { read: 2, write: 8, log: 4 };
  const pools: Pools = openPools(endpoint, sizes);
  const leases = createIdLeases({
    sql: pools.log,
    clock: realClock,
    logger: quietLogger,
    region: 0,
  });
  await leases.start();
  const log = createPostgresLog({
    sql: pools.log,
    record: () => record,
    ids: leases.ids,
    clock: realClock,
    logger: quietLogger,
    metrics: noMetrics,
    region: 0,
    holder: `node-${nodes}`,
    stableHolder: true,
    schemas: testEvents,
    views: () => options.viewList ?? [],
    consumers: () => options.consumerList ?? [],
    ...options,
  });
  const record: RecordPort = createRecord({
    pools,
    sizes,
    sink: log,
    metrics: noMetrics,
    monotonicMs: realClock.monotonicMs,
  });
  return {
    record,
    log,
    ids: leases.ids,
    sql: pools.log,
    async close() {
      await log.stop();
      await leases.stop();
      await pools.end();
    },
  };
}

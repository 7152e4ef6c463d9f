/** The PostgreSQL of a cell: the embedded one, or Debian's, made as a node makes its own, but with a port for all nodes. */
import path from "node:path";
import postgres from "postgres";
import { checkOwner, checkReachable } from "../../src/adapters/embedded/access.ts";
import { locateBinaries, makeUsable, type Binaries } from "../../src/adapters/embedded/binaries.ts";
import { prepareCluster, superuser } from "../../src/adapters/embedded/cluster.ts";
import type { Layout } from "../../src/adapters/embedded/data-folder.ts";
import { endOldServer } from "../../src/adapters/embedded/processes.ts";
import type { ServerLog } from "../../src/adapters/embedded/server-log.ts";
import { chooseUser } from "../../src/adapters/embedded/unprivileged-user.ts";
import { findPostgresqlBinaries } from "../programs.ts";
import type { Part } from "./supervised.ts";

export interface PostgresOptions {
  readonly layout: Layout;
  readonly port: number;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: ServerLog;
}

export interface CellPostgres {
  readonly part: Part;
  /** With the password. */
  readonly url: string;
  /** Makes the database if it is not there. The server runs. */
  ensureDatabase(): Promise<void>;
}

const databaseName = "maru";
const connectWithinS = 2;
const stopWithinMs = 30_000;

const defaults = {
  // What was acknowledged is on disk.
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  shared_buffers: "256MB",
  // Three nodes have 42 each, and a command of the command line 36 while it runs.
  max_connections: "200",
  // A statement without a month locks every month's partitions: years of imported stories are thousands of locks.
  max_locks_per_transaction: "512",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  wal_compression: "on",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_destination: "stderr",
  logging_collector: "off",
  log_checkpoints: "off",
  // Statements may hold personal text.
  log_min_error_statement: "panic",
  log_line_prefix: "%m %p %e ",
};

/** What npm brings, or what Debian does where npm brings none for this machine. */
async function findBinaries(): Promise<Binaries> {
  try {
    return await locateBinaries();
  } catch (error) {
    const folder = findPostgresqlBinaries();
    if (folder === undefined) throw error;
    return { initdb: path.join(folder, "initdb"), postgres: path.join(folder, "postgres") };
  }
}

async function once(url: string, use: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: connectWithinS,
    fetch_types: false,
    onnotice: () => undefined,
  });
  try {
    await use(sql);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

export async function preparePostgres(options: PostgresOptions): Promise<CellPostgres> {
  const { layout, port, log } = options;
  const { dataDir, clusterDir } = layout;
  const runAs = await chooseUser(clusterDir, log);
  await checkOwner(clusterDir, runAs);
  await checkReachable(dataDir, runAs);
  const binaries = await makeUsable(await findBinaries(), { dataDir, runAs, log });
  // No socket: nodes come over TCP, as they would from other machines.
  const socketDir = path.join(dataDir, "run");
  const { password } = await prepareCluster({ layout, socketDir, binaries, runAs, log });
  const urlOf = (database: string): string =>
    `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;

  const settings = {
    ...defaults,
    ...options.settings,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(port),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const part: Part = {
    name: "postgres",
    kind: "postgres",
    port,
    url: `postgres://127.0.0.1:${port}/${databaseName}`,
    adminUrl: null,
    logFile: options.logFile,
    command: [binaries.postgres, "-D", clusterDir, ...args],
    environment: () => ({ PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" }),
    cwd: "/",
    runAs,
    prepare: () => endOldServer({ clusterDir, socketDir }, log),
    isReady: () =>
      once(urlOf("postgres"), (sql) => sql`select 1`).then(
        () => true,
        () => false,
      ),
    // A database that writes much may be slow to answer; killing it would make it slower.
    isLive: null,
    // Cuts connections and writes a last checkpoint.
    stopSignal: "SIGINT",
    stopWithinMs,
  };
  return {
    part,
    url: urlOf(databaseName),
    ensureDatabase: () =>
      once(urlOf("postgres"), async (sql) => {
        const found = await sql`select 1 from pg_database where datname = ${databaseName}`;
        if (found.length > 0) return;
        await sql`create database ${sql(databaseName)} template template0
          encoding 'UTF8' lc_collate 'C' lc_ctype 'C' strategy file_copy`;
      }),
  };
}

import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import postgres from "postgres";
import { locateBinaries, type Binaries } from "../../src/adapters/embedded/binaries.ts";
import {
  startWithBinaries,
  type PostgresConnection,
} from "../../src/adapters/embedded/postgres-server.ts";
import { endProcessesIn } from "../../src/adapters/embedded/processes.ts";

export interface TestPostgres {
  /** The server's own database; what a test writes belongs into a fresh one. */
  readonly connection: PostgresConnection;
  /** Creates an empty database, which ends with the server. */
  freshDatabase(): Promise<PostgresConnection>;
  stop(): Promise<void>;
}

/** Nothing has to outlast a test, and several servers run beside each other. */
const throwAwaySettings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  shared_buffers: "32MB",
  max_connections: "60",
  max_wal_size: "256MB",
  wal_level: "minimal",
  max_wal_senders: "0",
} as const;

const memoryFolder = "/dev/shm";
const memoryFreeBytesMin = 4 * 1024 ** 3;
const folderPrefix = "maru-test-postgres-";
/** Others pass through the folder to what belongs to the server's user. */
const traversableMode = 0o711;

/**
 * Starts a throw-away server in a temporary folder. MARU_TEST_POSTGRES=15 chooses the system's PostgreSQL 15 instead of
 * the embedded one, so that every suite can run on the oldest supported version too.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const root = await temporaryRoot();
  await removeAbandoned(root);
  const dataDir = await mkdtemp(join(root, `${folderPrefix}${process.pid}-`));
  await chmod(dataDir, traversableMode);
  const server = await startWithBinaries(
    {
      dataDir,
      purpose: "tool",
      settings: throwAwaySettings,
      log: (level, message) => {
        if (level === "error") console.error(message);
      },
    },
    await chosenBinaries(),
  );
  const sql = postgres({
    host: server.connection.socketDir,
    port: server.connection.port,
    database: server.connection.database,
    user: server.connection.user,
    pass: server.connection.password,
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
  });
  let databases = 0;
  return {
    connection: server.connection,
    async freshDatabase() {
      databases += 1;
      // Copying files is about ten times quicker than the default way through the log.
      const database = `test_${databases}`;
      await sql`create database ${sql(database)} template template0 strategy file_copy`;
      return { ...server.connection, database };
    },
    async stop() {
      await sql.end({ timeout: 0 });
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The programs that the tests of this run use. */
export async function chosenBinaries(): Promise<Binaries> {
  const version = env["MARU_TEST_POSTGRES"] ?? "";
  if (version === "") return await locateBinaries();
  const dir = `/usr/lib/postgresql/${version}/bin`;
  const binaries = { initdb: join(dir, "initdb"), postgres: join(dir, "postgres") };
  if (!existsSync(binaries.postgres)) {
    throw new Error(
      `MARU_TEST_POSTGRES=${version} needs PostgreSQL ${version} in ${dir}: apt-get install postgresql-${version}`,
    );
  }
  return binaries;
}

/** A folder in memory, where a machine has one of some size: there a new database takes a tenth of the time. */
export async function temporaryRoot(): Promise<string> {
  const found = await statfs(memoryFolder).catch(() => null);
  return found !== null && found.bavail * found.bsize >= memoryFreeBytesMin
    ? memoryFolder
    : tmpdir();
}

/** A test run that was killed could not clean up after itself; the next one does. */
async function removeAbandoned(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    const owner = Number(/^maru-test-postgres-(\d+)-/.exec(entry)?.[1] ?? Number.NaN);
    if (Number.isNaN(owner) || existsSync(`/proc/${owner}`) || !existsSync("/proc")) continue;
    const dir = join(root, entry);
    await endProcessesIn(join(dir, "postgres")).catch(() => undefined);
    await rm(dir, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}

import { setTimeout as delay } from "node:timers/promises";
import { checkOwner, checkReachable } from "./access.ts";
import { locateBinaries, makeUsable, type Binaries } from "./binaries.ts";
import { prepareCluster, superuser } from "./cluster.ts";
import { createDatabase, probe, type PostgresConnection } from "./connection.ts";
import {
  findSocketDir,
  makeSocketDir,
  openDataFolder,
  removeFarSocketDir,
  socketPort,
  type Layout,
} from "./data-folder.ts";
import { DataFolderError, fromFileError } from "./data-folder-error.ts";
import {
  lockFolder,
  readHolder,
  type FolderLock,
  type LockHolder,
  type Purpose,
} from "./folder-lock.ts";
import { readPassword } from "./secrets.ts";
import type { ServerLog } from "./server-log.ts";
import { createSupervisor, type ServerState } from "./supervisor.ts";
import { chooseUser } from "./unprivileged-user.ts";

export { DataFolderError } from "./data-folder-error.ts";
export type { PostgresConnection } from "./connection.ts";

/** A PostgreSQL server whose data lies in a folder of this machine. */
export interface EmbeddedPostgres {
  readonly connection: PostgresConnection;
  /** "attached": the server is a running node's, lent to a tool of the command line. */
  readonly mode: "started" | "attached";
  /** The unprivileged user that the server runs as when this process is root. */
  readonly runsAs: string | null;
  /** Whether the data folder was empty before. */
  readonly firstStart: boolean;
  /** Shuts the server down and gives the folder back; an attached one is only let go. May be called repeatedly. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly dataDir: string;
  readonly purpose: Purpose;
  readonly log: ServerLog;
  /** PostgreSQL settings that differ from the durable defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Tells when a server that had started goes and comes back by itself. */
  readonly onStateChange?: (state: ServerState, cause?: string) => void;
}

const databaseName = "maru";
/** A node that has just been started may still be making or recovering its database. */
const attachTimeoutMs = 60_000;
const attachPollMs = 100;

/**
 * Starts the PostgreSQL of a data folder and keeps it running, or lends a tool the one that a node runs there.
 * Rejects with a DataFolderError, which is written for the person who started the program.
 */
export async function startEmbeddedPostgres(options: StartOptions): Promise<EmbeddedPostgres> {
  return await startWithBinaries(options, await locateBinaries());
}

/** The same with a PostgreSQL from elsewhere, for instance an older one of the system. */
export async function startWithBinaries(
  options: StartOptions,
  binaries: Binaries,
): Promise<EmbeddedPostgres> {
  const layout = await openDataFolder(options.dataDir);
  const deadline = performance.now() + attachTimeoutMs;
  for (;;) {
    const lock = await lockFolder(layout.dataDir, options.purpose);
    if (lock !== null) return await startLocked(options, { layout, binaries, lock });
    const holder = await readHolder(layout.dataDir);
    if (options.purpose === "serve" || holder?.purpose === "tool") throw inUse(layout, holder);
    const attached = await attach(layout);
    if (attached !== null) return attached;
    if (performance.now() >= deadline) throw inUse(layout, holder);
    await delay(attachPollMs);
  }
}

function inUse(layout: Layout, holder: LockHolder | null): DataFolderError {
  const who =
    holder === null
      ? "Another process"
      : `${holder.purpose === "serve" ? "A running node" : "A command line task"} (pid ${String(holder.pid)}, since ${holder.startedAt})`;
  return new DataFolderError(
    "in-use",
    `${who} uses the data folder ${layout.dataDir}. Stop it first, or choose another data folder with --data.`,
  );
}

async function attach(layout: Layout): Promise<EmbeddedPostgres | null> {
  const socketDir = await findSocketDir(layout.dataDir);
  const password = await readPassword(layout);
  if (socketDir === null || password === null) return null;
  const connection = connectionOf(socketDir, password);
  if ((await probe(connection)).state !== "ready") return null;
  return {
    connection,
    mode: "attached",
    runsAs: null,
    firstStart: false,
    stop: () => Promise.resolve(),
  };
}

function connectionOf(socketDir: string, password: string): PostgresConnection {
  return { socketDir, port: socketPort, database: databaseName, user: superuser, password };
}

interface Holding {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly lock: FolderLock;
}

async function startLocked(
  options: StartOptions,
  { layout, binaries, lock }: Holding,
): Promise<EmbeddedPostgres> {
  const { log } = options;
  let cleanUp = (): Promise<void> => Promise.resolve();
  try {
    const runAs = await chooseUser(layout.clusterDir, log);
    await checkOwner(layout.clusterDir, runAs);
    await checkReachable(layout.dataDir, runAs);
    const usable = await makeUsable(binaries, { dataDir: layout.dataDir, runAs, log });
    const socketDir = await makeSocketDir(layout.dataDir, runAs);
    const cluster = await prepareCluster({ layout, socketDir, binaries: usable, runAs, log });
    const connection = connectionOf(socketDir, cluster.password);
    const supervisor = createSupervisor({
      layout,
      binaries: usable,
      runAs,
      connection,
      settings: options.settings ?? {},
      log,
      onStateChange: options.onStateChange ?? (() => undefined),
    });
    cleanUp = async () => {
      await supervisor.stop();
      await removeFarSocketDir(layout.dataDir, socketDir);
    };
    await supervisor.start();
    if ((await probe(connection)).state === "no-database")
      await createDatabase(connection, databaseName);
    let stopped: Promise<void> | null = null;
    return {
      connection,
      mode: "started",
      runsAs: runAs?.name ?? null,
      firstStart: cluster.created,
      stop: () =>
        (stopped ??= cleanUp().finally(() => {
          lock.release();
        })),
    };
  } catch (error) {
    await cleanUp().finally(() => {
      lock.release();
    });
    throw fromFileError(error, layout.dataDir);
  }
}

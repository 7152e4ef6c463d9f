import { constants, rmSync } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { explainDenial } from "./access.ts";
import { fromFileError } from "./data-folder-error.ts";
import { isAlive } from "./processes.ts";

/** What a process does with the data folder: serve, or a task of the command line. */
export type Purpose = "serve" | "tool";

export interface LockHolder {
  readonly pid: number;
  readonly purpose: Purpose;
  readonly startedAt: string;
}

export interface FolderLock {
  release(): void;
}

/** The holder writes who it is right after it has the lock. */
const holderTimeoutMs = 500;
const holderPollMs = 20;

/** SQLite's error code for a lock that another process, or another connection, holds. */
const sqliteBusy = 5;

/**
 * Held locks stay referenced here: a connection that nobody refers to is closed by the garbage collector, and the lock
 * would go with it.
 */
const held = new Set<DatabaseSync>();

/**
 * Takes the folder for this process. The lock is SQLite's lock on an empty file, which the kernel drops when the process
 * ends in whatever way, so that none is ever left behind. Null: someone else holds it.
 */
export async function lockFolder(dataDir: string, purpose: Purpose): Promise<FolderLock | null> {
  const path = join(dataDir, "node.lock");
  await createIfMissing(path);
  const database = openExclusively(path);
  if (database === null) return null;
  held.add(database);
  const holder: LockHolder = { pid: process.pid, purpose, startedAt: new Date().toISOString() };
  const release = (): void => {
    if (!held.delete(database)) return;
    rmSync(holderPath(dataDir), { force: true });
    database.close();
  };
  try {
    await writeFile(holderPath(dataDir), JSON.stringify(holder), { mode: 0o600 });
  } catch (error) {
    release();
    throw fromFileError(error, dataDir);
  }
  return { release };
}

/** Who holds the folder; null: it has not told, or lives where its process id is not known here. */
export async function readHolder(dataDir: string): Promise<LockHolder | null> {
  const deadline = performance.now() + holderTimeoutMs;
  for (;;) {
    const holder = parseHolder(await readFile(holderPath(dataDir), "utf8").catch(() => ""));
    // A killed holder leaves its note, until the next one, which locks first, has written its own.
    if (holder !== null && isAlive(holder.pid)) return holder;
    if (performance.now() >= deadline) return null;
    await delay(holderPollMs);
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return null;
    if (!("pid" in parsed) || !("purpose" in parsed) || !("startedAt" in parsed)) return null;
    const purpose: Purpose = parsed.purpose === "tool" ? "tool" : "serve";
    return { pid: Number(parsed.pid), purpose, startedAt: String(parsed.startedAt) };
  } catch {
    return null;
  }
}

function holderPath(dataDir: string): string {
  return join(dataDir, "node.lock.json");
}

/**
 * Only a missing file is opened here: closing any descriptor of a file drops all locks that this process holds on it.
 */
async function createIfMissing(path: string): Promise<void> {
  try {
    await writeFile(path, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw fromFileError(error, path);
    }
    try {
      await access(path, constants.R_OK | constants.W_OK);
    } catch (denial) {
      throw await explainDenial(denial, path);
    }
  }
}

function openExclusively(path: string): DatabaseSync | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // Nothing is ever written, so that a full disk does not stand in the way of the lock.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return null;
    throw fromFileError(error, path);
  }
}

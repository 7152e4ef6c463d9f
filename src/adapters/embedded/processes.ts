import { execFile } from "node:child_process";
import { readFile, readdir, readlink, rm } from "node:fs/promises";
import { platform } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { DataFolderError } from "./data-folder-error.ts";
import type { ServerLog } from "./server-log.ts";

const run = promisify(execFile);

/** How long an old server may take to write its last checkpoint before it is ended harder. */
const fastShutdownMs = 20_000;
const immediateShutdownMs = 5_000;
const killMs = 10_000;
const pollMs = 20;

/** Whether a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Sends a signal; a process that has just gone is not an error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * The PostgreSQL processes that work in this folder, by id. Every one of them stands in the cluster's folder; the
 * program's name is asked as well, because a person's shell may stand there too.
 */
export async function postgresProcessesIn(dir: string): Promise<readonly number[]> {
  if (platform() !== "linux") return await listedProcessesIn(dir);
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const cwd = await readlink(join("/proc", entry, "cwd")).catch(() => null);
    if (cwd === null || (cwd !== dir && !cwd.startsWith(`${dir}/`) && cwd !== `${dir} (deleted)`))
      continue;
    const name = await readFile(join("/proc", entry, "comm"), "utf8").catch(() => "");
    if (name.trim() === "postgres") found.push(Number(entry));
  }
  return found;
}

/** Without /proc, the server itself is known by its command line; its children end with it. */
async function listedProcessesIn(dir: string): Promise<readonly number[]> {
  const listed = await run("ps", ["-axww", "-o", "pid=,command="]).catch(() => ({ stdout: "" }));
  const found: number[] = [];
  for (const line of listed.stdout.split("\n")) {
    const parts = /^\s*(\d+)\s+(\S*postgres)\s(.*)$/.exec(line);
    if (parts?.[3]?.includes(`-D ${dir} `) === true) found.push(Number(parts[1]));
  }
  return found;
}

/** The id in postmaster.pid, which the server writes first and removes last; null: there is none. */
export async function recordedServer(clusterDir: string): Promise<number | null> {
  const text = await readFile(join(clusterDir, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
}

/**
 * Makes way for a new server in this folder, whatever a killed node or a killed server left there. The data folder's lock
 * is held, so nobody else is using the old one.
 */
export async function endOldServer(
  { clusterDir, socketDir }: { readonly clusterDir: string; readonly socketDir: string },
  log: ServerLog,
): Promise<void> {
  if (await endProcessesIn(clusterDir))
    log("warn", "Ended PostgreSQL processes that were left behind", { clusterDir });
  // A number may belong to another program by now, or to a dead process that nobody has buried yet; PostgreSQL would take
  // either for the old server, here and in the lock beside its socket.
  const left = await recordedServer(clusterDir);
  if (left !== null && isAlive(left)) await rm(join(clusterDir, "postmaster.pid"), { force: true });
  for (const entry of await readdir(socketDir).catch(() => [])) {
    if (entry.startsWith(".s.PGSQL.")) await rm(join(socketDir, entry), { force: true });
  }
}

/**
 * Ends every PostgreSQL process that still works in this folder: orderly while its server lives, at once where only
 * children are left, which could serve nobody any more but hold the shared memory. Returns whether there were any.
 */
export async function endProcessesIn(clusterDir: string): Promise<boolean> {
  const before = await postgresProcessesIn(clusterDir);
  if (before.length === 0) return false;
  const server = await recordedServer(clusterDir);
  if (server !== null && before.includes(server)) {
    sendSignal(server, "SIGINT");
    if (await noneLeft(clusterDir, fastShutdownMs)) return true;
  }
  for (const pid of await postgresProcessesIn(clusterDir)) sendSignal(pid, "SIGQUIT");
  if (await noneLeft(clusterDir, immediateShutdownMs)) return true;
  await killProcessesIn(clusterDir);
  return true;
}

export async function killProcessesIn(clusterDir: string): Promise<void> {
  for (const pid of await postgresProcessesIn(clusterDir)) sendSignal(pid, "SIGKILL");
  if (await noneLeft(clusterDir, killMs)) return;
  const pids = (await postgresProcessesIn(clusterDir)).join(", ");
  throw new DataFolderError(
    "start-failed",
    `PostgreSQL processes of an earlier run (pid ${pids}) still work in ${clusterDir} and cannot be ended. Their disk may hang; mend that, or restart the machine.`,
  );
}

async function noneLeft(clusterDir: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while ((await postgresProcessesIn(clusterDir)).length > 0) {
    if (performance.now() >= deadline) return false;
    await delay(pollMs);
  }
  return true;
}

import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Readings of the system about processes: CPU time, memory, descriptors. From /proc, so on Linux alone. */

/** Clock ticks a second; Linux has kept it at 100 on every architecture. */
const ticksPerS = 100;
const usPerTick = 1_000_000 / ticksPerS;
const kib = 1024;

interface ProcessStat {
  readonly ownUs: number;
  /** Of children that have ended and were waited for. */
  readonly endedChildrenUs: number;
}

/** All zeros for a process that is not there any more. */
function statOf(pid: number): ProcessStat {
  const text = readProc(`/proc/${String(pid)}/stat`);
  // The name may hold spaces and parentheses; what follows the last one is plain.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = (field: number): number => Number(fields[field] ?? "0");
  return {
    ownUs: (ticks(11) + ticks(12)) * usPerTick,
    endedChildrenUs: (ticks(13) + ticks(14)) * usPerTick,
  };
}

/** Empty where the process has gone meanwhile, which is no fault of a reading. */
function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT" || code === "ESRCH") {
      return "";
    }
    throw error;
  }
}

function childrenOf(pid: number): readonly number[] {
  return readProc(`/proc/${String(pid)}/task/${String(pid)}/children`)
    .split(" ")
    .filter((text) => text !== "")
    .map(Number);
}

function treeBelow(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...treeBelow(child)]);
}

const runs = (file: string) => (pid: number) =>
  readProc(`/proc/${String(pid)}/cmdline`).includes(file);
const isOperators = runs("operator-process.ts");
const isMedia = runs("media-process.ts");

const withBelow = (pids: readonly number[]): readonly number[] =>
  pids.flatMap((pid) => [pid, ...treeBelow(pid)]);

/** A node's operators' process is a part of the node; what is neither that nor for media is its database. */
const operatorsOf = (pid: number): readonly number[] => childrenOf(pid).filter(isOperators);
const databaseOf = (pid: number): readonly number[] =>
  withBelow(childrenOf(pid).filter((child) => !isOperators(child) && !isMedia(child)));
/** With the programs that they have started. */
const mediaOf = (pid: number): readonly number[] => withBelow(childrenOf(pid).filter(isMedia));

const usedBy = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const { ownUs, endedChildrenUs } = statOf(pid);
    return sum + ownUs + endedChildrenUs;
  }, 0);

/** CPU that the process has used so far, with its operators' process, in microseconds. */
export function cpuOf(pid: number): number {
  return [pid, ...operatorsOf(pid)].reduce((sum, one) => sum + statOf(one).ownUs, 0);
}

/** How long the process's main thread has been ready to run while its cores ran something else, in microseconds. */
export function waitedOf(pid: number): number {
  const nsPerUs = 1_000;
  const [, waitedNs = "0"] = readProc(`/proc/${String(pid)}/schedstat`).split(" ");
  return Number(waitedNs) / nsPerUs;
}

/** CPU of the embedded database, with what has ended of it, in microseconds. */
export function cpuBelow(pid: number): number {
  return usedBy(databaseOf(pid));
}

/** CPU of the processes for media with those that have ended, in microseconds: once a node has started, no others end. */
export function cpuOfMedia(pid: number): number {
  return usedBy(mediaOf(pid)) + statOf(pid).endedChildrenUs;
}

function statusBytes(pid: number, field: "VmRSS" | "VmHWM"): number {
  const pattern = new RegExp(`^${field}:\\s+([0-9]+) kB`, "mu");
  return Number(pattern.exec(readProc(`/proc/${String(pid)}/status`))?.[1] ?? 0) * kib;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** The most that it was since the process began, or since it was last forgotten. */
export function residentBytesPeak(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

/** What it is now is the most from here on. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${String(pid)}/clear_refs`, "5");
}

/** Programs that processes for media run now. */
export function mediaProgramCount(pid: number): number {
  return childrenOf(pid)
    .filter(isMedia)
    .reduce((sum, one) => sum + treeBelow(one).length, 0);
}

/** Lets all of them stand still (`SIGSTOP`), or go on. */
export function signalMedia(pid: number, signal: "SIGSTOP" | "SIGCONT"): void {
  for (const one of mediaOf(pid)) {
    process.kill(one, signal);
  }
}

export interface MediaMemory {
  readonly pid: number;
  readonly rssBytes: number;
  readonly rssBytesPeak: number;
}

/** Of each process for media and each program that one of them runs. */
export function mediaMemoryOf(pid: number): readonly MediaMemory[] {
  return mediaOf(pid).map((one) => ({
    pid: one,
    rssBytes: residentBytes(one),
    rssBytesPeak: residentBytesPeak(one),
  }));
}

/** A process's share of memory in bytes: what several hold is divided among them. */
function proportionalBytes(pid: number): number {
  const text = readProc(`/proc/${String(pid)}/smaps_rollup`);
  return Number(/^Pss:\s+([0-9]+) kB/mu.exec(text)?.[1] ?? 0) * kib;
}

const proportionalOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0);

export interface Memory {
  /** Of the process alone. */
  readonly rssBytes: number;
  /** With its operators' process. */
  readonly pssBytes: number;
  /** The database's processes, each by its share. */
  readonly databasePssBytes: number;
}

export function memoryOf(pid: number): Memory {
  return {
    rssBytes: residentBytes(pid),
    pssBytes: proportionalOf([pid, ...operatorsOf(pid)]),
    databasePssBytes: proportionalOf(databaseOf(pid)),
  };
}

/** Files and sockets that the process holds open. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${String(pid)}/fd`).length;
}

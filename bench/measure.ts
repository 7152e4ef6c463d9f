import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

/** Readings of the system: CPU time and memory of processes, and what machine this is. */

/** Clock ticks a second; Linux has kept it at 100 on every architecture. */
const ticksPerS = 100;
const usPerTick = 1_000_000 / ticksPerS;
const kib = 1024;

interface ProcessStat {
  readonly parent: number;
  readonly cpuUs: number;
}

function statOf(pid: number): ProcessStat {
  const text = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  // The name may hold spaces and parentheses; what follows the last one is plain.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [parent = "0", user = "0", system = "0"] = [fields[1], fields[11], fields[12]];
  return { parent: Number(parent), cpuUs: (Number(user) + Number(system)) * usPerTick };
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8")
    .split(" ")
    .filter((text) => text !== "")
    .map(Number);
}

/** CPU that the process has used so far, in microseconds. */
export function cpuOf(pid: number): number {
  return statOf(pid).cpuUs;
}

/** CPU of everything below the process, in microseconds: the embedded database. */
export function cpuBelow(pid: number): number {
  let sum = 0;
  for (const child of childrenOf(pid)) {
    sum += statOf(child).cpuUs + cpuBelow(child);
  }
  return sum;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/status`, "utf8");
  return Number(/VmRSS:\s+([0-9]+) kB/.exec(text)?.[1] ?? Number.NaN) * kib;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Greatest less smallest, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

export function machine(): object {
  return {
    node: process.version,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / kib ** 3),
  };
}

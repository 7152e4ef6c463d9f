import { readFile } from "node:fs/promises";

/** What processes take of the machine. Linux tells it of any process, other systems do not. */
export interface Usage {
  /** Of real memory, now. */
  readonly memoryBytes: number;
  /** The most of it since the start. */
  readonly memoryBytesPeak: number;
  /** CPU time since the start; with that of its own processes that have ended. */
  readonly cpuMs: number;
}

export const noUsage: Usage = { memoryBytes: 0, memoryBytesPeak: 0, cpuMs: 0 };

const bytesPerKib = 1_024;
/** Linux counts CPU time in hundredths of a second, on every machine that people have. */
const msPerTick = 10;
/** Of the fields after the name, which may hold anything: utime, stime, cutime, cstime. */
const cpuFields = [11, 12, 13, 14] as const;

/** Null: there is no such process, or the system does not say. */
export async function usageOf(pid: number): Promise<Usage | null> {
  try {
    const [status, stat] = await Promise.all([
      readFile(`/proc/${String(pid)}/status`, "latin1"),
      readFile(`/proc/${String(pid)}/stat`, "latin1"),
    ]);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = cpuFields.reduce((sum, field) => sum + Number(fields[field]), 0);
    return {
      memoryBytes: bytesIn(status, "VmRSS"),
      memoryBytesPeak: bytesIn(status, "VmHWM"),
      cpuMs: ticks * msPerTick,
    };
  } catch {
    return null;
  }
}

/** A process that has ended and is not yet buried has no memory. */
function bytesIn(status: string, field: string): number {
  const [, kib = "0"] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "mu").exec(status) ?? [];
  return Number(kib) * bytesPerKib;
}

export function sumOf(one: Usage, other: Usage | null): Usage {
  return combined(one, other ?? noUsage, (a, b) => a + b);
}

export function mostOf(one: Usage, other: Usage): Usage {
  return combined(one, other, Math.max);
}

function combined(one: Usage, other: Usage, how: (a: number, b: number) => number): Usage {
  return {
    memoryBytes: how(one.memoryBytes, other.memoryBytes),
    memoryBytesPeak: how(one.memoryBytesPeak, other.memoryBytesPeak),
    cpuMs: how(one.cpuMs, other.cpuMs),
  };
}

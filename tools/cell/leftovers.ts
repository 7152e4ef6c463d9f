/**
 * Remembers in a file which processes run, so that the next start ends those of a run that was killed. A process is known
 * by its id and the time of its start: an id alone may belong to another program by now.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { sendSignal } from "../../src/adapters/embedded/processes.ts";

export interface Recorded {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** Nodes drain, and give back their leases; what then still runs is killed. */
const endsWithinMs = 6_000;
/** What is killed ends at once, unless the kernel holds it, as while a disk does not answer. */
const killedWithinMs = 10_000;
const pollMs = 50;
/** Of the fields after the command's name in /proc/PID/stat: the start, in ticks since the machine's. */
const startTimeField = 19;
const stateField = 0;

/** Null: there is no such process, or it has ended and waits for its parent to notice. */
export function startTimeOf(pid: number): string | null {
  try {
    if (process.platform !== "linux") {
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    }
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in brackets, and may itself hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[stateField] === "Z" ? null : (fields[startTimeField] ?? null);
  } catch {
    return null;
  }
}

const runs = ({ pid, startedAt }: Recorded): boolean => startTimeOf(pid) === startedAt;

export function writeRecorded(file: string, recorded: readonly Recorded[]): void {
  writeFileSync(`${file}.unfinished`, JSON.stringify(recorded, null, 2), { mode: 0o600 });
  renameSync(`${file}.unfinished`, file);
}

function readRecorded(file: string): readonly Recorded[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as readonly Recorded[];
  } catch {
    return [];
  }
}

function complaint(running: readonly Recorded[]): string {
  const named = running.map(({ name, pid }) => `${name} (pid ${pid})`).join(", ");
  return `An earlier run left processes behind that do not end, not even by SIGKILL: ${named}.`;
}

/**
 * Ends what an earlier run left behind, and gives its names; fails where it does not end. The data folder is held, so
 * nobody else uses them.
 */
export async function endLeftovers(file: string): Promise<readonly string[]> {
  const left = readRecorded(file).filter(runs);
  // A stopped process hears nothing but SIGKILL before it goes on.
  for (const { pid } of left) {
    sendSignal(pid, "SIGTERM");
    sendSignal(pid, "SIGCONT");
  }
  let running = left.filter(runs);
  for (let waitedMs = 0; running.length > 0; waitedMs += pollMs) {
    if (waitedMs >= endsWithinMs + killedWithinMs) throw new Error(complaint(running));
    if (waitedMs >= endsWithinMs) {
      for (const { pid } of running) sendSignal(pid, "SIGKILL");
    }
    await delay(pollMs);
    running = running.filter(runs);
  }
  return left.map(({ name }) => name);
}

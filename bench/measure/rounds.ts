import type { ClosedResult } from "../load/closed-model.ts";
import type { NodeProcess } from "../server/node-process.ts";
import { cpuBelow, cpuOf, cpuOfMedia, waitedOf } from "./processes.ts";
import { median, spread } from "./statistics.ts";

/** What a round of one kind of load came to; CPU in microseconds. */
export interface Round {
  readonly requests: number;
  readonly perSecond: number;
  readonly bytesPerAnswer: number;
  readonly nodeUs: number;
  readonly databaseUs: number;
}

export interface CpuReading {
  readonly nodeUs: number;
  readonly databaseUs: number;
  /** Of the processes that work on photos and videos. */
  readonly mediaUs: number;
  /** How long the node's main thread waited for a core. */
  readonly waitedUs: number;
  readonly atMs: number;
}

export function readCpu({ pid }: Pick<NodeProcess, "pid">): CpuReading {
  return {
    nodeUs: cpuOf(pid),
    databaseUs: cpuBelow(pid),
    mediaUs: cpuOfMedia(pid),
    waitedUs: waitedOf(pid),
    atMs: performance.now(),
  };
}

export async function roundOf(
  node: Pick<NodeProcess, "pid">,
  load: () => Promise<ClosedResult>,
): Promise<Round> {
  const before = readCpu(node);
  const { requests, perSecond, bytesPerAnswer } = await load();
  const after = readCpu(node);
  return {
    requests,
    perSecond,
    bytesPerAnswer,
    nodeUs: after.nodeUs - before.nodeUs,
    databaseUs: after.databaseUs - before.databaseUs,
  };
}

/** Medians and spreads of several rounds, gathered under the names of figures. */
export interface Tally {
  note(name: string, value: number): void;
  readonly rounds: () => Record<string, readonly number[]>;
  readonly medians: () => Record<string, number>;
  readonly spreads: () => Record<string, number>;
}

export function createTally(): Tally {
  const values = new Map<string, number[]>();
  const each = (of: (list: readonly number[]) => number): Record<string, number> =>
    Object.fromEntries([...values].map(([name, list]) => [name, of(list)]));
  return {
    note(name, value) {
      values.set(name, [...(values.get(name) ?? []), value]);
    },
    rounds: () => Object.fromEntries(values),
    medians: () => each(median),
    spreads: () => each(spread),
  };
}

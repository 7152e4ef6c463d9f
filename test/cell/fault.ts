import { setTimeout as pause } from "node:timers/promises";
import type { Cell, NodeName, ProcessName } from "../../tools/cell/types.ts";
import type { Random } from "../support/random.ts";
import type { NetworkProxy } from "./network-proxy.ts";

/** What is done to a cell in a round, and how it is known to be over. */
export interface Fault {
  readonly kind: string;
  /** Does it, and resolves when it is over and everything is ready again. Gives what it fell on. */
  strike(scene: FaultScene): Promise<string>;
  /** Whether not one request may fail because of it. */
  readonly isSilent?: true;
}

export interface FaultScene {
  readonly cell: Cell;
  readonly random: Random;
  /** How long a process stands still, or a network is bad. */
  readonly stopMs: number;
  readonly network: NodeNetwork | null;
  readonly shortages: NodeShortages;
}

/** The proxies before one node. */
export interface NodeNetwork {
  readonly node: ProcessName;
  readonly toDatabase: NetworkProxy;
  /** One for each NATS server. */
  readonly toNats: readonly NetworkProxy[];
}

/** What a machine with a node and a NATS server on it can run short of. */
export interface NodeShortages {
  readonly node: NodeName;
  /** More variables of that node, asked at each of its starts. */
  environmentOf(name: NodeName): Readonly<Record<string, string>>;
  /** Whether it is started with less memory than it needs. */
  setSmallHeap(isSmall: boolean): void;
  /** Null where mounting is not permitted. */
  readonly disk: SmallDisk | null;
  /** Its logs stay where those of the others are. */
  close(): Promise<void>;
}

/** What the node, the NATS server and their logs are kept on. */
export interface SmallDisk {
  fill(): Promise<void>;
  empty(): Promise<void>;
}

const readyMs = 120_000;
const pollMs = 10;

export async function untilAllReady(cell: Cell): Promise<void> {
  for (const { name } of cell.processes) await cell.untilReady(name, readyMs);
  for (const { name, kind } of cell.processes) {
    if (kind === "node") await cell.untilRouted(name as `node-${1 | 2 | 3}`, readyMs);
  }
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + readyMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(pollMs);
  }
}

/** A new process has taken the place of the one that was hit, which may take it a moment. */
export async function untilReplaced(
  cell: Cell,
  before: ReadonlyMap<ProcessName, number | null>,
): Promise<void> {
  for (const [name, pid] of before) {
    await until(() => {
      const now = cell.process(name).pid;
      return now !== pid && now !== null;
    }, `${name} comes back`);
  }
}

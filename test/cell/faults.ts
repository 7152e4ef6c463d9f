import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Cell, ProcessName } from "../../tools/cell/types.ts";
import type { Random } from "../support/random.ts";
import {
  untilAllReady,
  untilReplaced,
  type Fault,
  type FaultScene,
  type NodeNetwork,
  type NodeShortages,
} from "./fault.ts";
import type { NetworkCondition, NetworkProxy } from "./network-proxy.ts";
import { shortageFaults } from "./shortages.ts";

const relayMetric = /^maru_log_is_relay (\d+)/mu;
/** How long the whole of NATS is away where its stores are wiped. */
const natsAwayMs = 2_000;
const slowMs = 200;
/** Of the dozen or two that a node has. */
const cutEveryMs = 100;

const blows = [
  ["killed", "SIGKILL"],
  ["stopped", "SIGSTOP"],
  ["ended", "SIGTERM"],
  ["away", "absence"],
] as const;
/** "absence": killed, and not started again for as long as others stand still. */
type Blow = (typeof blows)[number][1];

const namesOf = (cell: Cell, kind: string): ProcessName[] =>
  cell.processes.filter((one) => one.kind === kind).map(({ name }) => name);

async function findRelay(cell: Cell): Promise<ProcessName | null> {
  for (const { name, kind, adminUrl } of cell.processes) {
    if (kind !== "node" || adminUrl === null) continue;
    const text = await fetch(`${adminUrl}/metrics`)
      .then((response) => response.text())
      .catch(() => "");
    if (relayMetric.exec(text)?.[1] === "1") return name;
  }
  return null;
}

async function hit(
  { cell, stopMs }: FaultScene,
  names: readonly ProcessName[],
  blow: Blow,
): Promise<void> {
  const pids = new Map(names.map((name) => [name, cell.process(name).pid]));
  if (blow === "absence") {
    for (const name of names) cell.process(name).supervised = false;
  }
  for (const name of names) cell.kill(name, blow === "absence" ? "SIGKILL" : blow);
  if (blow === "absence") {
    await pause(stopMs);
    for (const name of names) cell.process(name).supervised = true;
    await untilReplaced(cell, pids);
  } else if (blow === "SIGSTOP") {
    await pause(stopMs);
    for (const [name, pid] of pids) {
      // The cell may have replaced it, because it hung.
      if (cell.process(name).pid === pid) cell.kill(name, "SIGCONT");
    }
  } else {
    await untilReplaced(cell, pids);
  }
  await untilAllReady(cell);
}

type Choose = (scene: FaultScene) => Promise<readonly ProcessName[]>;

const oneOf =
  (kind: string): Choose =>
  async ({ cell, random }) => [random.pick(namesOf(cell, kind))];

const targets: readonly (readonly [what: string, choose: Choose])[] = [
  ["node", oneOf("node")],
  ["relay", async ({ cell }) => [(await findRelay(cell)) ?? "node-1"]],
  ["NATS server", oneOf("nats")],
  ["all of NATS", async ({ cell }) => namesOf(cell, "nats")],
  ["Redis", oneOf("redis")],
  ["balancer", oneOf("balancer")],
];

const signals: readonly Fault[] = targets.flatMap(([what, choose]) =>
  blows.map(([done, blow]) => ({
    kind: `${what} ${done}`,
    async strike(scene: FaultScene) {
      const names = await choose(scene);
      await hit(scene, names, blow);
      return names.join(", ");
    },
  })),
);

async function wipe({ cell }: FaultScene, names: readonly ProcessName[]): Promise<string> {
  await Promise.all(names.map((name) => cell.stop(name)));
  for (const name of names) {
    const folder = join(cell.dataDir, name);
    for (const entry of await readdir(folder)) {
      await rm(join(folder, entry), { recursive: true, force: true });
    }
  }
  await pause(natsAwayMs);
  await Promise.all(names.map((name) => cell.start(name)));
  await untilAllReady(cell);
  return names.join(", ");
}

const others: readonly Fault[] = [
  {
    kind: "store of a NATS server wiped",
    strike: (scene) => wipe(scene, [scene.random.pick(namesOf(scene.cell, "nats"))]),
  },
  {
    kind: "all stores of NATS wiped",
    strike: (scene) => wipe(scene, namesOf(scene.cell, "nats")),
  },
  {
    kind: "rolling restart",
    isSilent: true,
    async strike({ cell }) {
      await cell.restartNodes();
      return "every node";
    },
  },
];

function networkFault(
  kind: string,
  pick: (network: NodeNetwork) => readonly NetworkProxy[],
  conditions: readonly NetworkCondition[],
): Fault {
  return {
    kind,
    async strike({ cell, random, stopMs, network }) {
      if (network === null) throw new Error("no proxy stands before a node");
      const condition = random.pick(conditions);
      for (const proxy of pick(network)) proxy.set(condition);
      await pause(stopMs);
      for (const proxy of pick(network)) proxy.set({ kind: "fine" });
      await untilAllReady(cell);
      return `${network.node} (${condition.kind})`;
    },
  };
}

const everything = ({ toDatabase, toNats }: NodeNetwork): NetworkProxy[] => [toDatabase, ...toNats];

const gone: readonly NetworkCondition[] = [{ kind: "cut" }, { kind: "black hole" }];
const slow: NetworkCondition = { kind: "slow", delayMs: slowMs };
const lossy: NetworkCondition = { kind: "lossy", cutEveryMs };

const networkFaults: readonly Fault[] = [
  networkFault("node cut from NATS", ({ toNats }) => toNats, gone),
  networkFault("node cut from PostgreSQL", ({ toDatabase }) => [toDatabase], gone),
  networkFault("node cut from both", everything, gone),
  networkFault("node 200 ms away from both", everything, [slow]),
  networkFault("node that loses connections to both", everything, [lossy]),
];

export interface Draw {
  readonly hasNetwork: boolean;
  readonly shortages: NodeShortages;
  /** Only kinds with this in their names; "" for all of them. */
  readonly wanted: string;
}

/** Each kind once in random order, then all of them again. */
export function drawFaults(count: number, random: Random, draw: Draw): Fault[] {
  const all = [
    ...signals,
    ...others,
    ...(draw.hasNetwork ? networkFaults : []),
    ...shortageFaults(draw.shortages),
  ];
  const chosen = all.filter(({ kind }) => kind.includes(draw.wanted));
  if (chosen.length === 0) throw new Error(`there is no fault ${draw.wanted}`);
  const drawn: Fault[] = [];
  let hat: Fault[] = [];
  while (drawn.length < count) {
    if (hat.length === 0) hat = [...chosen];
    drawn.push(...hat.splice(random.below(hat.length), 1));
  }
  return drawn;
}

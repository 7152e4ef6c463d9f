/** Restarts nodes one after another, so that no request fails because of it. */
import { setTimeout as delay } from "node:timers/promises";
import { backendName } from "./haproxy.ts";
import { ask, type Answer } from "./probes.ts";
import { probeTimeoutMs, type Supervised } from "./supervised.ts";

const pollMs = 50;

/** A condition of the cell has not come about in time. */
export class WaitError extends Error {
  override readonly name = "WaitError";
}

export interface Wait {
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export async function waitUntil(
  condition: () => Promise<boolean>,
  { what, timeoutMs, signal }: Wait,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    signal?.throwIfAborted();
    if (performance.now() > deadline) {
      throw new WaitError(`${what} has not come about within ${Math.round(timeoutMs / 1000)} s`);
    }
    await delay(pollMs);
  }
}

/** HAProxy's statistics are a table in CSV, whose first line names the columns. */
function routesTo(answer: Answer | null, node: string): boolean {
  const [head = "", ...rows] = (answer?.text ?? "").replace(/^# /u, "").split("\n");
  const columns = head.split(",");
  const fieldOf = (row: readonly string[], name: string): string | undefined =>
    row[columns.indexOf(name)];
  return rows
    .map((row) => row.split(","))
    .some(
      (row) =>
        fieldOf(row, "pxname") === backendName &&
        fieldOf(row, "svname") === node &&
        fieldOf(row, "status") === "UP",
    );
}

/** Whether every balancer that runs sends requests to the node, and at least one runs. */
export async function isRouted(node: string, balancers: readonly Supervised[]): Promise<boolean> {
  const running = balancers.filter(({ pid }) => pid !== null);
  const routes = await Promise.all(
    running.map(async ({ adminUrl }) =>
      routesTo(await ask(`${adminUrl ?? ""}/;csv`, probeTimeoutMs), node),
    ),
  );
  return running.length > 0 && routes.every(Boolean);
}

export interface Rolling {
  readonly nodes: readonly Supervised[];
  readonly balancers: readonly Supervised[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (text: string) => void;
}

/** Ends a node and brings it back, while all the others serve. */
export async function restartNode(node: Supervised, rolling: Rolling): Promise<void> {
  const { balancers, timeoutMs, signal, onEvent } = rolling;
  const serves = async (one: Supervised): Promise<boolean> =>
    (await one.isReady()) && (await isRouted(one.name, balancers));
  for (const other of rolling.nodes.filter(({ name }) => name !== node.name)) {
    const what = `that ${other.name} serves, before ${node.name} is restarted,`;
    await waitUntil(() => serves(other), { what, timeoutMs, signal });
  }
  onEvent(`${node.name} is restarted`);
  await node.stop();
  signal.throwIfAborted();
  await node.start();
  const what = `that ${node.name} serves again`;
  await waitUntil(() => serves(node), { what, timeoutMs, signal });
  onEvent(`${node.name} serves again`);
}

import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { TestNode } from "./node.ts";

type Node = Pick<TestNode, "adminUrl">;

const toldWithinMs = 20_000;
const askEveryMs = 10;

/** The node's metrics, as it has told them since they were asked for here. */
export async function freshMetrics({ adminUrl }: Node): Promise<string> {
  const askedMs = Date.now();
  for (;;) {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    const told = /^maru_reported_timestamp_seconds (\S+)$/m.exec(text)?.[1];
    if (Number(told) * 1_000 >= askedMs) {
      return text;
    }
    if (Date.now() - askedMs > toldWithinMs) {
      throw new Error(`the node has told no metrics since ${told ?? "it started"}`);
    }
    await delay(askEveryMs);
  }
}

/** A figure without labels, as the node's metrics tell it. */
export async function metricOf(node: Node, name: string): Promise<number> {
  const text = await freshMetrics(node);
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) {
    throw new Error(`there is no metric ${name}`);
  }
  return Number(line.slice(name.length + 1));
}

export async function untilFilled(node: Node): Promise<void> {
  await expect.poll(() => metricOf(node, "maru_feed_filled"), { timeout: 30_000 }).toBe(1);
}

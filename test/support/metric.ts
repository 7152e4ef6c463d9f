import { expect } from "vitest";
import type { TestNode } from "./node.ts";

/** A figure without labels, as the node's metrics tell it. */
export async function metricOf(node: Pick<TestNode, "adminUrl">, name: string): Promise<number> {
  const text = await (await fetch(`${node.adminUrl}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) {
    throw new Error(`there is no metric ${name}`);
  }
  return Number(line.slice(name.length + 1));
}

export async function untilFilled(node: Pick<TestNode, "adminUrl">): Promise<void> {
  await expect.poll(() => metricOf(node, "maru_feed_filled"), { timeout: 30_000 }).toBe(1);
}

import { setTimeout as pause } from "node:timers/promises";
import type { Cell, NodeName } from "../../tools/cell/types.ts";
import type { GeneratorPlan } from "../load/plan.ts";
import { scrape } from "../measure/metrics.ts";
import type { Community } from "../seed/arithmetic.ts";
import { ReadBackError } from "../server/read-back.ts";

/** A seeded cell that is measured, and how it is asked. */

export const nodes: readonly NodeName[] = ["node-1", "node-2", "node-3"];
/** Of each node that runs. */
export const readsPerS = 500;
/** Of all together. */
export const publishesPerS = 30;
/** Listed first; those who publish and block in the samples come after them. */
export const readers = 4_000;
const pollMs = 50;

export interface Bench {
  readonly cell: Cell;
  readonly community: Community;
  readonly folder: string;
  readonly textsFile: string;
  readonly isQuick: boolean;
}

export async function filled(cell: Cell, name: NodeName): Promise<void> {
  const { adminUrl } = cell.process(name);
  while ((await scrape(adminUrl ?? "")).get("maru_feed_filled") !== 1) {
    await pause(pollMs);
  }
}

export function planFor(
  { cell, community, textsFile, isQuick }: Bench,
  { name, share }: { readonly name: NodeName; readonly share: number },
): GeneratorPlan {
  const viewers = { from: 0, count: readers, order: "random" } as const;
  return {
    port: cell.process(name).port,
    community,
    textsFile,
    chance: 1,
    connections: 64,
    warmUpS: isQuick ? 3 : 8,
    measuredS: isQuick ? 4 : 15,
    liveConnections: 0,
    sources: [
      { kind: "feed", name: "feed", perSecond: readsPerS, viewers },
      { kind: "publish", name: "publish", perSecond: publishesPerS * share, viewers, hasKey: true },
    ],
  };
}

export async function ask(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<string> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new ReadBackError(`${method} ${path}: ${String(response.status)} ${text.slice(0, 300)}`);
  }
  return text;
}

import { availableParallelism } from "node:os";
import { threadsMax } from "../../src/kernel/threads.ts";
import type { GeneratorPlan, Source } from "../load/plan.ts";
import type { PlanParts, Prepared, Served } from "../server/served-community.ts";

/** The peak of ten million daily visitors: what comes in a second. */
export const peak = { reads: 11_000, stories: 100, likes: 600, liveConnections: 5_000 } as const;

export const peakPerS = peak.reads + peak.stories + peak.likes;

/** As a machine is run that has nothing else to do: a thread of HTTP for each core. */
export const allCores: readonly string[] = [
  "--threads",
  String(Math.min(availableParallelism(), threadsMax)),
];

/** Clients that keep a connection and do not listen. */
const connections = 512;

export function mixtureOf(
  share: number,
  { people }: Pick<Prepared, "people">,
  { storiesFile }: Pick<Served, "storiesFile">,
): readonly Source[] {
  const viewers = { from: 0, count: people, order: "random" } as const;
  return [
    { kind: "feed", name: "feed", perSecond: peak.reads * share, viewers },
    { kind: "publish", name: "publish", perSecond: peak.stories * share, viewers, hasKey: true },
    { kind: "like", name: "like", perSecond: peak.likes * share, viewers, storiesFile },
  ];
}

/** A plan of this share of the peak. */
export function mixturePlan(
  share: number,
  { prepared, served }: { readonly prepared: Prepared; readonly served: Served },
  parts: Omit<PlanParts, "connections" | "sources">,
): GeneratorPlan {
  return served.plan({ ...parts, connections, sources: mixtureOf(share, prepared, served) });
}

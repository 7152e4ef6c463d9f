import { availableParallelism } from "node:os";
import type { GeneratorOptions } from "../load/run-generator.ts";
import { runGenerator } from "../load/run-generator.ts";
import type { GeneratorPlan, GeneratorResult } from "../load/plan.ts";
import type { NodeProcess } from "../server/node-process.ts";
import { readCpu } from "./rounds.ts";

/** What an open-model run came to, with the CPU that each process has used in its measured time. */
export interface Usage {
  readonly result: GeneratorResult;
  /** In microseconds. */
  readonly nodeUs: number;
  readonly databaseUs: number;
  readonly mediaUs: number;
  readonly waitedUs: number;
  readonly generatorUs: number;
  readonly tookMs: number;
}

const usPerMs = 1_000;

export async function usageOf(
  node: NodeProcess,
  plan: GeneratorPlan,
  options: GeneratorOptions,
): Promise<Usage> {
  let before = readCpu(node);
  let after = before;
  const result = await runGenerator(plan, {
    ...options,
    onMeasuring: () => {
      before = readCpu(node);
      options.onMeasuring?.();
    },
    onMeasured: () => {
      after = readCpu(node);
      options.onMeasured?.();
    },
  });
  return {
    result,
    nodeUs: after.nodeUs - before.nodeUs,
    databaseUs: after.databaseUs - before.databaseUs,
    mediaUs: after.mediaUs - before.mediaUs,
    waitedUs: after.waitedUs - before.waitedUs,
    generatorUs: result.cpuUs,
    tookMs: after.atMs - before.atMs,
  };
}

/** How much of one core each process took, and of all cores what all of them took. */
export function coreShares({ nodeUs, databaseUs, mediaUs, generatorUs, tookMs }: Usage): {
  readonly node: number;
  readonly database: number;
  readonly media: number;
  readonly generator: number;
  readonly all: number;
} {
  const share = (us: number): number => us / (tookMs * usPerMs);
  return {
    node: share(nodeUs),
    database: share(databaseUs),
    media: share(mediaUs),
    generator: share(generatorUs),
    all: share(nodeUs + databaseUs + mediaUs + generatorUs) / availableParallelism(),
  };
}

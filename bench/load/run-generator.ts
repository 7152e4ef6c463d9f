import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endedWithUs } from "../server/leftovers.ts";
import { pinned, type Cores } from "../server/pinning.ts";
import {
  refusals,
  type GeneratorLine,
  type GeneratorPlan,
  type GeneratorResult,
  type GeneratorSample,
} from "./plan.ts";

export interface GeneratorOptions {
  readonly folder: string;
  readonly cores: Cores;
  readonly onMeasuring?: () => void;
  readonly onMeasured?: () => void;
  readonly onSample?: (sample: GeneratorSample) => void;
}

const generatorPath = new URL("generator.ts", import.meta.url).pathname;
let plans = 0;

/** Runs a generator in a process of its own until it has a result. */
export async function runGenerator(
  plan: GeneratorPlan,
  { folder, cores, onMeasuring, onMeasured, onSample }: GeneratorOptions,
): Promise<GeneratorResult> {
  plans += 1;
  const planFile = join(folder, `plan-${String(plans)}.json`);
  await writeFile(planFile, JSON.stringify(plan));
  const [program, args] = pinned(cores, process.execPath, [generatorPath, planFile]);
  const child = endedWithUs(spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] }));
  let result: GeneratorResult | null = null;
  const lines = createInterface({ input: child.stdout });
  for await (const text of lines) {
    const line = JSON.parse(text) as GeneratorLine;
    switch (line.type) {
      case "measuring":
        onMeasuring?.();
        break;
      case "measured":
        onMeasured?.();
        break;
      case "sample":
        onSample?.(line.sample);
        break;
      case "result":
        result = line.result;
        break;
    }
  }
  if (result === null) {
    throw new Error("the generator ended without a result");
  }
  return result;
}

/** How many requests of all sources have failed. */
export function failuresOf({ sources }: GeneratorResult): number {
  return sources.reduce((sum, { due, answered }) => sum + due - answered, 0);
}

export function describeFailures({ sources }: GeneratorResult): string {
  return sources
    .flatMap(({ name, failures }) =>
      Object.entries(failures).map(([why, count]) => `${name}: ${count} × ${why}`),
    )
    .join(", ");
}

/**
 * Throws when an answer said that a request was wrong, or that the server is broken: then nothing
 * that was measured means anything. Being too slow or refusing what is too much is a finding.
 */
export function refuseFaults(result: GeneratorResult): void {
  const faults = result.sources
    .flatMap(({ failures }) => Object.keys(failures))
    .filter(
      (why) => why.startsWith("status ") && !refusals.has(Number(why.slice("status ".length))),
    );
  if (faults.length > 0) {
    throw new Error(`requests failed: ${describeFailures(result)}`);
  }
}

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * Which cores a process may use. What costs are measured on has a core of its own, with its
 * database; who asks has another. What is about the whole machine takes any.
 */
export type Cores = "any" | "served" | "asking";

const taskset = "/usr/bin/taskset";
const coreOf = { served: 0, asking: 1 } as const;

export function canPin(): boolean {
  return availableParallelism() > 1 && existsSync(taskset);
}

/** The program to start and its arguments, so that it and its children stay on their cores. */
export function pinned(
  cores: Cores,
  program: string,
  args: readonly string[],
): readonly [program: string, args: readonly string[]] {
  return cores === "any" || !canPin()
    ? [program, args]
    : [taskset, ["-c", String(coreOf[cores]), program, ...args]];
}

/** Runs named programs and tells how each of them went: the frame of `check` and `fix`. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

export const projectRoot = path.dirname(import.meta.dirname);

export type Step = {
  /** One word; `npm run check -- NAME` runs this step alone. */
  readonly name: string;
  /** What is run on the pinned Node: a file and its arguments. */
  readonly command: readonly string[];
};

type Outcome = { readonly passed: boolean; readonly output: string };

type PackageBin = { readonly bin: string | Record<string, string> };

/** The file behind a command that a dependency brings, so that it runs on the pinned Node. */
export function commandFile(packageName: string, command: string = packageName): string {
  const folder = path.join(projectRoot, "node_modules", packageName);
  const description = JSON.parse(
    readFileSync(path.join(folder, "package.json"), "utf8"),
  ) as PackageBin;
  const file = typeof description.bin === "string" ? description.bin : description.bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return path.join(folder, file);
}

function runStep(step: Step): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, step.command, {
      cwd: projectRoot,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => lines.push(line));
    }
    child.on("error", (error) => {
      resolve({ passed: false, output: error.message });
    });
    child.on("close", (code) => {
      resolve({ passed: code === 0, output: lines.join("\n") });
    });
  });
}

async function runAndReport(step: Step): Promise<boolean> {
  const startedAt = performance.now();
  const { passed, output } = await runStep(step);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${passed ? "ok    " : "FAILED"} ${step.name.padEnd(12)} ${seconds.padStart(6)} s`);
  if (!passed) console.log(`\n${output.replaceAll(/^/gmu, "    ")}\n`);
  return passed;
}

/**
 * Runs the steps in their order, at most `atOnce` at a time, each to its end even if another
 * fails. The names of those that failed come back.
 */
export async function runSteps(steps: readonly Step[], atOnce: number): Promise<string[]> {
  const waiting = [...steps];
  const failed: string[] = [];
  const worker = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      if (!(await runAndReport(step))) failed.push(step.name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return failed;
}

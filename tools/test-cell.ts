/**
 * `npm run test:cell`: three nodes with all that stands around them, under load, hit by one fault after
 * another. MARU_CELL_ROUNDS says how many faults, MARU_TEST_SEED repeats a run.
 */
import { parseCLI, startVitest } from "vitest/node";
import { cellPrograms, ensurePrograms } from "./programs.ts";
import { projectRoot } from "./steps.ts";

/** A cell starts a dozen processes before the first fault, and ends them after the last. */
const patienceMs = 600_000;

for (const line of ensurePrograms(cellPrograms)) console.log(line);

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const vitest = await startVitest(filter, {
  ...options,
  // `npm test` has a configuration of its own, which leaves these files out.
  config: false,
  root: projectRoot,
  include: ["test/cell/*.cell-test.ts"],
  watch: false,
  pool: "forks",
  maxWorkers: 1,
  hookTimeout: patienceMs,
  teardownTimeout: patienceMs,
  // A round is told when it is over, not when all are.
  disableConsoleIntercept: true,
});
const modules = vitest.state.getTestModules();
const hasPassed = modules.length > 0 && modules.every((module) => module.ok());
await vitest.close();
if (!hasPassed || vitest.state.getUnhandledErrors().length > 0) process.exitCode = 1;

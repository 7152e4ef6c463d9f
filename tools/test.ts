/**
 * `npm test`: gets the programs that tests need, builds the web client, runs vitest, and ends with
 * one plain line of figures. What follows `npm test --` goes to vitest: names of files, `-t NAME` and
 * the like.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseCLI, startVitest, type TestModule } from "vitest/node";
import { isClientBuilt } from "./client-build.mjs";
import { ensurePrograms } from "./programs.ts";
import { projectRoot } from "./steps.ts";

const inCi = process.env["CI"] === "true";

type Figures = { passed: number; failed: number; skipped: number };

/** A file that breaks before its tests are known counts as one failure. */
function count(modules: readonly TestModule[], unhandledErrors: number): Figures {
  const figures: Figures = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    const failedBefore = figures.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "pending") figures.failed += 1;
      else figures[state] += 1;
    }
    if (!module.ok() && figures.failed === failedBefore) figures.failed += 1;
  }
  return figures;
}

/** Tests in a browser, and of the server as a newcomer starts it, are given the client as it is now. */
function buildClient(): boolean {
  if (isClientBuilt(projectRoot)) {
    return true;
  }
  const tool = path.join(projectRoot, "tools", "build-web.ts");
  return spawnSync(process.execPath, [tool], { stdio: "inherit" }).status === 0;
}

const leftOut = ensurePrograms();

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const isBuilt = buildClient();
const vitest = await startVitest(filter, {
  ...options,
  root: projectRoot,
  watch: false,
  reporters: options.reporters ?? [inCi ? "verbose" : "default"],
});
const modules = vitest.state.getTestModules();
const figures = count(modules, vitest.state.getUnhandledErrors().length);
await vitest.close();

for (const line of leftOut) console.log(line);
if (!isBuilt) {
  console.log(
    "The web client could not be built, for the reason above: what it was before is tested.",
  );
  figures.failed += 1;
}
if (inCi) figures.failed += leftOut.length;
if (modules.length === 0) {
  console.log("No test file matches.");
  figures.failed += 1;
}
console.log(`${figures.passed} passed, ${figures.failed} failed, ${figures.skipped} skipped`);
if (figures.failed > 0) process.exitCode = 1;

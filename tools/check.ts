/**
 * `npm run check`: everything that can be said of the code without running it.
 * `npm run check -- lint types` runs the named steps alone.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { commandFile, projectRoot, runSteps, type Step } from "./steps.ts";

/** The compiler and the linter use a core each. */
const stepsAtOnce = 2;

/** What runs in a browser is compiled with the browser's types, the service worker with its own. */
const browserProjects = (
  [
    ["types-web", "web"],
    ["types-worker", "web/worker"],
    ["types-browser", "test/browser"],
  ] as const
).filter(([, folder]) => existsSync(path.join(projectRoot, folder, "tsconfig.json")));

const codeFolders = ["src", "test", "tools", "bench", "sdk", "web"].filter((folder) =>
  existsSync(path.join(projectRoot, folder)),
);

/**
 * A step to be added is a program that ends with a code other than 0, and says why, when
 * something is wrong; a generator gets a `--check` flag that compares and writes nothing.
 * The longest come first, so that two at a time end early.
 */
const steps: readonly Step[] = [
  { name: "lint", command: [commandFile("eslint"), "--max-warnings=0", "."] },
  { name: "types", command: [commandFile("typescript", "tsc"), "--noEmit"] },
  ...browserProjects.map(([name, folder]) => ({
    name,
    command: [commandFile("typescript", "tsc"), "--noEmit", "--project", folder],
  })),
  { name: "format", command: [commandFile("prettier"), "--check", "--log-level=warn", "."] },
  {
    name: "boundaries",
    command: [
      commandFile("dependency-cruiser", "depcruise"),
      "--config",
      ".dependency-cruiser.mjs",
      ...codeFolders,
    ],
  },
  { name: "dead-code", command: ["tools/dead-code.ts"] },
  { name: "messages", command: ["tools/check-messages.ts"] },
  { name: "configuration", command: ["tools/generate-config-reference.ts", "--check"] },
  { name: "problems", command: ["tools/generate-problems-reference.ts", "--check"] },
  { name: "events", command: ["tools/check-events.ts"] },
  { name: "sdk", command: ["tools/generate-sdk.ts", "--check"] },
  { name: "deploy", command: ["tools/generate-deploy.ts", "--check"] },
  {
    name: "openapi",
    command: [commandFile("@redocly/cli", "redocly"), "lint", "docs/reference/openapi.json"],
  },
];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `check: no step ${unknown.join(", ")}; there are ${steps.map((step) => step.name).join(", ")}`,
  );
  process.exit(1);
}

const chosen = steps.filter((step) => names.length === 0 || names.includes(step.name));
const failed = await runSteps(chosen, stepsAtOnce);
if (failed.length > 0) {
  console.error(`check: ${failed.join(", ")} failed`);
  process.exitCode = 1;
}

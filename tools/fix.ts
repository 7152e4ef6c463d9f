/** `npm run fix`: mends what can be mended without thought, formats, and generates the reference. */
import { commandFile, runSteps } from "./steps.ts";

const failed = await runSteps(
  [
    { name: "lint", command: [commandFile("eslint"), "--fix", "--max-warnings=0", "."] },
    { name: "format", command: [commandFile("prettier"), "--write", "--log-level=warn", "."] },
    { name: "configuration", command: ["tools/generate-config-reference.ts"] },
    { name: "problems", command: ["tools/generate-problems-reference.ts"] },
    { name: "events", command: ["tools/check-events.ts", "--write"] },
    { name: "sdk", command: ["tools/generate-sdk.ts"] },
    { name: "deploy", command: ["tools/generate-deploy.ts"] },
  ],
  1,
);
if (failed.length > 0) {
  console.error(`fix: ${failed.join(", ")} left something to mend by hand`);
  process.exitCode = 1;
}

/**
 * `node tools/check-events.ts` compares every module's events with docs/reference/events.json, the
 * types as they were released, and refuses a change that would leave an event unreadable. With
 * `--write` new types and fields are added to the file; an incompatible change never is.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { allEvents } from "../src/compose-modules.ts";
import { findIncompatibilities, snapshotOf, type EventTypes } from "./event-compatibility.ts";
import { projectRoot } from "./steps.ts";

const file = "docs/reference/events.json";
const target = path.join(projectRoot, file);

const kept = await readFile(target, "utf8").catch(() => "{}");
const before = JSON.parse(kept) as EventTypes;
const now = JSON.parse(JSON.stringify(allEvents())) as EventTypes;

const problems = findIncompatibilities(before, now);
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error("Leave the type as it is and add the next version of it, such as .v2, beside it.");
  process.exitCode = 1;
} else if (snapshotOf(before) !== snapshotOf(now)) {
  if (process.argv.includes("--write")) {
    await writeFile(target, snapshotOf(now));
  } else {
    console.error(`out of date: ${file}; run npm run fix`);
    process.exitCode = 1;
  }
}

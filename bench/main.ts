import { parseArgs } from "node:util";
import { benchPrograms, ensurePrograms } from "../tools/programs.ts";
import { describeReport, keepReport, type Report } from "./report/report.ts";
import { sizes } from "./seed/arithmetic.ts";
import { endLeftovers } from "./server/leftovers.ts";
import { ReadBackError } from "./server/read-back.ts";
import type { SuiteOptions } from "./server/served-community.ts";
import { benchCapacity } from "./suites/capacity.ts";
import { benchCell } from "./suites/cell.ts";
import { benchFeed } from "./suites/feed.ts";
import { benchGround } from "./suites/ground.ts";
import { benchLive } from "./suites/live.ts";
import { benchMedia } from "./suites/media.ts";
import { benchMix } from "./suites/mix.ts";
import { benchOverload } from "./suites/overload.ts";
import { benchOverloadLong } from "./suites/overload-long.ts";
import { benchOverloadPeople } from "./suites/overload-people.ts";
import { benchPublish } from "./suites/publish.ts";
import { benchScale } from "./suites/scale.ts";
import { benchSoak } from "./suites/soak.ts";
import { benchWeb } from "./suites/web.ts";

/**
 * `npm run bench [-- SUITE…] [--quick] [--fresh] [--seconds N] [--size NAME] [--friends FILE --stories FILE]`:
 * measures this machine with a server of its own, prints a table, and keeps it with all that
 * explains it in bench/results/. Ends with 1 when a suite could not be run or the server's answers
 * were not what the record holds; a figure that misses its aim is a finding, and no failure.
 */
const suites: Readonly<Record<string, (options: SuiteOptions) => Promise<Report>>> = {
  ground: benchGround,
  web: benchWeb,
  feed: benchFeed,
  publish: benchPublish,
  live: benchLive,
  scale: benchScale,
  mix: benchMix,
  capacity: benchCapacity,
  soak: benchSoak,
  cell: benchCell,
  overload: benchOverload,
  "overload-long": benchOverloadLong,
  "overload-people": benchOverloadPeople,
  media: benchMedia,
};

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
    seconds: { type: "string" },
    size: { type: "string" },
    friends: { type: "string" },
    stories: { type: "string" },
  },
});

const size = Object.values(sizes).find(({ name }) => name === values.size);
const unknown = positionals.filter((name) => !(name in suites));
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
const refusals = [
  ...(unknown.length === 0
    ? []
    : [`There is no suite ${unknown.join(", ")}; there are: ${Object.keys(suites).join(", ")}.`]),
  ...(seconds === undefined || seconds >= 1 ? [] : ["--seconds is a number of at least 1."]),
  ...(values.size === undefined || size !== undefined
    ? []
    : [`There is no size ${values.size}; there are: ${Object.keys(sizes).join(", ")}.`]),
];
if (refusals.length > 0) {
  process.stderr.write(`${refusals.join("\n")}\n`);
  process.exit(2);
}

for (const line of ensurePrograms(benchPrograms)) {
  process.stdout.write(`${line}\n`);
}

const startMs = performance.now();
const options: SuiteOptions = {
  friends: values.friends,
  stories: values.stories,
  isQuick: values.quick,
  isFresh: values.fresh,
  seconds,
  size,
  say(line) {
    const atS = Math.round((performance.now() - startMs) / 1_000);
    process.stdout.write(`[${String(atS)} s] ${line}\n`);
  },
};

const stoppedCode = 130;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void endLeftovers().finally(() => process.exit(stoppedCode));
  });
}

// What nobody caught ends the bench, and no less what it has started.
process.once("uncaughtException", (error) => {
  process.stderr.write(`${error.stack ?? String(error)}\n`);
  void endLeftovers().finally(() => process.exit(1));
});

const chosen = positionals.length === 0 ? Object.keys(suites) : positionals;
const failed: string[] = [];
for (const name of chosen) {
  try {
    const report = await suites[name]?.(options);
    if (report !== undefined) {
      await keepReport(report);
      process.stdout.write(`\n${describeReport(report)}\n`);
    }
  } catch (error) {
    failed.push(name);
    const isDifference = error instanceof ReadBackError;
    process.stderr.write(
      `${name} failed: ${isDifference ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
  } finally {
    await endLeftovers();
  }
}
if (failed.length > 0) {
  process.stderr.write(`Failed: ${failed.join(", ")}\n`);
  process.exitCode = 1;
}

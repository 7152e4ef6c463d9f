import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { benchGround } from "./ground.ts";
import type { Report } from "./report.ts";
import { benchWeb } from "./web.ts";

/**
 * `npm run bench [-- SUITE] [--quick] [--friends FILE --stories FILE]`: measures this machine with
 * a server of its own, prints a table, and keeps it in bench/results/.
 */
const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { quick: { type: "boolean" }, friends: { type: "string" }, stories: { type: "string" } },
});

const suites: Readonly<Record<string, () => Promise<Report>>> = {
  ground: () =>
    benchGround({
      friends: values.friends,
      stories: values.stories,
      isQuick: values.quick === true,
    }),
  web: () =>
    benchWeb({
      friends: values.friends,
      stories: values.stories,
      isQuick: values.quick === true,
    }),
};

const resultsFolder = new URL("results/", import.meta.url);

function table(report: Report): string {
  const rows = Object.entries(report.figures).map(
    ([name, value]) => `| ${name} | ${String(value)} |`,
  );
  return ["| figure | value |", "|---|---|", ...rows].join("\n");
}

const chosen = positionals.length === 0 ? Object.keys(suites) : positionals;
for (const name of chosen) {
  const suite = suites[name];
  if (suite === undefined) {
    process.stderr.write(
      `There is no suite ${name}; there are: ${Object.keys(suites).join(", ")}.\n`,
    );
    process.exit(2);
  }
  const report = await suite();
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(new URL(`${name}.json`, resultsFolder), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(new URL(`${name}.md`, resultsFolder), `${table(report)}\n`);
  process.stdout.write(
    `\n${name}, ${report.data}, ${JSON.stringify(report.machine)}\n${table(report)}\n`,
  );
}

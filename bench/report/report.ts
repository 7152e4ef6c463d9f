import { mkdir, writeFile } from "node:fs/promises";
import type { Machine } from "../measure/machine.ts";
import { rounded } from "../measure/statistics.ts";
import { aims, aimText, isMet } from "./aims.ts";
import { drawChart, type Chart } from "./chart.ts";

/** What a suite has measured. */
export interface Report {
  readonly suite: string;
  readonly machine: Machine;
  /** What it was measured on: the community, and how it came there. */
  readonly data: string;
  /** Those with an aim, and what explains them. */
  readonly figures: Readonly<Record<string, number>>;
  /** Of each round, by the figure's name. */
  readonly rounds?: Readonly<Record<string, readonly number[]>>;
  /** Greatest less smallest of the rounds, as a share of the median. */
  readonly spreads?: Readonly<Record<string, number>>;
  /** Conditions, and what was left out and why. */
  readonly notes?: readonly string[];
  /** Readings that are no single number. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly charts?: readonly Chart[];
}

const resultsFolder = new URL("../results/", import.meta.url);

export function describeReport(report: Report): string {
  const { figures, spreads = {}, notes = [], machine, suite, data } = report;
  const rows = Object.entries(figures).map(([name, value]) => {
    const met = isMet(name, value);
    const verdict = met === null ? "" : met ? "yes" : "**no**";
    const spread = spreads[name];
    const shownSpread = spread === undefined ? "" : `${String(Math.round(spread * 100))} %`;
    const cells = [name, String(value), aimText(name), verdict, shownSpread];
    return `| ${[...cells, aims[name]?.what ?? ""].join(" | ")} |`;
  });
  return [
    `## ${suite}`,
    "",
    `${data}. ${machine.cpu}, ${String(machine.cores)} cores, ${String(machine.memoryGiB)} GiB, ` +
      `${machine.system}, Node ${machine.node}, ${machine.postgresql}, commit ${machine.commit}, ${machine.date}; load before: ${String(machine.loadBefore)}.`,
    "",
    "| figure | value | aim | met | spread | what |",
    "|---|---|---|---|---|---|",
    ...rows,
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `- ${note}`)]),
    "",
  ].join("\n");
}

/** Writes JSON, Markdown and charts below bench/results/. */
export async function keepReport(report: Report): Promise<void> {
  const { charts = [], figures, ...rest } = report;
  const judged = Object.entries(figures).flatMap(([name, value]) => {
    const met = isMet(name, value);
    return met === null ? [] : [[name, { aim: aimText(name), met }] as const];
  });
  const json = { ...rest, figures, aims: Object.fromEntries(judged) };
  await mkdir(resultsFolder, { recursive: true });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(new URL(name, resultsFolder), text);
  await write(`${report.suite}.json`, `${JSON.stringify(json, null, 2)}\n`);
  await write(`${report.suite}.md`, describeReport(report));
  for (const [i, chart] of charts.entries()) {
    const suffix = i === 0 ? "" : `-${String(i + 1)}`;
    await write(`${report.suite}${suffix}.svg`, drawChart(chart));
  }
}

/** Beside the reports. */
export async function keepPicture(name: string, png: Buffer): Promise<void> {
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(new URL(`${name}.png`, resultsFolder), png);
}

/** To the digits that mean something. */
export function roundedFigures(
  figures: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, rounded(value)] as const),
  );
}

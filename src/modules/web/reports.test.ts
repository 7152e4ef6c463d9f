import { beforeEach, describe, expect, test, vi } from "vitest";
import { quietLogger } from "../../../test/support/record.ts";
import { createMetrics, renderMetrics, type Telemetry } from "../../adapters/telemetry/metrics.ts";
import { createReports, type Reports } from "./reports.ts";

let nowMs: number;
let telemetry: Telemetry;
let reports: Reports;
const warn = vi.fn();

beforeEach(() => {
  nowMs = 10_000;
  warn.mockReset();
  telemetry = createMetrics({ processMetrics: false });
  reports = createReports({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger: { ...quietLogger, warn },
    metrics: telemetry.metrics,
    errorsPerSecondMax: 3,
  });
});

describe("an error of a page", () => {
  test("is a line of the log, which names the page but not whom it is about", () => {
    const report = { message: "x is undefined", stack: "at y", build: "b1", kind: "render" };
    reports.error("r1", { ...report, page: "/@somebody?q=secret" });
    expect(warn.mock.calls).toEqual([
      [{ requestId: "r1", client: { ...report, page: "/@{handle}" } }, "a page reported an error"],
    ]);
  });

  test("is only counted when there are too many in a second", async () => {
    const report = { message: "again", page: "/", build: "b1" };
    for (let n = 0; n < 10; n += 1) {
      reports.error("r1", report);
    }
    expect(warn).toHaveBeenCalledTimes(3);
    nowMs += 1_000;
    reports.error("r2", report);
    expect(warn).toHaveBeenCalledTimes(4);
    const metrics = renderMetrics([await telemetry.snapshot()]);
    expect(metrics).toContain('maru_web_client_errors_total{outcome="logged"} 4');
    expect(metrics).toContain('maru_web_client_errors_total{outcome="dropped"} 7');
  });
});

test("times of pages are measured in seconds, by the kind of page", async () => {
  const all = { dnsMs: 1, connectMs: 2, tlsMs: 1, firstByteMs: 300, downloadMs: 4, readyMs: 700 };
  reports.timings({ page: "/stories/12", ...all, lcpMs: 650, inpMs: 40, cls: 0.015 });
  reports.timings({ page: "/stories/13", firstByteMs: 500 });
  reports.timings({ page: "/made/up/by/a/stranger", firstByteMs: 1 });
  const metrics = renderMetrics([await telemetry.snapshot()]);
  for (const line of [
    'maru_web_first_byte_seconds_sum{page="story"} 0.8',
    'maru_web_first_byte_seconds_count{page="story"} 2',
    'maru_web_first_byte_seconds_count{page="other"} 1',
    'maru_web_dns_seconds_sum{page="story"} 0.001',
    'maru_web_connect_seconds_sum{page="story"} 0.002',
    'maru_web_tls_seconds_sum{page="story"} 0.001',
    'maru_web_download_seconds_sum{page="story"} 0.004',
    'maru_web_ready_seconds_sum{page="story"} 0.7',
    'maru_web_largest_paint_seconds_sum{page="story"} 0.65',
    'maru_web_interaction_seconds_sum{page="story"} 0.04',
    'maru_web_layout_shift_sum{page="story"} 0.015',
    'maru_web_layout_shift_count{page="story"} 1',
  ]) {
    expect(metrics).toContain(line);
  }
});

import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { parseMetrics, reportedMs } from "../measure/metrics.ts";
import { createHistogram } from "./histogram.ts";

/**
 * Asks the operators' port for health and metrics all the time, as a panel and Prometheus would, in a process of its
 * own that does not wait for its core, as on another machine. Told to stop, it tells what it found.
 */
export interface AdminFound {
  readonly p99Ms: number;
  /** How old the oldest metrics were that it was given. */
  readonly oldestMetricsMs: number;
}

const everyMs = 100;
const metricsEvery = 10;
const withinMs = 10_000;
const niceness = -10;

try {
  setPriority(niceness);
} catch {
  // Only root may; without it the figure has the waiting for a busy core in it.
}
const adminUrl = process.argv[2] ?? "";
const latency = createHistogram();
let oldestMetricsMs = 0;
const stopping = new AbortController();
process.on("message", () => {
  stopping.abort();
});

async function ask(path: string): Promise<void> {
  const startMs = performance.now();
  try {
    const answer = await fetch(`${adminUrl}${path}`, { signal: AbortSignal.timeout(withinMs) });
    const text = await answer.text();
    latency.record(performance.now() - startMs);
    if (path === "/metrics") {
      oldestMetricsMs = Math.max(oldestMetricsMs, Date.now() - reportedMs(parseMetrics(text)));
    }
  } catch {
    // Nobody answered: as late as can be.
    latency.record(withinMs);
  }
}

for (let i = 0; !stopping.signal.aborted; i += 1) {
  await ask(i % metricsEvery === 0 ? "/metrics" : "/readyz");
  await pause(everyMs);
}
const found: AdminFound = { p99Ms: latency.summary().p99Ms, oldestMetricsMs };
process.send?.(found, undefined, undefined, () => {
  process.exit(0);
});

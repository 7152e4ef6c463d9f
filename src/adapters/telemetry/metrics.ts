import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { Metrics, RequestMetrics } from "../../ports/telemetry.ts";
import {
  createRequestHistogram,
  type CountedRequests,
  type RequestHistogram,
} from "./request-histogram.ts";

export interface Telemetry {
  readonly metrics: Metrics;
  readonly requests: RequestMetrics;
  /** What has been measured so far, to be rendered here or elsewhere. */
  snapshot(): Promise<MetricsSnapshot>;
  /** Counts requests that another thread has answered. */
  readonly addRequests: RequestHistogram["add"];
}

/** The metrics of one process. */
export interface MetricsSnapshot {
  /** In Prometheus' text format, all but requests. */
  readonly text: string;
  readonly requests: readonly CountedRequests[];
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Prometheus' text format, of several processes as one; they count into no metric together but requests. */
export function renderMetrics(snapshots: readonly MetricsSnapshot[]): string {
  const requests = createRequestHistogram();
  for (const snapshot of snapshots) {
    requests.add(snapshot.requests);
  }
  return snapshots.map(({ text }) => text).join("\n") + requests.render();
}

export interface MetricsOptions {
  /** Memory, CPU, event-loop lag, garbage collection of this process. Off in tests that count. */
  readonly processMetrics?: boolean;
}

/** How often the event loop's delay is sampled: often enough to see a pause that people feel. */
const lagResolutionMs = 20;

/**
 * Metrics by prom-client. Asking again for a name gives the same metric, so that two parts may
 * count into one.
 */
export function createMetrics(options: MetricsOptions = {}): Telemetry {
  const registry = new Registry();
  const requestHistogram = createRequestHistogram();
  if (options.processMetrics ?? true) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagResolutionMs });
  }
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();

  const metrics: Metrics = {
    counter(name, help, labelNames = []) {
      const counter = kept(counters, name, () => {
        return new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
      });
      return {
        add: (value, labels) => {
          counter.inc(labels ?? {}, value);
        },
      };
    },
    gauge(name, help, read) {
      registry.removeSingleMetric(name);
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    gauges(name, help, labelName, read) {
      registry.removeSingleMetric(name);
      new Gauge({
        name,
        help,
        labelNames: [labelName],
        registers: [registry],
        collect() {
          this.reset();
          for (const [label, value] of Object.entries(read())) {
            this.set({ [labelName]: label }, value);
          }
        },
      });
    },
    tally(name, help, labelName, read) {
      registry.removeSingleMetric(name);
      new Counter({
        name,
        help,
        labelNames: [labelName],
        registers: [registry],
        collect() {
          this.reset();
          for (const [label, count] of Object.entries(read())) {
            this.inc({ [labelName]: label }, count);
          }
        },
      });
    },
    histogram(name, help, buckets, labelNames = []) {
      const histogram = kept(histograms, name, () => {
        const names = [...labelNames];
        return new Histogram({
          name,
          help,
          labelNames: names,
          buckets: [...buckets],
          registers: [registry],
        });
      });
      return {
        observe: (value, labels) => {
          histogram.observe(labels ?? {}, value);
        },
      };
    },
  };

  return {
    metrics,
    requests: requestHistogram.requests,
    snapshot: async () => ({
      text: await registry.metrics(),
      requests: requestHistogram.counted(),
    }),
    addRequests: requestHistogram.add,
  };
}

function kept<T>(byName: Map<string, T>, name: string, make: () => T): T {
  const known = byName.get(name);
  if (known !== undefined) {
    return known;
  }
  const made = make();
  byName.set(name, made);
  return made;
}

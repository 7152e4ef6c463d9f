import type { RequestMetrics } from "../../ports/telemetry.ts";

const name = "maru_http_request_seconds";
const help = "Time from a request's headers to its answer, by route and class of status.";

/** Fine below 100 ms, which is what the platform promises, and coarse up to the deadline. */
const boundsSeconds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const statusClasses = 6;
const statusesInClass = 100;

/** What was counted under one set of labels. */
export interface CountedRequests {
  readonly labels: string;
  readonly buckets: Float64Array;
  readonly sum: number;
}

interface Series {
  readonly labels: string;
  /** By upper bound, not cumulative; the last slot holds what exceeds every bound. */
  readonly buckets: Float64Array;
  sum: number;
}

/**
 * A histogram whose label sets are bound beforehand: prom-client's looks up its labels at every
 * observation, which costs more than all the rest of an answer's accounting.
 */
export interface RequestHistogram {
  readonly requests: RequestMetrics;
  render(): string;
  /** What was counted so far. */
  counted(): readonly CountedRequests[];
  /** That, and begins anew. */
  take(): readonly CountedRequests[];
  /** Counts what another thread has counted. */
  add(counted: readonly CountedRequests[]): void;
}

export function createRequestHistogram(): RequestHistogram {
  const all: Series[] = [];

  function seriesOf(labels: string): Series {
    let series = all.find((one) => one.labels === labels);
    if (series === undefined) {
      series = { labels, buckets: new Float64Array(boundsSeconds.length + 1), sum: 0 };
      all.push(series);
    }
    return series;
  }

  const requests: RequestMetrics = {
    route(method, route) {
      const byClass: (Series | undefined)[] = new Array<undefined>(statusClasses).fill(undefined);
      return (status, seconds) => {
        const index = Math.min(statusClasses - 1, Math.floor(status / statusesInClass));
        let series = byClass[index];
        if (series === undefined) {
          series = seriesOf(`method="${method}",route="${escapeLabel(route)}",status="${index}xx"`);
          byClass[index] = series;
        }
        const bucket = bucketOf(seconds);
        series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
        series.sum += seconds;
      };
    },
  };

  const countedSoFar = (): CountedRequests[] =>
    all.map(({ labels, buckets, sum }) => ({ labels, buckets: buckets.slice(), sum }));

  return {
    requests,
    counted: countedSoFar,
    take() {
      const counted = countedSoFar();
      for (const series of all) {
        series.buckets.fill(0);
        series.sum = 0;
      }
      return counted.filter(({ buckets }) => buckets.some((count) => count > 0));
    },
    add(counted) {
      for (const { labels, buckets, sum } of counted) {
        const series = seriesOf(labels);
        buckets.forEach((count, i) => {
          series.buckets[i] = (series.buckets[i] ?? 0) + count;
        });
        series.sum += sum;
      }
    },
    render: () =>
      `\n# HELP ${name} ${help}\n# TYPE ${name} histogram\n${all.map(renderSeries).join("")}`,
  };
}

function bucketOf(seconds: number): number {
  const index = boundsSeconds.findIndex((bound) => seconds <= bound);
  return index === -1 ? boundsSeconds.length : index;
}

function renderSeries({ labels, buckets, sum }: Series): string {
  let count = 0;
  let text = "";
  buckets.forEach((inBucket, index) => {
    count += inBucket;
    text += `${name}_bucket{${labels},le="${boundsSeconds[index] ?? "+Inf"}"} ${count}\n`;
  });
  return `${text}${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${count}\n`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

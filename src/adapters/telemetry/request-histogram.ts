import type { RequestMetrics } from "../../ports/telemetry.ts";

const name = "maru_http_request_seconds";
const help = "Time from a request's headers to its answer, by route and class of status.";

/** Fine below 100 ms, which is what the platform promises, and coarse up to the deadline. */
const boundsSeconds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const statusClasses = 6;
const statusesInClass = 100;

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
export function createRequestHistogram(): { readonly requests: RequestMetrics; render(): string } {
  const all: Series[] = [];

  const requests: RequestMetrics = {
    route(method, route) {
      const byClass: (Series | undefined)[] = new Array<undefined>(statusClasses).fill(undefined);
      return (status, seconds) => {
        const index = Math.min(statusClasses - 1, Math.floor(status / statusesInClass));
        let series = byClass[index];
        if (series === undefined) {
          series = {
            labels: `method="${method}",route="${escapeLabel(route)}",status="${index}xx"`,
            buckets: new Float64Array(boundsSeconds.length + 1),
            sum: 0,
          };
          byClass[index] = series;
          all.push(series);
        }
        const bucket = bucketOf(seconds);
        series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
        series.sum += seconds;
      };
    },
  };

  return {
    requests,
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

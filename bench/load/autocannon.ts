import autocannon from "autocannon";

/** What one round of load came to. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that are not 2xx, and connections that failed. */
  readonly failures: number;
  readonly bytesPerAnswer: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly requests: autocannon.Request[];
  readonly connections: number;
  readonly seconds: number;
}

/** Closed-model load from this process: for costs per request, not for latency under load. */
export async function runLoad({ url, requests, connections, seconds }: LoadOptions): Promise<Load> {
  const result = await autocannon({ url, requests, connections, duration: seconds });
  const total = result.requests.total;
  return {
    requests: total,
    perSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts,
    bytesPerAnswer: Math.round(result.throughput.total / Math.max(1, total)),
  };
}

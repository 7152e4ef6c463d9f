/** What each figure ought to be. A figure without an aim explains another. */
export interface Aim {
  readonly what: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export const aims: Readonly<Record<string, Aim>> = {
  feed_cpu_us: { what: "CPU of a read: newest 20, 200 friends (µs)", atMost: 30 },
  feed_over_fixed: { what: "its rate on one core against a fixed reply's", atLeast: 0.45 },
  poll304_over_full: { what: "rate of a poll without news against the full reply's", atLeast: 2 },
  friends5000_us: { what: "CPU of a read with 5,000 friends (µs)", atMost: 140 },
  threads2_over_1_cpu: { what: "CPU of a read with two threads against one", atMost: 1.15 },
  threads2_over_1_memory: { what: "memory with two threads against one", atMost: 1.5 },
  publish_per_s: { what: "stories a second, durable, 64 writers", atLeast: 3_000 },
  publish5000_cpu_us: {
    what: "CPU of a story of someone with 5,000 friends, all processes (µs)",
    atMost: 1_000,
  },
  live_p99_ms: { what: "from the answer to seen in a friend's stream, p99 (ms)", atMost: 100 },
  bytes_per_story: { what: "memory of a story in the index", atMost: 24 },
  bytes_per_friendship: { what: "memory of an entry of a friend list", atMost: 4.5 },
  deep_page_over_first: {
    what: "CPU of the page 1,000,000 stories back against the first page's",
    atMost: 1.5,
  },
  below_floor_ms: { what: "a page below the index's floor, p99 (ms)", atMost: 10 },
  cold_first_ms: {
    what: "first page of viewers nobody has seen since a restart, p99 (ms)",
    atMost: 20,
  },
  warm_s: { what: "until the window is full again after a restart (s)", atMost: 60 },
  warm_readers_p99_ms: { what: "readers meanwhile, p99 (ms)", atMost: 100 },
  accounts10m_over_10k: {
    what: "CPU of a read among 10,000,000 accounts against 10,000",
    atMost: 1.5,
  },
  mix_p99_ms: { what: "all requests of the mix, p99 (ms)", atMost: 100 },
  mix_errors: { what: "requests of the mix that failed", atMost: 0 },
  capacity_rps: { what: "the highest rate with a p99 of at most 100 ms" },
  capacity_close_wait: { what: "sockets in CLOSE_WAIT afterwards", atMost: 0 },
  soak_rss_mib_per_h: { what: "growth of the server's memory (MiB an hour)", atMost: 32 },
  soak_descriptors_per_h: { what: "growth of open files and sockets (an hour)", atMost: 8 },
  soak_sockets_per_h: { what: "growth of connections to the server (an hour)", atMost: 8 },
  soak_p99_ms_per_h: { what: "growth of the p99 (ms an hour)", atMost: 10 },
  soak_errors: { what: "requests that failed", atMost: 0 },
};

/** Null where a figure has no aim. */
export function isMet(name: string, value: number): boolean | null {
  const { atMost, atLeast } = aims[name] ?? {};
  if (atMost === undefined && atLeast === undefined) {
    return null;
  }
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? -Infinity);
}

export function aimText(name: string): string {
  const { atMost, atLeast } = aims[name] ?? {};
  if (atMost !== undefined) {
    return `≤ ${String(atMost)}`;
  }
  return atLeast === undefined ? "" : `≥ ${String(atLeast)}`;
}

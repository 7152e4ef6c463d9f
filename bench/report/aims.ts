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
  three_over_one: { what: "CPU of a read with three nodes against one", atMost: 1.15 },
  cross_node_p99_ms: {
    what: "from a publish answered to read on another node, p99 (ms)",
    atMost: 100,
  },
  new_node_first_ms: {
    what: "from a new node's start to its first right answer (ms)",
    atMost: 3_000,
  },
  new_node_full_speed_s: { what: "until it reads as fast as another (s)", atMost: 60 },
  hide_p99_ms: { what: "a block answered with three nodes, p99 (ms)", atMost: 100 },
  goodput_10x: {
    what: "stories answered at ten times the capacity, of the best rate",
    atLeast: 0.9,
  },
  reads_goodput_10x_of_possible: {
    what: "feed reads answered at ten times the capacity, of what refusing leaves room for",
    atLeast: 0.9,
  },
  admitted_p99_ms: { what: "answers that were let in, under any load, p99 (ms)", atMost: 100 },
  refused_p99_ms: { what: "refusals, under any load, p99 (ms)", atMost: 50 },
  recover_s: { what: "after ten times the capacity, until all is answered in time (s)", atMost: 5 },
  unintended_failures: { what: "time-outs and broken connections, under any load", atMost: 0 },
  long_unintended_failures: {
    what: "time-outs and broken connections at ten times the capacity, in ten minutes",
    atMost: 0,
  },
  long_admitted_p99_ms: {
    what: "answers that were let in, in these ten minutes, p99 (ms)",
    atMost: 100,
  },
  long_refused_p99_ms: { what: "refusals in these ten minutes, p99 (ms)", atMost: 50 },
  long_admin_p99_ms: { what: "the operators' port in these ten minutes, p99 (ms)", atMost: 100 },
  long_ssh_sign_in_ms: {
    what: "the slowest new SSH sign-in in these ten minutes (ms)",
    atMost: 2_000,
  },
  people_2x_lost_or_doubled: { what: "stories that are not there exactly once", atMost: 0 },
  people_10x_lost_or_doubled: { what: "stories that are not there exactly once", atMost: 0 },
  long_restarts: { what: "processes that were started anew in these ten minutes", atMost: 0 },
  ssh_sign_in_ms: { what: "the slowest new SSH sign-in meanwhile (ms)", atMost: 2_000 },
  oldest_metrics_ms: { what: "how old the oldest metrics were that operators were given (ms)" },
  admin_p99_ms: { what: "the operators' port meanwhile, p99 (ms)", atMost: 100 },
  capacity_rps: { what: "the highest rate with a p99 of at most 100 ms" },
  capacity_close_wait: { what: "sockets in CLOSE_WAIT afterwards", atMost: 0 },
  soak_rss_mib_per_h: { what: "growth of the server's memory (MiB an hour)", atMost: 32 },
  soak_descriptors_per_h: { what: "growth of open files and sockets (an hour)", atMost: 8 },
  soak_sockets_per_h: { what: "growth of connections to the server (an hour)", atMost: 8 },
  soak_p99_ms_per_h: { what: "growth of the p99 (ms an hour)", atMost: 10 },
  soak_errors: { what: "requests that failed", atMost: 0 },
  beside_films_p99_ratio: {
    what: "p99 of feed reads while four videos are made, against reads alone",
    atMost: 1.5,
  },
  beside_phones_p99_ratio: {
    what: "and with twenty uploads at once from phones",
    atMost: 2,
  },
  beside_flood_p99_ratio: {
    what: "and with twenty uploads at once as fast as they are taken",
  },
  beside_films_cpu_ratio: {
    what: "CPU of a read while four videos are made, against reads alone",
    atMost: 1.15,
  },
  uploads_over_bare: {
    what: "uploads a second, four at a time, against a bare server that only writes them to the disk",
    atLeast: 0.25,
  },
  upload_large_growth_mib: {
    what: "growth of the node's memory while a video of 300 MB comes in (MiB)",
    atMost: 64,
  },
  upload_large_tus_growth_mib: { what: "the same by tus (MiB)", atMost: 64 },
  photos_2_over_1: {
    what: "photos made a second by two processes against one",
    atLeast: 1.7,
  },
  films_over_ffmpeg: {
    what: "seconds of video made a second against ffmpeg by itself",
    atLeast: 0.8,
  },
  file_320_public_over_fixed: {
    what: "small files served a second against a fixed reply of their bytes",
    atLeast: 0.3,
  },
  file_1280_public_over_fixed: { what: "the same of large ones", atLeast: 0.3 },
  file_320_signed_over_fixed: { what: "small ones by signed addresses", atLeast: 0.3 },
  links_page_fetches: { what: "fetches of a page that 1,000 stories lead to", atMost: 1 },
  links_all_shown_ms: {
    what: "from the last of these stories until all show the page's title and picture (ms)",
    atMost: 5_000,
  },
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

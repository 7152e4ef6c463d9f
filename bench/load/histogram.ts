/**
 * Latencies in buckets that grow with them: a quantile is exact to one part in 64, whatever the
 * range, and recording costs no memory.
 */
export interface Summary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface Histogram {
  /** In milliseconds; less than nothing counts as nothing. */
  record(ms: number): void;
  quantile(share: number): number;
  summary(): Summary;
  reset(): void;
}

const usPerMs = 1_000;
/** Each doubling has so many buckets; what is below is counted to the microsecond. */
const bucketsPerDoubling = 64;
const bucketBits = 6;
/** Up to 2^36 µs, which is 19 hours. */
const doublings = 30;
const bucketCount = bucketsPerDoubling * (doublings + 1);

function bucketOf(us: number): number {
  if (us < bucketsPerDoubling) {
    return us;
  }
  const doubling = Math.floor(Math.log2(us)) - bucketBits + 1;
  const within = Math.floor(us / 2 ** (doubling - 1)) - bucketsPerDoubling;
  return Math.min(bucketCount - 1, doubling * bucketsPerDoubling + within);
}

/** The greatest value that the bucket takes, in microseconds. */
function topOf(bucket: number): number {
  const doubling = Math.floor(bucket / bucketsPerDoubling);
  const within = bucket % bucketsPerDoubling;
  return doubling === 0 ? within : (bucketsPerDoubling + within + 1) * 2 ** (doubling - 1) - 1;
}

export function createHistogram(): Histogram {
  const buckets = new Float64Array(bucketCount);
  let count = 0;
  let sumUs = 0;
  let maxUs = 0;

  function quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(count * share));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount && count > 0; bucket += 1) {
      seen += buckets[bucket] ?? 0;
      if (seen >= wanted) {
        return Math.min(maxUs, topOf(bucket)) / usPerMs;
      }
    }
    return 0;
  }

  return {
    record(ms) {
      const us = Math.max(0, Math.round(ms * usPerMs));
      const bucket = bucketOf(us);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      count += 1;
      sumUs += us;
      maxUs = Math.max(maxUs, us);
    },
    quantile,
    summary: () => ({
      count,
      meanMs: count === 0 ? 0 : sumUs / count / usPerMs,
      p50Ms: quantile(0.5),
      p90Ms: quantile(0.9),
      p99Ms: quantile(0.99),
      p999Ms: quantile(0.999),
      maxMs: maxUs / usPerMs,
    }),
    reset() {
      buckets.fill(0);
      count = 0;
      sumUs = 0;
      maxUs = 0;
    },
  };
}

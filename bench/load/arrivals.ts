/**
 * The open model: requests arrive when they arrive, whatever the server does, at random with a given
 * mean rate (a Poisson process), as those of many people do.
 */
export interface Arrivals {
  /** When the next request is due, in milliseconds on the caller's clock; it is taken if that has come. */
  take(nowMs: number): number | null;
  /** Arrivals go on at this time, as if nothing had been due before. */
  startAt(ms: number): void;
}

const msPerS = 1_000;

export function createArrivals(perSecond: number, random: () => number): Arrivals {
  const gapMs = msPerS / perSecond;
  let nextMs = Number.POSITIVE_INFINITY;
  // 1 - random() is never 0, so no gap is endless.
  const gap = (): number => -Math.log(1 - random()) * gapMs;
  return {
    take(nowMs) {
      if (nextMs > nowMs) {
        return null;
      }
      const due = nextMs;
      nextMs += gap();
      return due;
    },
    startAt(ms) {
      nextMs = ms + gap();
    },
  };
}

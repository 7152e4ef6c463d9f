import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Limit, Limits } from "../../ports/limits.ts";

/** Counts in this process alone. A key takes memory until its period is over. */
export function createLocalLimits(): Limits {
  const counters = new Map<string, RateLimiterMemory>();

  function counterOf({ name, max, periodS }: Limit): RateLimiterMemory {
    let counter = counters.get(name);
    if (counter === undefined) {
      counter = new RateLimiterMemory({ points: max, duration: periodS, keyPrefix: name });
      counters.set(name, counter);
    }
    return counter;
  }

  return {
    async take(limit, key) {
      // `consume` would throw where nothing is left.
      const { consumedPoints, remainingPoints, msBeforeNext } = await counterOf(limit).penalty(key);
      return {
        isWithin: consumedPoints <= limit.max,
        remaining: remainingPoints,
        resetMs: msBeforeNext,
      };
    },
    async giveBack(limit, key) {
      await counterOf(limit).reward(key);
    },
  };
}

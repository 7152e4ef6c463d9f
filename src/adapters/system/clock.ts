import type { Clock } from "../../ports/clock.ts";

const msPerS = 1_000;
const msPerNs = 1e-6;

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs() {
    // `performance.now()` begins anew in each thread.
    const [s, ns] = process.hrtime();
    return s * msPerS + ns * msPerNs;
  },
};

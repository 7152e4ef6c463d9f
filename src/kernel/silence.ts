import type { MonotonicMs } from "./deadline.ts";

/**
 * For how long somebody has not been heard, leaving out the time in which this process itself stood still:
 * where nobody listened, silence says nothing.
 */
export interface Silence {
  heard(): void;
  /** In milliseconds. Asked again and again, at least as often as it was promised. */
  ms(): number;
}

export function createSilence({
  monotonicMs,
  askedEveryMs,
}: {
  readonly monotonicMs: MonotonicMs;
  /** A longer pause between two questions counts as this long. */
  readonly askedEveryMs: number;
}): Silence {
  let silentMs = 0;
  let askedAtMs = monotonicMs();
  return {
    heard() {
      silentMs = 0;
      askedAtMs = monotonicMs();
    },
    ms() {
      const nowMs = monotonicMs();
      silentMs += Math.min(nowMs - askedAtMs, askedEveryMs);
      askedAtMs = nowMs;
      return silentMs;
    },
  };
}

import type { Deadline, EndableDeadline, MonotonicMs } from "../kernel/deadline.ts";
import { deadlineExceeded } from "../kernel/problem.ts";

/**
 * The deadline of a request whose body may take long: until the body is read it is that of any request,
 * while it comes in each step has the whole time, and once there is no more of it the time begins anew.
 */
export interface IncomingDeadline extends EndableDeadline {
  bodyBegins(): void;
  bodyEnds(): void;
}

const retryAfterS = 1;

export function createIncomingDeadline(options: {
  /** Of the request so far. */
  readonly first: Deadline;
  /** Of a step, and from the end of the body on. */
  readonly timeoutMs: number;
  /** From now on, whatever happens. */
  readonly wholeMs: number;
  readonly monotonicMs: MonotonicMs;
}): IncomingDeadline {
  const { first, timeoutMs, monotonicMs } = options;
  let wholeEndMs = monotonicMs() + options.wholeMs;
  /** "before" its body, "during" it, or when its time is over after it. */
  let state: "before" | "during" | number = "before";

  function stepRemainingMs(nowMs: number): number {
    if (state === "before") {
      return first.remainingMs();
    }
    return state === "during" ? timeoutMs : state - nowMs;
  }

  function remainingMs(): number {
    const nowMs = monotonicMs();
    return Math.min(wholeEndMs - nowMs, stepRemainingMs(nowMs));
  }

  return {
    remainingMs,
    check() {
      if (remainingMs() <= 0) {
        throw deadlineExceeded({ retryAfterS });
      }
    },
    bodyBegins() {
      state = "during";
    },
    bodyEnds() {
      state = monotonicMs() + timeoutMs;
    },
    end() {
      wholeEndMs = Number.NEGATIVE_INFINITY;
    },
  };
}

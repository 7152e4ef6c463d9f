import { deadlineExceeded } from "./problem.ts";

/** Milliseconds of a clock that never steps back; its zero means nothing. */
export type MonotonicMs = () => number;

/** The moment after which nobody waits for the answer any more. It travels with the request. */
export interface Deadline {
  remainingMs(): number;
  /** Throws `request.deadline_exceeded` when it has passed; called before each expensive step. */
  check(): void;
}

const retryAfterS = 1;

export function deadlineAfter(timeoutMs: number, monotonicMs: MonotonicMs): Deadline {
  const endMs = monotonicMs() + timeoutMs;
  const remainingMs = (): number => endMs - monotonicMs();
  return {
    remainingMs,
    check() {
      if (remainingMs() <= 0) {
        throw deadlineExceeded({ retryAfterS });
      }
    },
  };
}

/** For work that no request waits for, such as a consumer or a job. */
export const noDeadline: Deadline = { remainingMs: () => Number.POSITIVE_INFINITY, check: () => undefined };

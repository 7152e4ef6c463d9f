import { deadlineExceeded } from "./problem.ts";

/** Milliseconds of a clock that never steps back; its zero means nothing. */
export type MonotonicMs = () => number;

/** The moment after which nobody waits for the answer any more. It travels with the request. */
export interface Deadline {
  remainingMs(): number;
  /** Throws `request.deadline_exceeded` when it has passed; called before each expensive step. */
  check(): void;
}

/** One that also passes when whoever waited has gone. */
export interface EndableDeadline extends Deadline {
  end(): void;
}

const retryAfterS = 1;

export function deadlineAfter(timeoutMs: number, monotonicMs: MonotonicMs): EndableDeadline {
  let endMs = monotonicMs() + timeoutMs;
  return {
    ...checked(() => endMs - monotonicMs()),
    end() {
      endMs = Number.NEGATIVE_INFINITY;
    },
  };
}

/** The longest delay that a Node.js timer takes; later deadlines are no request's. */
const timerMsMax = 2 ** 31 - 1;

/**
 * What the work comes to, or `request.deadline_exceeded` when that takes too long. The work itself
 * goes on, because nobody can take back what was sent to another program.
 */
export function orDeadline<T>(deadline: Deadline, work: Promise<T>): Promise<T> {
  const remainingMs = deadline.remainingMs();
  if (remainingMs > timerMsMax) {
    return work;
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        reject(deadlineExceeded({ retryAfterS }));
      },
      Math.max(0, remainingMs),
    );
    work
      .finally(() => {
        clearTimeout(timer);
      })
      .then(resolve, reject);
  });
}

/** For work that no request waits for, such as a consumer or a job. */
export const noDeadline: Deadline = {
  remainingMs: () => Number.POSITIVE_INFINITY,
  check: () => undefined,
};

/** Passed once all of them are: what several wait for goes on as long as one of them does. */
export function latestOf(deadlines: readonly Deadline[]): Deadline {
  return checked(() => Math.max(...deadlines.map((deadline) => deadline.remainingMs())));
}

function checked(remainingMs: () => number): Deadline {
  return {
    remainingMs,
    check() {
      if (remainingMs() <= 0) {
        throw deadlineExceeded({ retryAfterS });
      }
    },
  };
}

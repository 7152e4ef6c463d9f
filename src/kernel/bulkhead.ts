import { assert } from "./assert.ts";
import type { Deadline } from "./deadline.ts";
import { deadlineExceeded, unavailable } from "./problem.ts";

/**
 * A bulkhead: at most `concurrencyMax` works run at once, at most `queueMax` wait for their turn,
 * first come first served, and whoever comes then is refused at once. Nobody waits longer than
 * their deadline.
 */
export interface Bulkhead {
  /**
   * Runs `work` when a place is free. Throws what `refuse` gives when the queue is full, and
   * `request.deadline_exceeded` when the deadline passes first; `work` has not begun then.
   */
  run<T>(deadline: Deadline, work: () => Promise<T>): Promise<T>;
  /** Works that run now. */
  running(): number;
  /** Works that wait for a place. */
  waiting(): number;
  /** Works that were refused because the queue was full, since the start. */
  refused(): number;
}

export interface BulkheadOptions {
  readonly concurrencyMax: number;
  readonly queueMax: number;
  /** The failure of a full queue; `request.unavailable` where it is not given. */
  readonly refuse?: () => Error;
}

interface Waiter {
  readonly deadline: Deadline;
  readonly admit: () => void;
  readonly fail: (reason: unknown) => void;
}

const retryAfterS = 1;
/** The longest delay that a Node.js timer takes; longer deadlines are looked at when a place is free. */
const timerMsMax = 2 ** 31 - 1;

export function createBulkhead(options: BulkheadOptions): Bulkhead {
  const { concurrencyMax, queueMax } = options;
  assert(concurrencyMax >= 1 && queueMax >= 0, "a bulkhead has a place and a bounded queue");
  const refuse = options.refuse ?? ((): Error => unavailable({ retryAfterS }));
  // A set keeps the order of arrival and forgets whoever gave up in constant time.
  const queue = new Set<Waiter>();
  let running = 0;
  let refused = 0;

  function turn(deadline: Deadline): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (): void => {
        clearTimeout(timer);
        queue.delete(waiter);
      };
      const waiter: Waiter = {
        deadline,
        admit() {
          leave();
          resolve();
        },
        fail(reason) {
          leave();
          reject(reason instanceof Error ? reason : new Error(String(reason)));
        },
      };
      queue.add(waiter);
      const remainingMs = deadline.remainingMs();
      if (remainingMs <= timerMsMax) {
        timer = setTimeout(() => {
          waiter.fail(deadlineExceeded({ retryAfterS }));
        }, remainingMs);
      }
    });
  }

  /** Hands the place on to the first who can still use it; the place is only free when nobody can. */
  function leave(): void {
    for (const waiter of queue) {
      try {
        waiter.deadline.check();
      } catch (reason) {
        waiter.fail(reason);
        continue;
      }
      waiter.admit();
      return;
    }
    running -= 1;
  }

  return {
    async run(deadline, work) {
      deadline.check();
      if (running < concurrencyMax) {
        running += 1;
      } else {
        if (queue.size >= queueMax) {
          refused += 1;
          throw refuse();
        }
        await turn(deadline);
      }
      try {
        return await work();
      } finally {
        leave();
      }
    },
    running: () => running,
    waiting: () => queue.size,
    refused: () => refused,
  };
}

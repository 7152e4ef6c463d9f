import type { MonotonicMs } from "./deadline.ts";

/**
 * Work for the end of the event loop's turn, as `setImmediate` has it, but not held up by a flood: while
 * 1,024 sockets are ready at once the loop looks for more of them, up to 48 times, before anything else has
 * its turn, timers included. Of 1,024 clients that ask all the time some waited for 5 seconds that way.
 */
let waiting: (() => void)[] = [];
/** Since when somebody has seen that there is work. */
let seenMs: number | null = null;

/** What has waited for so long is done by whoever looks next. */
const heldUpMs = 10;

export function soon(work: () => void): void {
  if (waiting.length === 0) {
    setImmediate(turn);
  }
  waiting.push(work);
}

interface Regular {
  readonly everyMs: number;
  readonly work: () => void;
  dueMs: number;
}

const regulars = new Set<Regular>();
let firstDueMs = Number.POSITIVE_INFINITY;

/** As `setInterval` has it, but not held up by a flood either. It must not fail. Gives the function that ends it. */
export function regularly(everyMs: number, monotonicMs: MonotonicMs, work: () => void): () => void {
  const regular: Regular = { everyMs, work, dueMs: monotonicMs() + everyMs };
  regulars.add(regular);
  findFirstDue();
  const timer = setInterval(() => {
    doRegular(regular, monotonicMs());
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    regulars.delete(regular);
    findFirstDue();
  };
}

/** Called for each request, before it is served, with a time that never steps back. */
export function keepTurning(nowMs: number): void {
  if (nowMs - firstDueMs > heldUpMs) {
    for (const regular of regulars) {
      if (nowMs > regular.dueMs) {
        doRegular(regular, nowMs);
      }
    }
  }
  if (waiting.length === 0) {
    return;
  }
  seenMs ??= nowMs;
  if (nowMs - seenMs > heldUpMs) {
    turn();
  }
}

function doRegular(regular: Regular, nowMs: number): void {
  regular.dueMs = nowMs + regular.everyMs;
  findFirstDue();
  regular.work();
}

function findFirstDue(): void {
  firstDueMs = Math.min(...[...regulars].map(({ dueMs }) => dueMs));
}

function turn(): void {
  const works = waiting;
  waiting = [];
  seenMs = null;
  let begun = 0;
  try {
    for (const work of works) {
      begun += 1;
      work();
    }
  } finally {
    // What comes after one that fails has its turn all the same.
    works.slice(begun).forEach(soon);
  }
}

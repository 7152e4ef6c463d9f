import { Problem } from "../kernel/problem.ts";

/**
 * Sends things in order, one batch after the other: batches grow while the database is quick and
 * shrink when it is slow, because what is not committed holds back everyone who reads the log.
 */
export interface Batches<T> {
  /** Sends what fills batches and keeps the rest. */
  add(items: readonly T[]): Promise<void>;
  /** Sends everything. */
  flush(): Promise<void>;
}

export interface BatchDeps {
  readonly monotonicMs: () => number;
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborted: no further batch is begun, and its reason is thrown. */
  readonly stop: AbortSignal;
  /** Told once for each time that the database does not answer. */
  readonly onTrouble: (message: string) => void;
}

/** The database did not answer for too long. */
export class DatabaseAwayError extends Error {
  override readonly name = "DatabaseAwayError";
}

const sizeAtFirst = 200;
const sizeMin = 10;
/** What one call of a module takes. */
const sizeMax = 1_000;
/** Half of the second within which an import commits. */
const slowMs = 500;
const quickMs = 250;
const growth = 1.5;
const shrinkage = 0.5;
/** So many bytes of text are a batch, however few the things are. */
const weightMax = 1024 * 1024;

const patienceMs = 60_000;
const firstPauseMs = 100;
const pauseMsMax = 5_000;
const busyStatus = 503;

interface Pace {
  size(): number;
  took(ms: number): void;
}

function createPace(): Pace {
  let size = sizeAtFirst;
  return {
    size: () => size,
    took(ms) {
      const factor = ms > slowMs ? shrinkage : ms < quickMs ? growth : 1;
      size = Math.min(sizeMax, Math.max(sizeMin, Math.round(size * factor)));
    },
  };
}

/** The reason in the database's own words, where there are any. */
function reasonOf(problem: Problem): string {
  return problem.cause instanceof Error ? problem.cause.message : problem.kind.title;
}

export function createBatches<T>(
  send: (items: readonly T[]) => Promise<void>,
  deps: BatchDeps,
  weigh: (item: T) => number = () => 0,
): Batches<T> {
  const { monotonicMs, sleep, stop, onTrouble } = deps;
  const pace = createPace();
  let waiting: readonly T[] = [];
  let weight = 0;
  let failingSinceMs: number | null = null;
  let pauseMs = firstPauseMs;

  const total = (items: readonly T[]): number => items.reduce((sum, item) => sum + weigh(item), 0);

  function next(): readonly T[] {
    let count = 0;
    let bytes = 0;
    for (const item of waiting.slice(0, pace.size())) {
      bytes += weigh(item);
      if (count > 0 && bytes > weightMax) {
        break;
      }
      count += 1;
    }
    return waiting.slice(0, count);
  }

  async function bear(error: unknown, startedMs: number): Promise<void> {
    if (!(error instanceof Problem) || error.kind.status !== busyStatus) {
      throw error;
    }
    const reason = reasonOf(error);
    if (failingSinceMs === null) {
      failingSinceMs = startedMs;
      onTrouble(`The database does not answer (${reason}). Trying again for a minute.`);
    }
    if (monotonicMs() - failingSinceMs >= patienceMs) {
      const message = `The database has not answered for a minute: ${reason}`;
      throw new DatabaseAwayError(message, { cause: error });
    }
    // A batch that was too much for the database is tried again as a smaller one.
    pace.took(Number.POSITIVE_INFINITY);
    await sleep(pauseMs, stop);
    pauseMs = Math.min(pauseMsMax, pauseMs * 2);
  }

  async function sendNext(): Promise<void> {
    stop.throwIfAborted();
    const batch = next();
    const startedMs = monotonicMs();
    try {
      await send(batch);
    } catch (error) {
      await bear(error, startedMs);
      return;
    }
    pace.took(monotonicMs() - startedMs);
    failingSinceMs = null;
    pauseMs = firstPauseMs;
    waiting = waiting.slice(batch.length);
    weight -= total(batch);
  }

  return {
    async add(items) {
      waiting = [...waiting, ...items];
      weight += total(items);
      while (waiting.length >= pace.size() || weight >= weightMax) {
        await sendNext();
      }
    },
    async flush() {
      while (waiting.length > 0) {
        await sendNext();
      }
    },
  };
}

import type { MonotonicMs } from "../../kernel/deadline.ts";
import type { Context, Viewer } from "../../kernel/context.ts";

/**
 * After a start every reader is cold. Whoever was here last is likely to come next, so what their
 * first page needs is loaded ahead of them, newest first, a few at a time and with long pauses, so
 * that those who come meanwhile hardly notice.
 */
export interface Warming {
  /** Loads until everybody is warm or `stop` was called. Rejects when the record cannot be read. */
  run(context: Context): Promise<void>;
  /** Ends the pause that is being made, too. */
  stop(): void;
  /** Readers whose first page was prepared. */
  warmed(): number;
}

export interface WarmingDeps {
  /** The newest use first; an account may stand in it with several sessions. */
  readonly recentlyActive: (context: Context, limit: number) => Promise<readonly Viewer[]>;
  /** Takes what a first page of these readers needs into memory; what is there already costs nothing. */
  readonly load: (context: Context, readers: readonly Viewer[]) => Promise<void>;
  readonly monotonicMs: MonotonicMs;
  /** 20,000 where it is not given: a quarter of a minute's work on a machine with time to spare. */
  readonly readersMax?: number;
  /** Waits so long, or until the signal says that it was stopped. */
  readonly pause?: (ms: number, stopped: AbortSignal) => Promise<void>;
}

const readersMaxDefault = 20_000;
/** One query's worth: a few milliseconds of the database's time. */
const readersAtOnce = 32;
/** A pause is so many times as long as the load before it took: a fifth of one connection at most. */
const pauseRatio = 4;
/** Also where loading took no time at all. */
const pauseMsMin = 5;

export function createWarming(deps: WarmingDeps): Warming {
  const { recentlyActive, load, monotonicMs } = deps;
  const pause = deps.pause ?? pauseFor;
  const stopping = new AbortController();
  let warmed = 0;

  return {
    async run(context) {
      const readers = await recentlyActive(context, deps.readersMax ?? readersMaxDefault);
      for (let from = 0; from < readers.length; from += readersAtOnce) {
        if (stopping.signal.aborted) {
          return;
        }
        const some = readers.slice(from, from + readersAtOnce);
        const startMs = monotonicMs();
        await load(context, some);
        warmed += some.length;
        const tookMs = monotonicMs() - startMs;
        await pause(Math.max(pauseMsMin, tookMs * pauseRatio), stopping.signal);
      }
    },
    stop: () => {
      stopping.abort();
    },
    warmed: () => warmed,
  };
}

function pauseFor(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", end);
      resolve();
    };
    // A node that has nothing else to do may end.
    const timer = setTimeout(end, ms).unref();
    stopped.addEventListener("abort", end);
    if (stopped.aborted) {
      end();
    }
  });
}

import type { MonotonicMs } from "./deadline.ts";

/** Until when a node may answer from memory, for all of its threads to see. */
export interface ServingTerm {
  isRunning(): boolean;
  /** To this time of the monotonic clock. */
  extend(untilMs: number): void;
  end(): void;
  readonly memory: SharedArrayBuffer;
}

/** A number of eight bytes that lies at a multiple of eight is read and written whole. */
export function createServingTerm(
  monotonicMs: MonotonicMs,
  memory: SharedArrayBuffer = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT),
): ServingTerm {
  const until = new Float64Array(memory);
  return {
    isRunning() {
      const untilMs = until[0] as number;
      return untilMs === Number.POSITIVE_INFINITY || monotonicMs() < untilMs;
    },
    extend(untilMs) {
      until[0] = untilMs;
    },
    end() {
      until[0] = 0;
    },
    memory,
  };
}

/** Asks memory as long as the node may answer from it. */
export function duringTerm<Asked, Answer>(
  term: ServingTerm,
  ask: (asked: Asked) => Answer | null,
): (asked: Asked) => Answer | null {
  return (asked) => (term.isRunning() ? ask(asked) : null);
}

/** Of a node without others. */
export function endlessTerm(): ServingTerm {
  const term = createServingTerm(() => 0);
  term.extend(Number.POSITIVE_INFINITY);
  return term;
}

import { Problem } from "../../kernel/problem.ts";
import type { WorkDone } from "../../ports/log.ts";
import { isEventsFault } from "./consumer-failure.ts";

/** The longest delay that a Node.js timer takes. */
const timerMsMax = 2 ** 31 - 1;

/** What an attempt came to. */
export type AttemptOutcome =
  | { readonly kind: "done"; readonly done: WorkDone }
  | { readonly kind: "failed"; readonly error: unknown }
  /** Not the event's fault: something that the work needs is away. */
  | { readonly kind: "unavailable"; readonly error: unknown }
  /** The node stopped, or lost its lease of the entry. */
  | { readonly kind: "let go" };

export interface Attempt {
  /**
   * When the work has returned; or, after its signal was aborted, when it has had time enough to. Never
   * rejects.
   */
  readonly outcome: Promise<AttemptOutcome>;
  /** When it has really returned, which is never where it hangs and ignores its signal. */
  readonly returned: Promise<void>;
  hasReturned(): boolean;
  /** Aborts the signal. The work may return within the time, also with what it was to do. */
  letGo(why: string, graceMs: number): void;
}

/**
 * Of the work's own failures only the record's count as nobody's fault, and what says of itself that
 * it is unavailable; a server outside that refuses a connection is what the work has to do with.
 */
function outcomeOf(error: unknown): AttemptOutcome {
  return error instanceof Problem && !isEventsFault(error)
    ? { kind: "unavailable", error }
    : { kind: "failed", error };
}

/** Begins at once. After `timeoutMs` the attempt has failed, whatever the work comes to within `graceMs`. */
export function beginAttempt(
  work: (signal: AbortSignal) => Promise<WorkDone>,
  { timeoutMs, graceMs }: { readonly timeoutMs: number; readonly graceMs: number },
): Attempt {
  const controller = new AbortController();
  const outcome = Promise.withResolvers<AttemptOutcome>();
  let aborted: AttemptOutcome | null = null;
  let isOver = false;
  let grace: NodeJS.Timeout | undefined;

  function abort(reason: DOMException, to: AttemptOutcome, withinMs: number): void {
    if (isOver) {
      return;
    }
    aborted ??= to;
    clearTimeout(grace);
    grace = setTimeout(() => {
      outcome.resolve(aborted ?? to);
    }, withinMs);
    controller.abort(reason);
  }

  const timeout = setTimeout(
    () => {
      const error = new DOMException(
        `The work took longer than ${String(timeoutMs)} ms`,
        "TimeoutError",
      );
      abort(error, { kind: "failed", error }, graceMs);
    },
    Math.min(timeoutMs, timerMsMax),
  );

  async function run(): Promise<void> {
    let own: AttemptOutcome;
    try {
      own = { kind: "done", done: await work(controller.signal) };
    } catch (error) {
      own = outcomeOf(error);
    }
    isOver = true;
    clearTimeout(timeout);
    clearTimeout(grace);
    // What was done before it was let go is worth keeping: the lease decides whether it still may be.
    const counts = aborted === null || (aborted.kind === "let go" && own.kind === "done");
    outcome.resolve(counts ? own : (aborted ?? own));
  }

  return {
    outcome: outcome.promise,
    returned: run(),
    hasReturned: () => isOver,
    letGo(why, withinMs) {
      abort(new DOMException(why, "AbortError"), { kind: "let go" }, withinMs);
    },
  };
}

import { problemOf, retryAfterOf } from "./problem.ts";

export interface RetryOptions {
  /** How often a request is sent at most; 1: once. */
  readonly attemptsMax: number;
  /** The longest wait before the second attempt; it doubles with each. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  /** A server that asks for more patience than this has its answer handed to the caller at once. */
  readonly retryAfterMsMax: number;
}

export const retryDefaults: RetryOptions = {
  attemptsMax: 5,
  backoffMs: 250,
  backoffMsMax: 10_000,
  retryAfterMsMax: 30_000,
};

type Fetch = (request: Request) => Promise<Response>;

const conflict = 409;
const msPerSecond = 1000;

/**
 * What a second attempt may cure: too busy (429, 503), a fault of the server (500), and something
 * between that lost the server or its answer (502, 504).
 */
const temporaryStatuses: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * A fetch that tries again when the server is busy, away, or still at work on the first attempt.
 *
 * That is safe for every call, also where nobody knows whether the first attempt was carried out:
 * reads change nothing, PUT, PATCH and DELETE say how things shall be, and a POST carries its
 * idempotency key. A command that failed inside left nothing behind, so that its retry runs anew;
 * one that was carried out answers the retry with its first answer.
 */
export function retryingFetch(send: Fetch, options: RetryOptions): Fetch {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= options.attemptsMax;
      const outcome = await send(request.clone()).catch((error: unknown) => {
        if (isLast || request.signal.aborted) {
          throw error;
        }
        return null;
      });
      if (outcome !== null && (isLast || !(await isWorthWaiting(outcome, options)))) {
        return outcome;
      }
      const retryAfterS = outcome === null ? undefined : retryAfterOf(outcome);
      await outcome?.body?.cancel();
      await wait(waitMs(attempt, retryAfterS, options), request.signal);
    }
  };
}

async function isWorthWaiting(response: Response, options: RetryOptions): Promise<boolean> {
  if ((retryAfterOf(response) ?? 0) * msPerSecond > options.retryAfterMsMax) {
    return false;
  }
  return (
    temporaryStatuses.has(response.status) ||
    (response.status === conflict &&
      (await problemOf(response.clone())).code === "idempotency.in_progress")
  );
}

/** A random part of a doubling span, so that many clients do not come back at once. */
export function waitMs(
  attempt: number,
  retryAfterS: number | undefined,
  { backoffMs, backoffMsMax }: Pick<RetryOptions, "backoffMs" | "backoffMsMax">,
): number {
  const spanMs = Math.min(backoffMsMax, backoffMs * 2 ** (attempt - 1));
  return (retryAfterS ?? 0) * msPerSecond + Math.random() * spanMs;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

import { problemOf, retryAfterOf } from "./problem.ts";

export interface RetryOptions {
  /** How often a request is sent at most. */
  readonly attemptsMax: number;
  /** The longest wait before the second attempt; it doubles with each. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
}

export const retryDefaults: RetryOptions = { attemptsMax: 5, backoffMs: 250, backoffMsMax: 10_000 };

type Fetch = (request: Request) => Promise<Response>;

const tooManyRequests = 429;
const unavailable = 503;
const conflict = 409;
const msPerSecond = 1000;

/**
 * A fetch that tries again when the server is busy, away, or still at work on the first attempt.
 * That is safe for every call: reads change nothing, PUT, PATCH and DELETE say how things shall be,
 * and a POST carries its idempotency key.
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
      if (outcome !== null && (isLast || !(await isTemporary(outcome)))) {
        return outcome;
      }
      const retryAfterS = outcome === null ? undefined : retryAfterOf(outcome);
      await outcome?.body?.cancel();
      await wait(waitMs(attempt, retryAfterS, options), request.signal);
    }
  };
}

async function isTemporary(response: Response): Promise<boolean> {
  if (response.status === tooManyRequests || response.status === unavailable) {
    return true;
  }
  return (
    response.status === conflict &&
    (await problemOf(response.clone())).code === "idempotency.in_progress"
  );
}

/** A random part of a doubling span, so that many clients do not come back at once. */
export function waitMs(
  attempt: number,
  retryAfterS: number | undefined,
  { backoffMs, backoffMsMax }: RetryOptions,
): number {
  const spanMs = Math.min(backoffMsMax, backoffMs * 2 ** (attempt - 1));
  return (retryAfterS ?? 0) * msPerSecond + Math.random() * spanMs;
}

export function wait(ms: number, signal: AbortSignal): Promise<void> {
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

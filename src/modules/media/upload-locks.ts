import type { Locker } from "@tus/server";
import { unavailable } from "../../kernel/problem.ts";
import * as errors from "./errors.ts";

/**
 * One request at a time for an upload, on this node: whoever comes next asks the one before to end, and
 * waits. On other nodes the record decides who may go on.
 */
interface Holder {
  readonly askToEnd: () => Promise<void> | void;
  readonly ended: Promise<unknown>;
  readonly end: () => void;
}

/** Longer than the library gives a request that is asked to end. */
const waitMsMax = 30_000;
const retryAfterS = 2;

export function createUploadLocks(): Locker {
  const holders = new Map<string, Holder>();
  return {
    newLock(id) {
      let own: Holder | null = null;
      return {
        async lock(signal, askToEnd) {
          const timeout = AbortSignal.timeout(waitMsMax);
          let holder = holders.get(id);
          while (holder !== undefined) {
            await holder.askToEnd();
            await endOf(holder, AbortSignal.any([signal, timeout]));
            if (signal.aborted) {
              throw errors.uploadOffset();
            }
            if (timeout.aborted) {
              throw unavailable({ retryAfterS });
            }
            holder = holders.get(id);
          }
          const { promise: ended, resolve } = Promise.withResolvers<null>();
          const end = (): void => {
            resolve(null);
          };
          own = { askToEnd, ended, end };
          holders.set(id, own);
        },
        async unlock() {
          if (own !== null && holders.get(id) === own) {
            holders.delete(id);
            own.end();
          }
        },
      };
    },
  };
}

/** Or of the signal. */
async function endOf({ ended }: Holder, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const abort = (): void => {
    resolve(null);
  };
  signal.addEventListener("abort", abort);
  if (signal.aborted) {
    abort();
  }
  try {
    await Promise.race([ended, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

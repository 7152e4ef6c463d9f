import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";
import type { DurableWorker } from "../../ports/log.ts";
import type { Withdrawn } from "./events.ts";

/**
 * Tells a cache in front of the files to forget those that are not public any more, as Varnish, nginx and
 * their kin are told: by the method PURGE on the file's path.
 */
const attemptsMax = 10;
const timeoutMs = 60_000;
const requestMs = 10_000;
const atOnceMax = 8;
const notFound = 404;
const refusedFrom = 400;
/** By then every node knows, or serves nothing; before, a cache may have asked one that did not know yet. */
const knownEverywhereMs = 3_000;

export function createPurge({
  purgeUrl,
  clock,
}: {
  readonly purgeUrl: string;
  readonly clock: Pick<Clock, "nowMs">;
}): DurableWorker {
  async function purge(paths: readonly string[], signal: AbortSignal): Promise<void> {
    for (const path of paths) {
      const response = await fetch(`${purgeUrl.replace(/\/$/, "")}${path}`, {
        method: "PURGE",
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
      });
      await response.body?.cancel();
      const { status } = response;
      if (status >= refusedFrom && status !== notFound) {
        throw new Error(`the cache answers ${String(status)} to a purge`);
      }
    }
  }

  return {
    name: "media.purging",
    types: ["media.withdrawn.v1"],
    attemptsMax,
    atOnceMax,
    timeoutMs,
    async work(_context, event, signal) {
      const { paths } = event.data as unknown as Withdrawn;
      const again = event.atMs + knownEverywhereMs > clock.nowMs();
      await purge(paths, signal);
      if (again) {
        const waitMs = event.atMs + knownEverywhereMs - clock.nowMs();
        await pause(Math.min(Math.max(0, waitMs), knownEverywhereMs), undefined, { signal });
        await purge(paths, signal);
      }
      return async () => undefined;
    },
  };
}

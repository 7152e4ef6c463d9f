import type { DurableWorker } from "../../ports/log.ts";
import type { Withdrawn } from "./events.ts";

/**
 * Tells a cache in front of the files to forget those that are not public any more, as Varnish, nginx and
 * their kin are told: by the method PURGE on the file's path.
 */
const attemptsMax = 10;
const timeoutMs = 60_000;
const requestMs = 10_000;
const notFound = 404;
const refusedFrom = 400;

export function createPurge(deps: { readonly purgeUrl: string }): DurableWorker {
  async function purge(path: string, signal: AbortSignal): Promise<void> {
    const url = `${deps.purgeUrl.replace(/\/$/, "")}${path}`;
    const { status } = await fetch(url, {
      method: "PURGE",
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
    });
    if (status >= refusedFrom && status !== notFound) {
      throw new Error(`the cache answers ${String(status)} to a purge`);
    }
  }

  return {
    name: "media.purging",
    types: ["media.withdrawn.v1"],
    attemptsMax,
    atOnceMax: 2,
    timeoutMs,
    async work(_context, event, signal) {
      const { paths } = event.data as unknown as Withdrawn;
      for (const path of paths) {
        await purge(path, signal);
      }
      return async () => undefined;
    },
  };
}

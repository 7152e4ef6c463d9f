import { forwardedMax } from "./forward.ts";
import { filesReceivedMax, filesSentMax } from "./settings.ts";

/** What a process needs beside its clients' connections: the database, files that come and go, and of each thread its doors. */
const descriptorsOfProcess = 1_000 + filesReceivedMax + filesSentMax;
const descriptorsOfThread = 100;
/** What a thread forwards takes one at either end, in the same process. */
const descriptorsOfForwarded = 2;
/** Where a system leaves very few, a quarter has to do. */
const shareMin = 0.25;

/**
 * Connections of each thread: as many as are wanted, or as the process may have descriptors for. Out of them it
 * could neither open a file nor reach its database, which is worse than to end a connection.
 */
export function connectionsMaxOf({
  connectionsMax,
  descriptors,
  threads,
}: {
  readonly connectionsMax: number;
  readonly descriptors: number | null;
  readonly threads: number;
}): number {
  if (descriptors === null) {
    return connectionsMax;
  }
  const left = Math.max(
    descriptors - descriptorsOfProcess - threads * descriptorsOfThread,
    descriptors * shareMin,
  );
  // All but the main thread forward, each as many as it has connections at most.
  const forwarding = (threads - 1) * descriptorsOfForwarded;
  const ifAllForward = left / (threads + forwarding);
  const each =
    ifAllForward <= forwardedMax ? ifAllForward : (left - forwarding * forwardedMax) / threads;
  return Math.min(connectionsMax, Math.floor(each));
}

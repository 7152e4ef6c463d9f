/** What a process needs beside the connections of its clients: the database, files, and of each thread its doors and what it forwards by. */
const descriptorsOfProcess = 1_000;
const descriptorsOfThread = 600;
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
  const left = descriptors - descriptorsOfProcess - threads * descriptorsOfThread;
  const spread = Math.max(left, descriptors * shareMin) / threads;
  return Math.min(connectionsMax, Math.floor(spread));
}

/**
 * What a PostgreSQL snapshot sees: `xmin:xmax:xip,…` as `pg_current_snapshot()` prints it.
 *
 * A view that loads rows at a snapshot must then apply exactly those events that the snapshot does
 * not see; whether it sees one follows from the id of the transaction that wrote it.
 */
export interface Snapshot {
  /** Every transaction below is over: committed and seen, or aborted. */
  readonly xmin: bigint;
  sees(transactionId: bigint): boolean;
}

export function parseSnapshot(text: string): Snapshot {
  const [xminText = "0", xmaxText = "0", running = ""] = text.split(":");
  const xmin = BigInt(xminText);
  const xmax = BigInt(xmaxText);
  const inProgress = new Set(running === "" ? [] : running.split(",").map(BigInt));
  return {
    xmin,
    sees: (id) => id < xmin || (id < xmax && !inProgress.has(id)),
  };
}

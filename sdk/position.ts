/** Where the client's last write stands in the log, for as long as a node may not have it yet. */
export interface PositionMemory {
  note(position: string): void;
  /** Null when there was no write lately. */
  current(): string | null;
}

/** Nodes follow each other within milliseconds; one that is further behind than this is not asked. */
const keptMs = 5_000;

export function createPositionMemory(nowMs: () => number = Date.now): PositionMemory {
  let newest: { readonly position: string; readonly atMs: number } | null = null;
  return {
    note(position) {
      newest = { position, atMs: nowMs() };
    },
    current: () =>
      newest !== null && Math.abs(nowMs() - newest.atMs) < keptMs ? newest.position : null,
  };
}

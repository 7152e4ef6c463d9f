/** Where the client's newest write stands in the log, for as long as a node may not have it yet. */
export interface PositionMemory {
  note(position: string): void;
  /** Null when there was no write lately. */
  current(): string | null;
}

/**
 * Of two positions, that of the write that comes later in the log, or the second where they cannot be compared.
 * Writes that are under way at once may be answered in another order than they have.
 */
export function laterPosition(one: string | null, two: string): string {
  const [a, b] = [one === null ? null : placeOf(one), placeOf(two)];
  const isComparable = a !== null && b !== null && a.log === b.log;
  return isComparable && (a.epoch > b.epoch || (a.epoch === b.epoch && a.transaction > b.transaction))
    ? (one ?? two)
    : two;
}

interface Place {
  readonly log: string;
  readonly epoch: number;
  readonly transaction: number;
}

/** A position is `region.log.epoch.transaction`, as base64url. */
function placeOf(position: string): Place | null {
  try {
    const text = atob(position.replaceAll("-", "+").replaceAll("_", "/"));
    const [, log, epoch, transaction] = /^(\d\.[a-z0-9-]+)\.(\d+)\.(\d+)$/.exec(text) ?? [];
    return log === undefined ? null : { log, epoch: Number(epoch), transaction: Number(transaction) };
  } catch {
    return null;
  }
}

/** Nodes follow each other within milliseconds; one that is further behind than this is not asked. */
const keptMs = 5_000;

export function createPositionMemory(nowMs: () => number = Date.now): PositionMemory {
  let newest: { readonly position: string; readonly atMs: number } | null = null;
  const current = (): string | null =>
    newest !== null && Math.abs(nowMs() - newest.atMs) < keptMs ? newest.position : null;
  return {
    note(position) {
      newest = { position: laterPosition(current(), position), atMs: nowMs() };
    },
    current,
  };
}

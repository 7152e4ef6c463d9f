/**
 * Transactions whose COMMIT has no answer: nobody here knows whether they are in the record. If
 * they are, the log brings their events a little later, and an answer that builds on them must not
 * go out before, because what it promises is in force when it has answered.
 */
export interface Doubts {
  add(transactionId: bigint): void;
  /** Resolves when the views of this node have whatever came of every doubt, or after a while. */
  settled(): Promise<void>;
}

export interface DoubtsDeps {
  /** Makes the log look for new events now. */
  readonly wake: () => void;
  readonly positionOf: (transactionId: bigint) => string;
  /** True once the transaction is over and the views have its events, if it had any. */
  readonly waitFor: (position: string, timeoutMs: number) => Promise<boolean>;
}

/** A PostgreSQL that was lost may be away for so long before it tells. */
const decidedWithinMs = 60_000;
/** Nothing may hold up answers longer, as is so for a view that is slow. */
const waitMsMax = 1_000;
/** Each connection for writes may leave one at a time; more say that they are not settled at all. */
const doubtsMax = 1_000;

export function createDoubts({ wake, positionOf, waitFor }: DoubtsDeps): Doubts {
  const open = new Set<Promise<unknown>>();

  return {
    add(transactionId) {
      if (open.size >= doubtsMax) {
        return;
      }
      const decided = waitFor(positionOf(transactionId), decidedWithinMs)
        .catch(() => false)
        .finally(() => open.delete(decided));
      open.add(decided);
      wake();
    },
    async settled() {
      if (open.size === 0) {
        return;
      }
      wake();
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise((resolve) => {
        timer = setTimeout(resolve, waitMsMax);
      });
      await Promise.race([Promise.all(open), tooLate]);
      clearTimeout(timer);
    },
  };
}

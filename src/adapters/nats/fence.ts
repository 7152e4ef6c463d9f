/** Which holders of the log may still write to the stream. */
export interface Fence {
  /** A message of this holder stands at this place of the stream. */
  observe(holderEpoch: bigint, sequence: number): void;
  allows(holderEpoch: bigint): boolean;
}

/**
 * A holder that lives is heard at least four times a second. One that was newer and has been silent
 * for this long is over: the record was replaced by an older copy, which counts holders anew.
 */
const silenceMs = 3_000;

/** Keeps a holder that another has taken the place of from writing after it. */
export function createFence(monotonicMs: () => number): Fence {
  let newest = 0n;
  let newestSequence = 0;
  let heardAtMs = Number.NEGATIVE_INFINITY;

  return {
    observe(holderEpoch, sequence) {
      if (holderEpoch < newest || (holderEpoch === newest && sequence === newestSequence)) {
        return;
      }
      newest = holderEpoch;
      newestSequence = sequence;
      heardAtMs = monotonicMs();
    },
    allows(holderEpoch) {
      if (holderEpoch < newest && monotonicMs() - heardAtMs >= silenceMs) {
        newest = holderEpoch;
        newestSequence = 0;
      }
      return holderEpoch >= newest;
    },
  };
}

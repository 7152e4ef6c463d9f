import { composeId, sequenceMax } from "../../kernel/id.ts";
import { unavailable, type Problem } from "../../kernel/problem.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";

/** A node whose clock is further than this from PostgreSQL's mints nothing. */
export const clockOffsetMsMax = 500;

/**
 * A term of a lease: a lane of the region together with a range of time that nobody else ever has.
 * What was given to one holder of a lane is never given to the next, so two ids can only be the
 * same if one mint gave both.
 */
export interface LaneTerm {
  readonly lane: number;
  /** Ids of this time and before are somebody else's; milliseconds since 1970. */
  readonly afterMs: number;
  /** Ids may be given up to this time, which is persisted; milliseconds since 1970. */
  readonly highMs: number;
  /** On the monotonic clock; the mint stops here, well before the lane can be given to another. */
  readonly endsAtMs: number;
  /** PostgreSQL's clock less our monotonic one, as measured when the term was given. */
  readonly recordLessMonotonicMs: number;
  /** How far the measurement may be off: half the round trip. */
  readonly uncertaintyMs: number;
}

export interface IdMint extends IdSource {
  /** Begins a term, or extends the one that runs where the lane is the same. */
  grant(term: LaneTerm): void;
  /** Ends the term; returns the time up to which ids may have been given. */
  revoke(): number;
  /** Null while the mint gives ids, otherwise why it does not. */
  refusal(): string | null;
}

const retryAfterS = 1;

/**
 * Gives ids without waiting, one after the other: the wall clock's time, or the last id's where the
 * clock stands still or has stepped back; when a millisecond's sequence is used up, the next
 * millisecond's. A term bounds all of that, whatever the clocks do.
 */
export function createIdMint(deps: { readonly clock: Clock; readonly region: number }): IdMint {
  const { clock, region } = deps;
  let term: LaneTerm | null = null;
  let lastMs = 0;
  let sequence = sequenceMax;

  function refusalNow(nowMs: number): string | null {
    if (term === null) {
      return "there is no lease";
    }
    const monotonicMs = clock.monotonicMs();
    if (monotonicMs >= term.endsAtMs) {
      return "the lease has ended";
    }
    const offsetMs = nowMs - (monotonicMs + term.recordLessMonotonicMs);
    if (Math.abs(offsetMs) > clockOffsetMsMax + term.uncertaintyMs) {
      return `this machine's clock is ${Math.round(offsetMs)} ms off PostgreSQL's`;
    }
    return Math.max(nowMs, lastMs) >= term.highMs ? "the clock is beyond the lease's range" : null;
  }

  function refuse(why: string): Problem {
    return unavailable({ retryAfterS, cause: new Error(`no ids are given: ${why}`) });
  }

  return {
    mint() {
      const nowMs = clock.nowMs();
      const why = refusalNow(nowMs);
      if (why !== null || term === null) {
        throw refuse(why ?? "there is no lease");
      }
      if (nowMs > lastMs) {
        lastMs = nowMs;
        sequence = 0;
      } else if (sequence < sequenceMax) {
        sequence += 1;
      } else {
        lastMs += 1;
        sequence = 0;
      }
      return composeId({ timeMs: lastMs, region, lane: term.lane, sequence });
    },
    grant(next) {
      if (term?.lane !== next.lane || next.afterMs > lastMs) {
        // Another lane may have a lower number, so only a later millisecond keeps ids rising.
        lastMs = Math.max(lastMs, next.afterMs);
        sequence = sequenceMax;
      }
      term = next;
    },
    revoke() {
      term = null;
      return lastMs;
    },
    refusal: () => refusalNow(clock.nowMs()),
  };
}

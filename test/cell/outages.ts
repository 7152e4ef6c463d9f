import { isDecided, type Attempt, type History } from "./history.ts";

/** What clients noticed during a stretch of time. */
export interface Outage {
  /** The longest time in which no write of anybody's, and no read, was answered as it should. */
  readonly writeGapMs: number;
  readonly readGapMs: number;
  /** The longest that somebody waited for one, over all attempts. */
  readonly slowestWriteMs: number;
  readonly slowestReadMs: number;
  /** Requests that had no answer that decides. */
  readonly failedAttempts: number;
  /**
   * Those of them whose client gave up waiting, or asked again while what it had given up was still being
   * done: the cell was slow, or the machine.
   */
  readonly late: number;
  /** What they had instead, such as "cut 2". */
  readonly failedBy: readonly string[];
  readonly unknownWrites: number;
  readonly writes: number;
  readonly reads: number;
}

const inProgressCode = "idempotency.in_progress";

interface Timed {
  readonly begunAtMs: number;
  readonly endedAtMs: number;
}

/** The longest stretch without an end, counted from the beginning and to the end of the whole. */
export function longestGap(endsMs: readonly number[], fromMs: number, toMs: number): number {
  const ordered = endsMs.filter((ms) => ms >= fromMs && ms <= toMs).sort((a, b) => a - b);
  let before = fromMs;
  let longest = 0;
  for (const ms of [...ordered, toMs]) {
    longest = Math.max(longest, ms - before);
    before = ms;
  }
  return longest;
}

export function outageOf(history: History, fromMs: number, toMs: number): Outage {
  const isIn = ({ begunAtMs, endedAtMs }: Timed): boolean =>
    endedAtMs >= fromMs && begunAtMs <= toMs;
  const writes = history.writes.filter(isIn);
  const pages = history.scrolls.flatMap(({ pages: ofScroll }) => ofScroll.filter(isIn));
  const looks = history.looks.filter(isIn);
  const entries = history.entries.filter(isIn);
  const unread = history.unread.filter(isIn);
  const reads = [...pages, ...looks.filter(({ status }) => status !== null)];
  const asked: readonly { readonly attempts: readonly Attempt[] }[] = [
    ...writes,
    ...pages,
    ...looks,
    ...entries,
    ...unread,
  ];
  const decided = writes.filter(({ outcome }) => outcome !== "unknown");
  const slowest = (of: readonly Timed[]): number =>
    Math.max(0, ...of.map(({ begunAtMs, endedAtMs }) => endedAtMs - begunAtMs));
  const endsOf = (of: readonly Timed[]): number[] => of.map(({ endedAtMs }) => endedAtMs);
  const failed = asked
    .flatMap(({ attempts }) => attempts)
    .filter((attempt) => isIn(attempt) && !isDecided(attempt));
  const byAnswer = Map.groupBy(failed, ({ answer, code }) => code ?? String(answer));
  return {
    writeGapMs: longestGap(endsOf(decided), fromMs, toMs),
    readGapMs: longestGap(endsOf(reads), fromMs, toMs),
    slowestWriteMs: slowest(writes),
    slowestReadMs: slowest([...reads, ...unread]),
    failedAttempts: failed.length,
    late: failed.filter(({ answer, code }) => answer === "timeout" || code === inProgressCode)
      .length,
    failedBy: [...byAnswer].map(([answer, some]) => `${answer} ${some.length}`),
    unknownWrites: writes.length - decided.length,
    writes: writes.length,
    reads: reads.length,
  };
}

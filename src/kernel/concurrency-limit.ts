import { assert } from "./assert.ts";
import type { MonotonicMs } from "./deadline.ts";

/**
 * How much may be under way at once, found by watching how long it takes: as much as hardly waits for
 * itself. The limit falls when works take longer than the few that were alone for a moment, and rises
 * while they do not, to what it was at first where few are under way (the gradient of Envoy's adaptive
 * concurrency filter and Netflix's limits).
 *
 * What a work takes that need not wait for others (`base`) is measured anew from time to time, by
 * letting only a few in for a moment. So a database that has become slow for good is not taken for one
 * that has too much to do.
 */
export interface ConcurrencyLimit {
  /** Whether a work that may fill this share of the limit would be refused if so many besides had entered. */
  isFull(share?: number, besides?: number): boolean;
  /** Null: refused. Otherwise the work is under way until what this gives is called, once. */
  enter(share?: number): Leave | null;
  limit(): number;
  underWay(): number;
}

/**
 * `answered`: how long it took counts. `late`: it did not come to its end in time, which is too much.
 * `other`: it was refused for itself, which tells nothing.
 */
export type Leave = (ending: "answered" | "late" | "other") => void;

export interface ConcurrencyLimitOptions {
  readonly monotonicMs: MonotonicMs;
  readonly limitMin?: number;
  readonly limitMax?: number;
  readonly limitFirst?: number;
}

const limitMinDefault = 8;
const limitMaxDefault = 1_000;
const limitFirstDefault = 64;
/** A window is over when it is so old and has so many answers, or is so old whatever it has. */
const windowMs = 100;
const windowSamples = 20;
const windowMsMax = 1_000;
/** Works may take so many times as long as without others, and so much longer besides, before less are let in. */
const tolerance = 2.5;
const toleranceMs = 20;
/** And no longer than this, unless they take that long without others. */
const patienceMs = 40;
const patience = 1.25;
const gradientMin = 0.5;
/** Of the limit: with less under way at once, its height has held back nobody. */
const usedShare = 0.8;
/** With less than this it is not what made them wait, such as a moment in which the machine did something else. */
const aboutUsedShare = 0.5;
/** With less than this under way at once a work does not wait for others. */
const aloneShare = 0.25;
/** Some are late for reasons of their own, such as a client that waits for a moment only. */
const lateShareMin = 0.1;
/** Of the limit when works were late. */
const lateShare = 0.8;
/** The base is measured anew so often while the limit is used up, and for so long at most. */
const probeEveryMs = 20_000;
const probeMsMax = 500;
const probeSamples = 20;

export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { monotonicMs, limitMin = limitMinDefault, limitMax = limitMaxDefault } = options;
  assert(limitMin >= 1 && limitMax >= limitMin, "a concurrency limit has room for a work");
  const clamp = (value: number): number => Math.min(limitMax, Math.max(limitMin, value));
  const limitFirst = clamp(options.limitFirst ?? limitFirstDefault);
  let limit = limitFirst;
  let underWay = 0;
  let base: number | null = null;
  let basedAtMs = Number.NEGATIVE_INFINITY;
  /** Since when only a few are let in; null: they are not. */
  let probingSinceMs: number | null = null;
  /** What ends until then had begun before the limit fell: one moment of standstill would halve it again and again. */
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let window = newWindow(monotonicMs(), underWay);

  const allowed = (share: number): number =>
    Math.max(1, Math.floor((probingSinceMs === null ? limit : limitMin) * share));

  function setBase(ms: number, nowMs: number): void {
    base = ms;
    basedAtMs = nowMs;
  }

  function endProbe(nowMs: number): void {
    if (window.durations.length > 0) {
      setBase(medianOf(window.durations), nowMs);
    }
    probingSinceMs = null;
    basedAtMs = nowMs;
    window = newWindow(nowMs, underWay);
  }

  function endWindow(nowMs: number): void {
    const { durations, peak, late } = window;
    const isLate = late > lateShareMin * (late + durations.length);
    const used = peak / limit;
    const before = limit;
    window = newWindow(nowMs, underWay);
    if (durations.length > 0 && nowMs >= restsUntilMs) {
      const median = medianOf(durations);
      // Whatever it takes while nobody waits is what it takes.
      if (used <= aloneShare || (base !== null && median < base)) {
        setBase(median, nowMs);
      } else {
        // Of works that waited for each other from the start: good enough until it is measured, soon.
        base ??= median;
      }
      const ease = allowedMs(base as number) / median;
      const step = Math.sqrt(limit);
      if (used >= aboutUsedShare) {
        const next = limit * Math.max(gradientMin, Math.min(1, ease));
        limit = clamp(next + (used >= usedShare ? step : 0));
        if (limit < before) {
          restsUntilMs = nowMs + Math.min(windowMsMax, median);
        }
      } else if (ease >= 1) {
        // What a busy moment took is given back in quiet ones.
        limit = Math.max(limit, Math.min(limitFirst, limit + step));
      }
    }
    if (isLate) {
      limit = clamp(limit * lateShare);
    }
    if (used >= usedShare && nowMs - basedAtMs >= probeEveryMs) {
      probingSinceMs = nowMs;
    }
  }

  function turn(nowMs: number): void {
    if (probingSinceMs !== null) {
      const isOver =
        window.durations.length >= probeSamples || nowMs - probingSinceMs >= probeMsMax;
      if (isOver) {
        endProbe(nowMs);
      }
      return;
    }
    const ageMs = nowMs - window.startMs;
    const isOver = window.durations.length + window.late >= windowSamples;
    if (ageMs >= windowMsMax || (ageMs >= windowMs && isOver)) {
      endWindow(nowMs);
    }
  }

  return {
    isFull: (share = 1, besides = 0) => underWay + besides >= allowed(share),
    enter(share = 1) {
      const startMs = monotonicMs();
      turn(startMs);
      if (underWay >= allowed(share)) {
        return null;
      }
      underWay += 1;
      window.peak = Math.max(window.peak, underWay);
      let isOver = false;
      return (ending) => {
        assert(!isOver, "a work ends once");
        isOver = true;
        underWay -= 1;
        const nowMs = monotonicMs();
        // While it is probed only those count that were among few from their beginning.
        if (ending === "answered" && startMs >= (probingSinceMs ?? Number.NEGATIVE_INFINITY)) {
          window.durations.push(nowMs - startMs);
        } else if (ending === "late") {
          window.late += 1;
        }
        turn(nowMs);
      };
    },
    limit: () => (probingSinceMs === null ? Math.floor(limit) : limitMin),
    underWay: () => underWay,
  };
}

function allowedMs(baseMs: number): number {
  return Math.min(tolerance * baseMs + toleranceMs, Math.max(patienceMs, patience * baseMs));
}

interface Window {
  readonly startMs: number;
  readonly durations: number[];
  late: number;
  /** The most that was under way at once. */
  peak: number;
}

function newWindow(startMs: number, underWay: number): Window {
  return { startMs, durations: [], late: 0, peak: underWay };
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)] as number;
}

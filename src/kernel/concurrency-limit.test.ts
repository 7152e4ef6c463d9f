import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createConcurrencyLimit,
  type ConcurrencyLimit,
  type ConcurrencyLimitOptions,
  type Leave,
} from "./concurrency-limit.ts";

/** A database with so many places, in which each work takes so long once it has one. */
interface Served {
  readonly places: number;
  serviceMs: number;
}

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

interface Run {
  answered: number;
  refused: number;
  readonly latenciesMs: number[];
}

/** Time goes on by itself from one thing that happens to the next. */
function createScene(served: Served, limits: Partial<ConcurrencyLimitOptions> = {}) {
  let nowMs = 0;
  const limit = createConcurrencyLimit({ ...limits, monotonicMs: () => nowMs });
  const freeAtMs = Array.from({ length: served.places }, () => 0);
  const leaving: { readonly atMs: number; readonly startMs: number; readonly leave: Leave }[] = [];
  let owed = 0;

  function run(load: Load): Run {
    const found: Run = { answered: 0, refused: 0, latenciesMs: [] };
    const endMs = nowMs + load.seconds * 1_000;
    const gapMs = 1_000 / load.perSecond;
    while (nowMs < endMs) {
      const next = leaving[0];
      if (next !== undefined && next.atMs <= owed) {
        leaving.shift();
        nowMs = next.atMs;
        next.leave("answered");
        found.answered += 1;
        found.latenciesMs.push(next.atMs - next.startMs);
        continue;
      }
      nowMs = owed;
      owed += gapMs;
      const leave = limit.enter();
      if (leave === null) {
        found.refused += 1;
        continue;
      }
      const place = freeAtMs.indexOf(Math.min(...freeAtMs));
      const atMs = Math.max(nowMs, freeAtMs[place] ?? 0) + served.serviceMs;
      freeAtMs[place] = atMs;
      leaving.push({ atMs, startMs: nowMs, leave });
      leaving.sort((a, b) => a.atMs - b.atMs);
    }
    return found;
  }
  /** Nothing that comes now is begun for so long. */
  function stall(ms: number): void {
    freeAtMs.forEach((atMs, place) => {
      freeAtMs[place] = Math.max(atMs, nowMs) + ms;
    });
  }

  return { limit, run, stall };
}

const p99 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;

describe("a concurrency limit", () => {
  it.each([1.1, 2, 10])(
    "lets through what the database can do at %s times as much, and nobody waits long",
    (times) => {
      const { run } = createScene({ places: 16, serviceMs: 5 });
      const capacity = (16 / 5) * 1_000;
      run({ perSecond: capacity * times, seconds: 5 });
      const found = run({ perSecond: capacity * times, seconds: 60 });
      expect(found.answered / 60 / capacity).toBeGreaterThan(0.95);
      expect(p99(found.latenciesMs)).toBeLessThan(80);
    },
  );

  it("refuses nobody while there is room", () => {
    const { run } = createScene({ places: 16, serviceMs: 5 });
    expect(run({ perSecond: 2_000, seconds: 30 }).refused).toBe(0);
  });

  it("stays as it is through hiccups while few are under way, and refuses nobody", () => {
    const { run, stall, limit } = createScene(
      { places: 2, serviceMs: 2 },
      { limitMin: 48, limitFirst: 256 },
    );
    for (let round = 0; round < 60; round += 1) {
      expect(run({ perSecond: 600, seconds: 4 }).refused).toBe(0);
      stall(round % 2 === 0 ? 100 : 200);
    }
    expect(limit.limit()).toBeGreaterThanOrEqual(192);
  });

  it("does not fall to its least by standstills where some works are much quicker than others", () => {
    let begun = 0;
    const served = {
      places: 400,
      get serviceMs() {
        begun += 1;
        return begun % 5 < 2 ? 20 : 120;
      },
    };
    const { run, stall } = createScene(served, { limitMin: 8, limitFirst: 128 });
    const perSecond = 1_500;
    run({ perSecond, seconds: 10 });
    let answered = 0;
    for (let round = 0; round < 12; round += 1) {
      stall(250);
      run({ perSecond, seconds: 1 });
      answered += run({ perSecond, seconds: 4 }).answered;
    }
    expect(answered / 48 / perSecond).toBeGreaterThan(0.5);
  });

  it("is again what it was at first some quiet seconds after a surge", () => {
    const { run, limit } = createScene(
      { places: 2, serviceMs: 2 },
      { limitMin: 8, limitFirst: 256 },
    );
    run({ perSecond: 10_000, seconds: 20 });
    expect(limit.limit()).toBeLessThan(64);
    run({ perSecond: 300, seconds: 20 });
    expect(limit.limit()).toBe(256);
  });

  it("takes a database that has become slow for one that is slow, and one that is quick again for quick", () => {
    const served: Served = { places: 64, serviceMs: 5 };
    const { run } = createScene(served);
    const capacityNow = (): number => (served.places / served.serviceMs) * 1_000;
    run({ perSecond: capacityNow() * 2, seconds: 10 });
    served.serviceMs = 205;
    run({ perSecond: capacityNow() * 5, seconds: 40 });
    const slow = run({ perSecond: capacityNow() * 5, seconds: 30 });
    expect(slow.answered / 30 / capacityNow()).toBeGreaterThan(0.9);
    served.serviceMs = 5;
    run({ perSecond: capacityNow() * 2, seconds: 40 });
    const quick = run({ perSecond: capacityNow() * 2, seconds: 30 });
    expect(quick.answered / 30 / capacityNow()).toBeGreaterThan(0.9);
    expect(p99(quick.latenciesMs)).toBeLessThan(80);
  });

  it("finds out what a work takes alone while there is always too much to do", () => {
    const served: Served = { places: 200, serviceMs: 5 };
    const { run } = createScene(served);
    run({ perSecond: 100_000, seconds: 5 });
    served.serviceMs = 120;
    // With what was right before, the fewest would be let in for good.
    run({ perSecond: 20_000, seconds: 25 });
    const { answered } = run({ perSecond: 20_000, seconds: 20 });
    expect(answered / 20 / ((served.places / served.serviceMs) * 1_000)).toBeGreaterThan(0.9);
  });

  it("does not take what works take that waited for each other from the start for what they take", () => {
    const { run, limit } = createScene(
      { places: 4, serviceMs: 5 },
      { limitMin: 8, limitFirst: 256 },
    );
    run({ perSecond: 8_000, seconds: 3 });
    const found = run({ perSecond: 8_000, seconds: 10 });
    expect(p99(found.latenciesMs)).toBeLessThan(80);
    expect(found.answered / 10 / 800).toBeGreaterThan(0.95);
    expect(limit.limit()).toBeLessThan(64);
  });

  it("is not lowered by a few that are late for reasons of their own", () => {
    let nowMs = 0;
    const limit = createConcurrencyLimit({ monotonicMs: () => nowMs });
    const before = limit.limit();
    for (let i = 0; i < 500; i += 1) {
      const leave = limit.enter();
      nowMs += 5;
      leave?.(i % 20 === 0 ? "late" : "answered");
    }
    expect(limit.limit()).toBe(before);
  });

  it("does not take works for alone because nobody was let in beside them", () => {
    let nowMs = 0;
    const limit = createConcurrencyLimit({ monotonicMs: () => nowMs });
    const enterAll = (): (Leave | null)[] => Array.from({ length: 64 }, () => limit.enter());
    const alone = enterAll();
    nowMs = 150;
    const quick = enterAll();
    alone.forEach((leave) => leave?.("other"));
    nowMs = 155;
    quick.forEach((leave) => leave?.("answered"));
    nowMs = 300;
    const crowd = enterAll();
    const before = limit.limit();
    for (let i = 0; i < 3; i += 1) {
      nowMs += 110;
      crowd.splice(0, 20).forEach((leave) => leave?.("answered"));
    }
    expect(limit.limit()).toBeLessThan(before / 2);
  });

  it("lets less in when works are late", () => {
    let nowMs = 0;
    const limit = createConcurrencyLimit({ monotonicMs: () => nowMs });
    const before = limit.limit();
    for (let i = 0; i < 20; i += 1) {
      const leaves = Array.from({ length: limit.limit() }, () => limit.enter());
      nowMs += 200;
      leaves.forEach((leave) => leave?.("late"));
    }
    expect(limit.limit()).toBeLessThan(before / 2);
    expect(limit.limit()).toBeGreaterThanOrEqual(8);
  });

  it("keeps the greater part for what matters", () => {
    const limit: ConcurrencyLimit = createConcurrencyLimit({ monotonicMs: () => 0 });
    const batches = Array.from({ length: 200 }, () => limit.enter(0.5)).filter(
      (one) => one !== null,
    );
    expect(batches).toHaveLength(limit.limit() / 2);
    expect(limit.isFull(0.5)).toBe(true);
    expect(limit.isFull()).toBe(false);
    expect(limit.enter()).not.toBeNull();
  });

  it("never has more under way than its limit, which stays within its bounds, whatever happens", () => {
    const step = fc.oneof(
      fc.constant("enter" as const),
      fc.constantFrom("answered" as const, "late" as const, "other" as const),
      fc.integer({ min: 1, max: 3_000 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        let nowMs = 0;
        const limit = createConcurrencyLimit({
          monotonicMs: () => nowMs,
          limitMin: 2,
          limitMax: 20,
          limitFirst: 5,
        });
        const under: Leave[] = [];
        for (const one of steps) {
          if (one === "enter") {
            const [mayEnter, allowed] = [!limit.isFull(), limit.limit()];
            const leave = limit.enter();
            if (leave === null) {
              // It may have looked at the time first, and then lets fewer in.
              expect(mayEnter && limit.limit() >= allowed).toBe(false);
            } else {
              under.push(leave);
            }
          } else if (typeof one === "number") {
            nowMs += one;
          } else {
            under.shift()?.(one);
          }
          expect(limit.underWay()).toBe(under.length);
          expect(limit.limit()).toBeGreaterThanOrEqual(2);
          expect(limit.limit()).toBeLessThanOrEqual(20);
        }
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { seeded } from "../seed/chance.ts";
import { createArrivals } from "./arrivals.ts";

/** Looks at the clock now and then, and takes everything that is due. */
function takeAll(perSecond: number, looksAtMs: readonly number[]): number[] {
  const arrivals = createArrivals(perSecond, seeded(1));
  arrivals.startAt(0);
  const due: number[] = [];
  for (const nowMs of looksAtMs) {
    for (let at = arrivals.take(nowMs); at !== null; at = arrivals.take(nowMs)) {
      expect(at).toBeLessThanOrEqual(nowMs);
      due.push(at);
    }
  }
  return due;
}

const everyMs = (step: number, untilMs: number): number[] =>
  Array.from({ length: untilMs / step }, (_, i) => (i + 1) * step);

describe("arrivals", () => {
  it("come at the wanted rate, on average", () => {
    const due = takeAll(1_000, everyMs(1, 100_000));
    expect(due.length / 100).toBeGreaterThan(980);
    expect(due.length / 100).toBeLessThan(1_020);
  });

  it("are due at the same times however seldom somebody looks", () => {
    const often = takeAll(500, everyMs(1, 10_000));
    const seldom = takeAll(500, everyMs(2_500, 10_000));
    expect(seldom).toEqual(often);
  });

  it("come at random: gaps are as long as chance has them", () => {
    const due = takeAll(100, everyMs(1, 100_000));
    const gaps = due.slice(1).map((at, i) => at - (due[i] ?? 0));
    const longer = gaps.filter((gap) => gap > 10).length / gaps.length;
    // Of a Poisson process one gap in e is longer than the mean.
    expect(longer).toBeGreaterThan(0.34);
    expect(longer).toBeLessThan(0.4);
  });

  it("do not begin before they are started", () => {
    const arrivals = createArrivals(1_000, seeded(2));
    expect(arrivals.take(1e9)).toBeNull();
  });
});

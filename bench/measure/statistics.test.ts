import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, slope, spread } from "./statistics.ts";

describe("statistics", () => {
  it("find the slope of a line, wherever it is looked at", () => {
    const places = fc.uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2 });
    fc.assert(
      fc.property(places, fc.integer({ min: -50, max: 50 }), fc.integer(), (xs, rise, from) => {
        const points = xs.map((x) => ({ x, y: from + rise * x }));
        expect(slope(points)).toBeCloseTo(rise, 3);
      }),
    );
  });

  it("have no slope for a single point, and no spread for values that are the same", () => {
    expect(slope([{ x: 1, y: 2 }])).toBe(0);
    expect(spread([0, 0, 0])).toBe(0);
  });

  it("take the middle value, not the mean", () => {
    expect(median([100, 1, 2])).toBe(2);
    expect(spread([100, 1, 2])).toBe(49.5);
  });
});

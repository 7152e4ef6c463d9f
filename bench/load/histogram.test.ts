import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHistogram } from "./histogram.ts";

const shares = [0.5, 0.9, 0.99, 0.999, 1];

function exact(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? Number.NaN;
}

describe("a histogram", () => {
  it("gives quantiles that are at most one part in 64 above the exact ones, and never below", () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 60_000_000 }), { minLength: 1 });
    fc.assert(
      fc.property(latencies, (us) => {
        const histogram = createHistogram();
        us.forEach((value) => {
          histogram.record(value / 1_000);
        });
        for (const share of shares) {
          const wanted = exact(us, share) / 1_000;
          const found = histogram.quantile(share);
          expect(found).toBeGreaterThanOrEqual(wanted);
          expect(found).toBeLessThanOrEqual(wanted * (1 + 1 / 64) + 0.001);
        }
      }),
    );
  });

  it("knows the greatest exactly, counts all, and means what they mean", () => {
    const histogram = createHistogram();
    [1.5, 2.5, 123.456].forEach(histogram.record);
    expect(histogram.summary()).toMatchObject({ count: 3, maxMs: 123.456 });
    expect(histogram.summary().meanMs).toBeCloseTo((1.5 + 2.5 + 123.456) / 3, 3);
  });

  it("counts what came too early as nothing", () => {
    const histogram = createHistogram();
    histogram.record(-3);
    expect(histogram.summary()).toMatchObject({ count: 1, maxMs: 0, p99Ms: 0 });
  });

  it("is empty at first, and again after a reset", () => {
    const histogram = createHistogram();
    const empty = histogram.summary();
    expect(empty).toMatchObject({ count: 0, meanMs: 0, p50Ms: 0, maxMs: 0 });
    histogram.record(7);
    histogram.reset();
    expect(histogram.summary()).toEqual(empty);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokenBuckets } from "./token-buckets.ts";

describe("token buckets", () => {
  it("give a burst, then the rate, and say when there is more", () => {
    let nowMs = 0;
    const buckets = createTokenBuckets<string>({
      perSecond: 10,
      burst: 20,
      keysMax: 10,
      monotonicMs: () => nowMs,
    });
    for (let i = 0; i < 20; i += 1) {
      expect(buckets.take("one")).toBeNull();
    }
    expect(buckets.take("one")).toEqual({ waitS: 0.1, fullS: 2 });
    expect(buckets.take("other")).toBeNull();
    nowMs += 100;
    expect(buckets.take("one")).toBeNull();
    expect(buckets.take("one")).not.toBeNull();
  });

  it("hold no more than a burst, however long nobody takes", () => {
    let nowMs = 0;
    const buckets = createTokenBuckets<string>({
      perSecond: 10,
      burst: 3,
      keysMax: 10,
      monotonicMs: () => nowMs,
    });
    expect(buckets.take("one")).toBeNull();
    nowMs += 3_600_000;
    const taken = Array.from({ length: 5 }, () => buckets.take("one") === null);
    expect(taken).toEqual([true, true, true, false, false]);
  });

  it("never give more than the burst and the rate, and all of it to whoever takes it evenly", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 }), (gapsMs) => {
        let nowMs = 0;
        const buckets = createTokenBuckets<bigint>({
          perSecond: 5,
          burst: 7,
          keysMax: 3,
          monotonicMs: () => nowMs,
        });
        const takenAtMs: number[] = [];
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          if (buckets.take(1n) === null) {
            takenAtMs.push(nowMs);
          } else {
            // Less than one has come since the last one that was given.
            expect(nowMs - (takenAtMs.at(-1) ?? 0)).toBeLessThan(200 + 1e-6);
          }
        }
        takenAtMs.forEach((fromMs, i) => {
          const lastMs = takenAtMs[i + 12];
          // Of any thirteen in a row at least six have come while they were taken.
          if (lastMs !== undefined) {
            expect(lastMs - fromMs).toBeGreaterThanOrEqual(1_000 - 1e-6);
          }
        });
      }),
    );
  });

  it("remember so many keys, and forget those that came longest ago", () => {
    const buckets = createTokenBuckets<bigint>({
      perSecond: 1,
      burst: 1,
      keysMax: 2,
      monotonicMs: () => 0,
    });
    expect([1n, 2n, 1n, 3n, 1n, 2n].map((key) => buckets.take(key) === null)).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});

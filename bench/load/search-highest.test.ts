import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchHighest } from "./search-highest.ts";

const search = { from: 100, factor: 2, closeTo: 0.05, probesMax: 40 };

describe("the search for the highest rate", () => {
  it("finds a rate that holds and is close to where it ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (limit) => {
        const found = await searchHighest(search, async (rate) => rate <= limit);
        expect(found).toBeLessThanOrEqual(limit);
        expect(found).toBeGreaterThan(limit / 1.06);
      }),
    );
  });

  it("gives 0 where nothing holds, after so many probes and no more", async () => {
    let probes = 0;
    const found = await searchHighest({ ...search, probesMax: 5 }, async () => {
      probes += 1;
      return false;
    });
    expect({ found, probes }).toEqual({ found: 0, probes: 5 });
  });
});

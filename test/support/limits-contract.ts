import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Limit, Limits } from "../../src/ports/limits.ts";

/** What counts, as one node after another sees it. */
export interface LimitsCell {
  /** Of one node; of the same one where counts are not shared. */
  limits(node: string): Promise<Limits>;
  stop(): Promise<void>;
}

/** What every adapter of the port holds. */
export function describeLimits(name: string, open: () => Promise<LimitsCell>): void {
  describe(`limits in ${name}`, () => {
    let cell: LimitsCell;

    beforeAll(async () => {
      cell = await open();
    });
    afterAll(() => cell.stop());

    const anyLimit = (max: number, periodS = 60): Limit => ({ name: randomUUID(), max, periodS });

    it("lets so many pass and no more, and tells how many are left", async () => {
      const limits = await cell.limits("a");
      const limit = anyLimit(2);
      const taken = [];
      for (let n = 0; n < 4; n += 1) taken.push(await limits.take(limit, "key"));
      expect(taken.map(({ isWithin }) => isWithin)).toEqual([true, true, false, false]);
      expect(taken.map(({ remaining }) => remaining)).toEqual([1, 0, 0, 0]);
      for (const { resetMs } of taken) {
        expect(resetMs).toBeGreaterThan(0);
        expect(resetMs).toBeLessThanOrEqual(60_000);
      }
    });

    it("counts each key and each limit for itself", async () => {
      const limits = await cell.limits("a");
      const [one, other] = [anyLimit(1), anyLimit(1)];
      await limits.take(one, "key");
      expect(await limits.take(one, "another")).toMatchObject({ isWithin: true });
      expect(await limits.take(other, "key")).toMatchObject({ isWithin: true });
      expect(await limits.take(one, "key")).toMatchObject({ isWithin: false });
    });

    it("counts everything that is taken at once", async () => {
      const limits = await cell.limits("a");
      const limit = anyLimit(10);
      const taken = await Promise.all(Array.from({ length: 25 }, () => limits.take(limit, "key")));
      expect(taken.filter(({ isWithin }) => isWithin)).toHaveLength(10);
    });

    it("takes back what is given back", async () => {
      const limits = await cell.limits("a");
      const limit = anyLimit(1);
      for (let n = 0; n < 3; n += 1) {
        expect(await limits.take(limit, "key")).toMatchObject({ isWithin: true });
        await limits.giveBack(limit, "key");
      }
    });

    it("begins anew when the period is over", async () => {
      const limits = await cell.limits("a");
      const limit = anyLimit(1, 1);
      await limits.take(limit, "key");
      const { isWithin, resetMs } = await limits.take(limit, "key");
      expect(isWithin).toBe(false);
      await pause(resetMs + 50);
      expect(await limits.take(limit, "key")).toMatchObject({ isWithin: true, remaining: 0 });
    });

    it("counts for every node", async () => {
      const limit = anyLimit(3);
      const [a, b] = [await cell.limits("a"), await cell.limits("b")];
      for (const limits of [a, b, a]) {
        expect(await limits.take(limit, "key")).toMatchObject({ isWithin: true });
      }
      expect(await b.take(limit, "key")).toMatchObject({ isWithin: false, remaining: 0 });
    });
  });
}

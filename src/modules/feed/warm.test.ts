import { describe, expect, it } from "vitest";
import { internalContext, type Viewer } from "../../kernel/context.ts";
import { createWarming } from "./warm.ts";

const context = internalContext("test");

const viewers = (count: number): readonly Viewer[] =>
  Array.from({ length: count }, (_, i) => ({ accountId: BigInt(i + 1), sessionId: 7n }));

/** A warming by a clock of its own, on which a load takes `loadMs`. */
function sceneOf(active: readonly Viewer[], loadMs = 10) {
  let nowMs = 0;
  const loaded: Viewer[][] = [];
  const pauses: number[] = [];
  const asked: number[] = [];
  const warming = createWarming({
    recentlyActive(_context, limit) {
      asked.push(limit);
      return Promise.resolve(active.slice(0, limit));
    },
    load(_context, some) {
      nowMs += loadMs;
      loaded.push([...some]);
      return Promise.resolve();
    },
    monotonicMs: () => nowMs,
    readersMax: 100,
    pause(ms) {
      pauses.push(ms);
      return Promise.resolve();
    },
  });
  return { warming, loaded, pauses, asked };
}

describe("warming", () => {
  it("takes those who were here last, in their order and no more than it may", async () => {
    const active = viewers(150);
    const { warming, loaded, asked } = sceneOf(active);
    await warming.run(context);
    expect(asked).toEqual([100]);
    expect(loaded.flat()).toEqual(active.slice(0, 100));
    expect(Math.max(...loaded.map((some) => some.length))).toBe(32);
    expect(warming.warmed()).toBe(100);
  });

  it("rests four times as long as it worked, and never not at all", async () => {
    const slow = sceneOf(viewers(64), 25);
    await slow.warming.run(context);
    expect(slow.pauses).toEqual([100, 100]);
    const quick = sceneOf(viewers(64), 0);
    await quick.warming.run(context);
    expect(quick.pauses).toEqual([5, 5]);
  });

  it("does nothing when nobody was here", async () => {
    const { warming, loaded } = sceneOf([]);
    await warming.run(context);
    expect(loaded).toEqual([]);
  });

  it("ends within its pause when it is stopped", async () => {
    const loaded: number[] = [];
    const warming = createWarming({
      recentlyActive: () => Promise.resolve(viewers(64)),
      load(_context, some) {
        loaded.push(some.length);
        return Promise.resolve();
      },
      // A load that took a day is followed by a pause of four.
      monotonicMs: () => loaded.length * 86_400_000,
    });
    const run = warming.run(context);
    await expect.poll(() => loaded).toEqual([32]);
    warming.stop();
    await run;
    expect(loaded).toEqual([32]);
  });

  it("fails as the record does", async () => {
    const warming = createWarming({
      recentlyActive: () => Promise.resolve(viewers(1)),
      load: () => Promise.reject(new Error("no record")),
      monotonicMs: () => 0,
    });
    await expect(warming.run(context)).rejects.toThrow("no record");
    expect(warming.warmed()).toBe(0);
  });
});

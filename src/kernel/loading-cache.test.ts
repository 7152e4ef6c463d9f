import { describe, expect, it } from "vitest";
import { internalContext } from "./context.ts";
import { createLoadingCache, type LoadingCache } from "./loading-cache.ts";

interface Loading {
  readonly keys: readonly string[];
  readonly answer: (values: Readonly<Record<string, number>>) => void;
  readonly fail: () => void;
}

interface Value {
  readonly n: number;
}

const context = internalContext("test");

/** A cache whose loads end when the test says so. */
function cacheOf(bytesMax = 1_000): { cache: LoadingCache<string, Value>; loads: Loading[] } {
  const loads: Loading[] = [];
  const cache = createLoadingCache<string, Value>({
    bytesMax,
    bytesOf: () => 1,
    missed: () => undefined,
    load: (_context, keys) =>
      new Promise((resolve, reject) => {
        loads.push({
          keys,
          answer: (values) =>
            resolve(new Map(Object.entries(values).map(([key, n]) => [key, { n }]))),
          fail: () => reject(new Error("no record")),
        });
      }),
  });
  return { cache, loads };
}

const shown = (values: ReadonlyMap<string, Value>): Record<string, number> =>
  Object.fromEntries([...values].map(([key, { n }]) => [key, n]));

describe("a loading cache", () => {
  it("loads what is missing in one query, and then has it", async () => {
    const { cache, loads } = cacheOf();
    const first = cache.get(context, ["a", "b", "a", "gone"]);
    loads[0]?.answer({ a: 1, b: 2 });
    expect(shown(await first)).toEqual({ a: 1, b: 2 });
    expect(shown(await cache.get(context, ["b", "a"]))).toEqual({ a: 1, b: 2 });
    expect(loads.map(({ keys }) => keys)).toEqual([["a", "b", "gone"]]);
  });

  it("lets those who come meanwhile wait for the same load", async () => {
    const { cache, loads } = cacheOf();
    const first = cache.get(context, ["a"]);
    const second = cache.get(context, ["a", "b"]);
    expect(loads.map(({ keys }) => keys)).toEqual([["a"], ["b"]]);
    loads[1]?.answer({ b: 2 });
    loads[0]?.answer({ a: 1 });
    expect(shown(await first)).toEqual({ a: 1 });
    expect(shown(await second)).toEqual({ a: 1, b: 2 });
  });

  it("does not remember what is not there", async () => {
    const { cache, loads } = cacheOf();
    const before = cache.get(context, ["a"]);
    loads[0]?.answer({});
    expect(shown(await before)).toEqual({});
    const after = cache.get(context, ["a"]);
    loads[1]?.answer({ a: 1 });
    expect(shown(await after)).toEqual({ a: 1 });
  });

  it("gives nobody what was loaded before a change, and keeps it for nobody", async () => {
    const { cache, loads } = cacheOf();
    const before = cache.get(context, ["a"]);
    cache.invalidate("a");
    const after = cache.get(context, ["a"]);
    loads[0]?.answer({ a: 1 });
    loads[1]?.answer({ a: 2 });
    expect(shown(await before)).toEqual({ a: 2 });
    expect(shown(await after)).toEqual({ a: 2 });
    expect(cache.peek("a")).toEqual({ n: 2 });
    expect(loads).toHaveLength(2);
  });

  it("gives nobody what is gone after a change", async () => {
    const { cache, loads } = cacheOf();
    const asked = cache.get(context, ["a"]);
    cache.invalidate("a");
    loads[0]?.answer({ a: 1 });
    await expect.poll(() => loads.length).toBe(2);
    loads[1]?.answer({});
    expect(shown(await asked)).toEqual({});
    expect(cache.peek("a")).toBeUndefined();
  });

  it("does not let an old load that ends late replace a new one", async () => {
    const { cache, loads } = cacheOf();
    const old = cache.get(context, ["a"]);
    cache.invalidate("a");
    const fresh = cache.get(context, ["a"]);
    loads[1]?.answer({ a: 2 });
    expect(shown(await fresh)).toEqual({ a: 2 });
    loads[0]?.answer({ a: 1 });
    expect(shown(await old)).toEqual({ a: 2 });
    expect(cache.peek("a")).toEqual({ n: 2 });
  });

  it("keeps one caller's failure from the others", async () => {
    const { cache, loads } = cacheOf();
    const first = cache.get(context, ["a"]);
    const second = cache.get(context, ["a"]);
    loads[0]?.fail();
    await expect(first).rejects.toThrow("no record");
    await expect.poll(() => loads.length).toBe(2);
    loads[1]?.answer({ a: 1 });
    expect(shown(await second)).toEqual({ a: 1 });
  });

  it("asks the record itself for whoever must not be given what is in memory", async () => {
    const { cache, loads } = cacheOf();
    const first = cache.get(context, ["a"]);
    loads[0]?.answer({ a: 1 });
    await first;
    const sure = cache.get({ ...context, bypassViews: true }, ["a"]);
    loads[1]?.answer({ a: 2 });
    expect(shown(await sure)).toEqual({ a: 2 });
  });

  it("stays within its bound", async () => {
    const { cache, loads } = cacheOf(2);
    const first = cache.get(context, ["a", "b", "c"]);
    loads[0]?.answer({ a: 1, b: 2, c: 3 });
    expect(shown(await first)).toEqual({ a: 1, b: 2, c: 3 });
    expect(cache.bytes()).toBe(2);
    expect(cache.peek("a")).toBeUndefined();
  });
});

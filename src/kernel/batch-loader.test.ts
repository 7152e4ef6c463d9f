import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createBatchLoader, type BatchLoader } from "./batch-loader.ts";
import { internalContext, type Context } from "./context.ts";
import { deadlineAfter, type Deadline } from "./deadline.ts";
import { Problem, deadlineExceeded } from "./problem.ts";

interface Load {
  readonly context: Context;
  readonly keys: readonly string[];
  readonly finish: () => void;
  readonly fail: () => void;
}

const context = internalContext("test");
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** What is scheduled has run: the end of a load, and then the beginning of the next. */
const settled = (): Promise<void> => turn().then(turn);
const within = (deadline: Deadline): Context => ({ ...context, deadline });
const codeOf = (error: unknown): string =>
  error instanceof Problem ? error.kind.code : String(error);

/** A loader over a record of versions; its loads end when the test says so. */
function sceneOf(keysMax: number, loadsMax: number, spacingMs = 0) {
  const versions = new Map<string, number>();
  const loads: Load[] = [];
  const loader: BatchLoader<string, number> = createBatchLoader({
    keysMax,
    loadsMax,
    spacingMs,
    load: (loadContext, keys) =>
      new Promise((resolve, reject) => {
        const rows = keys.flatMap((key): [string, number][] => {
          const version = versions.get(key);
          return version === undefined ? [] : [[key, version]];
        });
        const load: Load = {
          context: loadContext,
          keys,
          finish() {
            loads.splice(loads.indexOf(load), 1);
            resolve(new Map(rows));
          },
          fail() {
            loads.splice(loads.indexOf(load), 1);
            reject(new Error(`no record for ${keys.join()}`));
          },
        };
        loads.push(load);
      }),
  });
  return { versions, loads, loader };
}

describe("a batch loader", () => {
  it("joins what is asked for while a load is under way into the next one", async () => {
    const { loader, loads, versions } = sceneOf(10, 1);
    for (const key of ["a", "b", "c"]) versions.set(key, 1);
    const first = loader.load(context, ["a"]);
    await settled();
    const others = [loader.load(context, ["b", "c"]), loader.load(context, ["c", "gone"])];
    await settled();
    expect(loads.map(({ keys }) => keys)).toEqual([["a"]]);
    loads[0]?.finish();
    expect(await first).toEqual(new Map([["a", 1]]));
    await settled();
    expect(loads.map(({ keys }) => keys)).toEqual([["b", "c", "gone"]]);
    loads[0]?.finish();
    expect(await Promise.all(others)).toEqual([
      new Map([
        ["b", 1],
        ["c", 1],
      ]),
      new Map([["c", 1]]),
    ]);
  });

  it("joins what is asked for at the same moment, and no more than fits", async () => {
    const { loader, loads } = sceneOf(3, 2);
    const asked = [["a", "b"], ["c"], ["d", "e", "f", "g"], ["h"]].map((keys) =>
      loader.load(context, keys),
    );
    await settled();
    expect(loads.map(({ keys }) => keys)).toEqual([
      ["a", "b", "c"],
      ["d", "e", "f", "g"],
    ]);
    loads[0]?.finish();
    await settled();
    expect(loads.map(({ keys }) => keys)).toEqual([["d", "e", "f", "g"], ["h"]]);
    loads[1]?.finish();
    loads[0]?.finish();
    await Promise.all(asked);
  });

  it("lets a crowd gather between two loads, and keeps nobody who comes later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { loader, loads } = sceneOf(10, 2, 20);
      const asked = [loader.load(context, ["a"])];
      await settled();
      asked.push(loader.load(context, ["b"]));
      await settled();
      asked.push(loader.load(context, ["c"]));
      vi.advanceTimersByTime(19);
      await settled();
      expect(loads.map(({ keys }) => keys)).toEqual([["a"]]);
      vi.advanceTimersByTime(1);
      await settled();
      expect(loads.map(({ keys }) => keys)).toEqual([["a"], ["b", "c"]]);
      loads[1]?.finish();
      vi.advanceTimersByTime(20);
      asked.push(loader.load(context, ["d"]));
      await settled();
      expect(loads.map(({ keys }) => keys)).toEqual([["a"], ["d"]]);
      loads[1]?.finish();
      loads[0]?.finish();
      await Promise.all(asked);
    } finally {
      vi.useRealTimers();
    }
  });

  it("hands a lone caller's context on, and gives a crowd's load the latest deadline", async () => {
    const { loader, loads } = sceneOf(10, 1);
    const alone = within(deadlineAfter(60_000, () => 0));
    const asked = [loader.load(alone, ["a"])];
    await settled();
    expect(loads[0]?.context).toBe(alone);
    const soon = within(deadlineAfter(30_000, () => 0));
    asked.push(loader.load(soon, ["b"]), loader.load(alone, ["c"]), loader.load(soon, ["d"]));
    loads[0]?.finish();
    await settled();
    expect(loads[0]?.context.deadline.remainingMs()).toBe(60_000);
    expect(loads[0]?.context.viewer).toBeNull();
    loads[0]?.finish();
    await Promise.all(asked);
  });

  it("lets nobody wait beyond their deadline, and asks nothing for whoever gave up", async () => {
    const { loader, loads, versions } = sceneOf(10, 1);
    versions.set("a", 1);
    const patient = loader.load(context, ["a"]);
    await settled();
    const joined = loader.load(within(deadlineAfter(5, () => performance.now())), ["b"]);
    expect(codeOf(await joined.catch((error: unknown) => error))).toBe("request.deadline_exceeded");
    loads[0]?.finish();
    expect(await patient).toEqual(new Map([["a", 1]]));
    await settled();
    expect(loads).toEqual([]);
  });

  it("does not fail a load for those who can still wait when one of them cannot", async () => {
    const { loader, loads, versions } = sceneOf(10, 1);
    versions.set("a", 1);
    const hasty = loader.load(within(deadlineAfter(30, () => performance.now())), ["a"]);
    const patient = loader.load(context, ["a"]);
    await settled();
    expect(loads).toHaveLength(1);
    expect(codeOf(await hasty.catch((error: unknown) => error))).toBe("request.deadline_exceeded");
    loads[0]?.finish();
    expect(await patient).toEqual(new Map([["a", 1]]));
  });

  it("refuses at once when too many wait", async () => {
    const { loader, loads } = sceneOf(1_000_000, 1);
    const asked = [loader.load(context, ["a"])];
    await settled();
    for (let n = 0; n < 5_000; n += 1) asked.push(loader.load(context, [String(n)]));
    expect(codeOf(await loader.load(context, ["late"]).catch((error: unknown) => error))).toBe(
      "request.unavailable",
    );
    loads[0]?.finish();
    await settled();
    expect(loads[0]?.keys).toHaveLength(5_000);
    loads[0]?.finish();
    await Promise.all(asked);
  });

  it("asks nothing when nothing is asked for", async () => {
    const { loader, loads } = sceneOf(10, 1);
    expect(await loader.load(context, [])).toEqual(new Map());
    await settled();
    expect(loads).toEqual([]);
  });
});

/** What somebody asked, with what the record held then. */
interface Asked {
  readonly keys: readonly string[];
  readonly versionsThen: ReadonlyMap<string, number>;
  isLate: boolean;
  answer: ReadonlyMap<string, number> | Error | null;
}

const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ ask: fc.array(key, { maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ change: key }) },
  { weight: 3, arbitrary: fc.record({ finish: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ fail: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ late: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.constant({ settle: true }) },
);

describe("whatever is asked, changed, late and broken, in any order", () => {
  it("everybody gets what a load of their own would find, or their own failure", async () => {
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 80, size: "max" }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, keysMax, loadsMax) => {
        const { loader, loads, versions } = sceneOf(keysMax, loadsMax);
        const everybody: Asked[] = [];
        const failures = new Set<string>();
        const check = (): void => {
          expect(loads.length).toBeLessThanOrEqual(loadsMax);
          for (const { keys } of loads) {
            expect(new Set(keys).size).toBe(keys.length);
            const isOfOne = everybody.some((one) => keys.every((key) => one.keys.includes(key)));
            expect(keys.length <= keysMax || isOfOne).toBe(true);
          }
        };
        const ask = (keys: readonly string[]): void => {
          const one: Asked = { keys, versionsThen: new Map(versions), isLate: false, answer: null };
          const remainingMs = (): number => (one.isLate ? 0 : Number.POSITIVE_INFINITY);
          const deadline: Deadline = {
            remainingMs,
            check() {
              if (one.isLate) throw deadlineExceeded();
            },
          };
          everybody.push(one);
          loader.load(within(deadline), keys).then(
            (found) => (one.answer = found),
            (error: unknown) => (one.answer = error as Error),
          );
        };
        for (const now of steps) {
          if ("ask" in now) ask(now.ask);
          else if ("change" in now) versions.set(now.change, (versions.get(now.change) ?? 0) + 1);
          else if ("finish" in now) loads[now.finish]?.finish();
          else if ("fail" in now && loads[now.fail] !== undefined) {
            failures.add(`no record for ${loads[now.fail]?.keys.join() ?? ""}`);
            loads[now.fail]?.fail();
          } else if ("late" in now) {
            const one = everybody.at(-1 - now.late);
            if (one !== undefined) one.isLate = true;
          } else await settled();
          check();
        }
        for (
          let round = 0;
          round < 200 && everybody.some(({ answer }) => answer === null);
          round += 1
        ) {
          await settled();
          check();
          loads[0]?.finish();
        }
        for (const { keys, versionsThen, isLate, answer } of everybody) {
          if (answer instanceof Problem) {
            expect([answer.kind.code, isLate]).toEqual(["request.deadline_exceeded", true]);
          } else if (answer instanceof Error) {
            expect(failures).toContain(answer.message);
            expect(keys.every((key) => answer.message.includes(key))).toBe(true);
          } else {
            expect(answer).not.toBeNull();
            for (const key of answer?.keys() ?? []) expect(keys).toContain(key);
            for (const key of keys) {
              const found = answer?.get(key) ?? 0;
              expect(found).toBeGreaterThanOrEqual(versionsThen.get(key) ?? 0);
              expect(found).toBeLessThanOrEqual(versions.get(key) ?? 0);
            }
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 300, verbose: fc.VerbosityLevel.Verbose });
  });
});

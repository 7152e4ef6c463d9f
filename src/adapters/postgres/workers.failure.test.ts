import { afterEach, describe, expect, test } from "vitest";
import type { TestNode } from "../../../test/support/log.ts";
import {
  countingOutcomes,
  holding,
  note,
  noting,
  numberOf,
  testTiming,
  workBench,
  workContext,
  type HeldWork,
} from "../../../test/support/work.ts";
import { unavailable } from "../../kernel/problem.ts";
import type { DeadLetter, DurableWorker } from "../../ports/log.ts";

const bench = workBench();
afterEach(() => bench.closeAll());

const letters = (node: TestNode): Promise<readonly DeadLetter[]> =>
  node.log.deadLetters.list(workContext, { limit: 10 });

const slow = { firstMs: 60_000, maxMs: 100_000 };

/** Fails on one number until it is mended. */
function poisoned(options: Partial<DurableWorker> = {}): {
  readonly worker: DurableWorker;
  readonly tried: number[];
  mend(): void;
} {
  const tried: number[] = [];
  let isMended = false;
  const worker = noting((event) => {
    tried.push(numberOf(event));
    if (numberOf(event) === 3 && !isMended) {
      throw new Error("cannot do three");
    }
  }, options);
  return { worker, tried, mend: () => void (isMended = true) };
}

const gaveUp: Partial<DurableWorker> = {
  gaveUp: (_context, event, tx) => note(tx, "gave up", event),
};

describe("work that fails", () => {
  test("waits for its next attempt, longer each time, and others do not wait for it", async () => {
    const { worker, tried } = poisoned({ attemptsMax: 9 });
    const node = await bench.open([worker], { workBackOff: slow });
    await bench.write(node, 1, 2, 3, 4);
    await expect.poll(() => bench.effects()).toEqual([1, 2, 4]);
    for (const [attempts, wholeMs] of [
      [1, 60_000],
      [2, 100_000],
      [3, 100_000],
    ] as const) {
      await expect
        .poll(() => bench.entries())
        .toMatchObject([
          {
            n: 3,
            attempts,
            lease: null,
            last_error: expect.stringContaining("cannot do three") as string,
          },
        ]);
      const [entry] = await bench.entries();
      expect(entry?.due_in_ms).toBeLessThanOrEqual(wholeMs);
      expect(entry?.due_in_ms).toBeGreaterThan(wholeMs / 2 - 20_000);
      expect(tried.filter((n) => n === 3)).toHaveLength(attempts);
      await bench.makeDue();
    }
  });

  test("is a dead letter after its attempts, and the worker hears of it in the same transaction", async () => {
    const { worker, tried } = poisoned(gaveUp);
    const node = await bench.open([worker]);
    await bench.write(node, 1, 2, 3, 4);
    await expect.poll(() => bench.effects("gave up")).toEqual([3]);
    const [letter, ...others] = await letters(node);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      consumer: "noting",
      attempts: 3,
      event: { type: "things.made.v1", data: { n: 3 }, position: 3 },
      error: expect.stringContaining("cannot do three") as string,
    });
    expect(await node.log.port.readAfter(workContext, 2, 1)).toEqual([letter?.event]);
    expect(tried.filter((n) => n === 3)).toHaveLength(3);
    await expect.poll(() => bench.effects()).toEqual([1, 2, 4]);
    expect(await bench.entries()).toEqual([]);
  });

  test("is new work when an operator sends it back", async () => {
    const { worker, tried, mend } = poisoned(gaveUp);
    const node = await bench.open([worker]);
    await bench.write(node, 3);
    await expect.poll(async () => (await letters(node)).length).toBe(1);
    expect(await node.log.deadLetters.redrive(workContext, { consumer: "noting" })).toBe(1);
    await expect.poll(() => bench.effects("gave up")).toEqual([3, 3]);
    expect(tried).toHaveLength(6);
    // Also where the log has dropped the event since.
    await bench.sql`DELETE FROM log.events`;
    mend();
    await node.log.deadLetters.redrive(workContext, {});
    await expect.poll(() => bench.effects()).toEqual([3]);
    expect(tried).toHaveLength(7);
    expect(await letters(node)).toEqual([]);
    expect(await bench.entries()).toEqual([]);
  });

  test("has failed, too, where what ends it does, and then has no effect", async () => {
    let ends = 0;
    const worker = noting(undefined, {
      work: async (_context, event) => async (tx) => {
        ends += 1;
        await note(tx, "noting", event);
        if (ends < 3) {
          await tx.sql`SELECT 1 / 0`;
        }
      },
    });
    const node = await bench.open([worker]);
    await bench.write(node, 1);
    await expect.poll(() => bench.effects()).toEqual([1]);
    expect(ends).toBe(3);
  });

  test("is no dead letter before the worker could be told", async () => {
    let isTold = false;
    const { worker, tried } = poisoned({
      async gaveUp(_context, event, tx) {
        await note(tx, "gave up", event);
        if (!isTold) {
          throw new Error("cannot hear it");
        }
      },
    });
    const node = await bench.open([worker], { workBackOff: slow });
    await bench.write(node, 3);
    for (const attempts of [1, 2, 4]) {
      await expect.poll(() => bench.entries()).toMatchObject([{ attempts, lease: null }]);
      await bench.makeDue();
    }
    await expect.poll(async () => (await bench.entries())[0]?.due_in_ms).toBeGreaterThan(1_000);
    expect(await letters(node)).toEqual([]);
    isTold = true;
    await bench.makeDue();
    await expect.poll(() => bench.effects("gave up")).toEqual([3]);
    const [letter] = await letters(node);
    expect(letter?.attempts).toBe(3);
    expect(letter?.error).toMatch(/^Error: cannot do three/);
    expect(tried).toHaveLength(3);
  });

  test("is not blamed for something that is away: it waits and loses no attempt", async () => {
    let away = true;
    let tries = 0;
    const worker = noting(
      () => {
        tries += 1;
        if (away) {
          throw unavailable();
        }
      },
      { attemptsMax: 1 },
    );
    const node = await bench.open([worker]);
    await bench.write(node, 1);
    await expect.poll(() => bench.entries()).toMatchObject([{ attempts: 0, lease: null }]);
    const before = tries;
    away = false;
    await expect.poll(() => bench.effects()).toEqual([1]);
    expect(tries - before).toBeGreaterThan(0);
    expect(await letters(node)).toEqual([]);
  });
});

describe("work that has used its time", () => {
  test("is told by its signal and has failed, whatever it comes to then", async () => {
    const reasons: unknown[] = [];
    const worker = noting(
      (_event, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason);
            resolve();
          });
        }),
      { timeoutMs: 10, attemptsMax: 2 },
    );
    const node = await bench.open([worker]);
    await bench.write(node, 1);
    await expect
      .poll(() => letters(node))
      .toMatchObject([
        { attempts: 2, error: expect.stringContaining("longer than 10 ms") as string },
      ]);
    expect(reasons).toMatchObject([{ name: "TimeoutError" }, { name: "TimeoutError" }]);
    expect(await bench.effects()).toEqual([]);
  });

  test("and does not heed its signal keeps its place, but neither its event nor the other places", async () => {
    const hung: HeldWork[] = [];
    const worker = noting(
      (event, signal) =>
        numberOf(event) === 1
          ? new Promise<void>((succeed, fail) => void hung.push({ n: 1, signal, succeed, fail }))
          : undefined,
      { timeoutMs: 20, atOnceMax: 2, attemptsMax: 1 },
    );
    const node = await bench.open([worker], { workTiming: { ...testTiming, graceMs: 20 } });
    await bench.write(node, 1, 2, 3, 4, 5);
    await expect.poll(async () => (await letters(node)).map((one) => one.attempts)).toEqual([1]);
    await expect.poll(() => bench.effects()).toEqual([2, 3, 4, 5]);
    expect(hung.map(({ signal }) => signal.aborted)).toEqual([true]);
    // Both places are taken from here on, until one of the works returns.
    await node.log.deadLetters.redrive(workContext, {});
    await expect.poll(() => hung.length).toBe(2);
    await bench.write(node, 6);
    await expect.poll(() => bench.entries()).toMatchObject([{ n: 6, attempts: 0 }]);
    await expect.poll(async () => (await letters(node)).length).toBe(1);
    expect(await bench.effects()).toEqual([2, 3, 4, 5]);
    hung[0]?.succeed();
    await expect.poll(() => bench.effects()).toEqual([2, 3, 4, 5, 6]);
    hung[1]?.succeed();
  });
});

describe("a lease that another has", () => {
  test("leaves work that is done late without any effect", async () => {
    const { worker, held } = holding({ heeds: false });
    const { metrics, counts } = countingOutcomes();
    const node = await bench.open([worker], { metrics });
    await bench.open([worker], { metrics });
    await bench.write(node, 1);
    await expect.poll(() => held.length).toBe(1);
    // As if its node had shown no sign of life for as long as its lease.
    await bench.sql`UPDATE log.work SET due_at = clock_timestamp()`;
    await expect.poll(() => held.length).toBe(2);
    expect(await bench.entries()).toMatchObject([{ attempts: 2 }]);
    held[0]?.succeed();
    await expect.poll(() => counts).toEqual({ lost: 1 });
    expect(await bench.effects()).toEqual([]);
    held[1]?.succeed();
    await expect.poll(() => counts).toEqual({ lost: 1, done: 1 });
    expect(await bench.effects()).toEqual([1]);
    expect(await bench.entries()).toEqual([]);
  });

  test("ends work by its signal, and what it fails with does not count", async () => {
    const { worker, held } = holding();
    const { metrics, counts } = countingOutcomes();
    const workTiming = { ...testTiming, renewEveryMs: 10 };
    const node = await bench.open([worker], { workTiming, metrics });
    await bench.write(node, 1);
    await expect.poll(() => held.length).toBe(1);
    await bench.sql`UPDATE log.work SET lease = gen_random_uuid()`;
    await expect.poll(() => counts).toEqual({ lost: 1 });
    expect(held[0]?.signal.reason).toMatchObject({ name: "AbortError" });
    expect(await bench.entries()).toMatchObject([{ attempts: 1, last_error: null }]);
    expect(await letters(node)).toEqual([]);
  });

  test("is not given again for an event whose attempts are used up", async () => {
    const { worker, tried } = poisoned({ ...gaveUp, attemptsMax: 2 });
    const node = await bench.open([worker], { workBackOff: slow });
    await bench.write(node, 3);
    await expect.poll(() => bench.entries()).toMatchObject([{ attempts: 1, lease: null }]);
    // As it stands where the process ends with the last attempt.
    await bench.sql`
      UPDATE log.work SET attempts = 2, holder = 'gone', lease = gen_random_uuid(), due_at = clock_timestamp()`;
    await expect.poll(() => bench.effects("gave up")).toEqual([3]);
    const [letter] = await letters(node);
    expect(letter).toMatchObject({ attempts: 2 });
    expect(letter?.error).toMatch(/ended with its process.*cannot do three/s);
    expect(tried).toHaveLength(1);
  });
});

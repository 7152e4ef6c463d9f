import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sql } from "../../ports/record.ts";
import { createDatabaseWatch, type DatabaseWatch } from "./database-watch.ts";

let watch: DatabaseWatch;
let answers: PromiseWithResolvers<unknown>[];
/** How long this process was paused, on the clock that goes on meanwhile. */
let pausedMs: number;

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  pausedMs = 0;
  const sql = (): Promise<unknown> => {
    const answer = Promise.withResolvers();
    answers.push(answer);
    return answer.promise;
  };
  watch = createDatabaseWatch({
    sql: sql as unknown as Sql,
    monotonicMs: () => performance.now() + pausedMs,
    trouble: () => null,
  });
  watch.start();
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

test("a server that has not answered for two seconds is silent, until it answers", async () => {
  await vi.advanceTimersByTimeAsync(1_900);
  expect(watch.isSilent()).toBe(false);
  await vi.advanceTimersByTimeAsync(3_200);
  expect(watch.isSilent()).toBe(true);
  expect(watch.healthCheck.check()).toBe("PostgreSQL has not answered for 5 s");
  answers[0]?.resolve([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.isSilent()).toBe(false);
  expect(watch.healthCheck.check()).toBeNull();
  // It is asked again, and may fall silent again.
  await vi.advanceTimersByTimeAsync(4_000);
  expect(answers).toHaveLength(2);
  expect(watch.isSilent()).toBe(true);
});

test("one that refuses is not silent: it says so, and so does health", async () => {
  answers[0]?.reject(new Error("too many connections"));
  await vi.advanceTimersByTimeAsync(900);
  expect(watch.isSilent()).toBe(false);
  expect(watch.healthCheck.check()).toBe("PostgreSQL cannot be asked: too many connections");
});

test("for a process that was paused itself nobody was silent", async () => {
  await vi.advanceTimersByTimeAsync(300);
  pausedMs = 30_000;
  await vi.advanceTimersByTimeAsync(300);
  expect(watch.isSilent()).toBe(false);
});

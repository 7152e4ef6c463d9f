import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDatabaseWatch, type DatabaseWatch } from "./database-watch.ts";
import { createImpatientSql } from "./impatient-sql.ts";
import type { PooledSql } from "./session-pool.ts";

let watch: DatabaseWatch;
/** By question; each connection that is opened asks the next. */
let answers: PromiseWithResolvers<unknown>[];
let connections: number;
/** How long this process was paused, on the clock that goes on meanwhile. */
let pausedMs: number;

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  connections = 0;
  pausedMs = 0;
  const sql = createImpatientSql(() => {
    connections += 1;
    const ask = (): Promise<unknown> => {
      const answer = Promise.withResolvers();
      answers.push(answer);
      return answer.promise;
    };
    return Object.assign(ask, { end: () => Promise.resolve() }) as unknown as PooledSql;
  });
  watch = createDatabaseWatch({
    sql,
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
  await vi.advanceTimersByTimeAsync(3_600);
  expect(watch.isSilent()).toBe(true);
  expect(watch.healthCheck.check()).toBe("PostgreSQL has not answered for 5 s");
  answers.at(-1)?.resolve([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.isSilent()).toBe(false);
  expect(watch.healthCheck.check()).toBeNull();
  // It is asked again, and may fall silent again.
  await vi.advanceTimersByTimeAsync(3_900);
  expect(watch.isSilent()).toBe(true);
});

test("a connection that was lost without a word is not asked for long", async () => {
  await vi.advanceTimersByTimeAsync(3_300);
  expect(watch.isSilent()).toBe(true);
  expect([connections, answers.length]).toEqual([2, 2]);
  answers[1]?.resolve([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.isSilent()).toBe(false);
});

test("a connection that cannot be opened in time is no answer", async () => {
  await vi.advanceTimersByTimeAsync(2_600);
  answers[0]?.reject(
    Object.assign(new Error("write CONNECT_TIMEOUT"), { code: "CONNECT_TIMEOUT" }),
  );
  await vi.advanceTimersByTimeAsync(100);
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

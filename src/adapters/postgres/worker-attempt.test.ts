import { describe, expect, test, vi } from "vitest";
import { unavailable } from "../../kernel/problem.ts";
import type { WorkDone } from "../../ports/log.ts";
import { beginAttempt } from "./worker-attempt.ts";

const bounds = { timeoutMs: 1_000, graceMs: 100 };
const done: WorkDone = () => Promise.resolve();
const failed = (code: string): Error => Object.assign(new Error("no"), { code });

describe("an attempt", () => {
  test("comes to what its work gives, or fails with", async () => {
    const ok = beginAttempt(() => Promise.resolve(done), bounds);
    expect(await ok.outcome).toEqual({ kind: "done", done });
    const error = new Error("no");
    const bad = beginAttempt(() => Promise.reject(error), bounds);
    expect(await bad.outcome).toEqual({ kind: "failed", error });
    const thrown = beginAttempt(() => {
      throw error;
    }, bounds);
    expect(await thrown.outcome).toEqual({ kind: "failed", error });
    expect(thrown.hasReturned()).toBe(true);
  });

  test("blames the event for a server outside that refuses, and not for the record that is away", async () => {
    const outside = beginAttempt(() => Promise.reject(failed("ECONNREFUSED")), bounds);
    expect((await outside.outcome).kind).toBe("failed");
    const record = beginAttempt(
      () => Promise.reject(unavailable({ cause: failed("ECONNREFUSED") })),
      bounds,
    );
    expect((await record.outcome).kind).toBe("unavailable");
  });

  test("that does not heed its signal has failed after the time that it has for that", async () => {
    vi.useFakeTimers();
    try {
      const { promise, resolve } = Promise.withResolvers<WorkDone>();
      const signals: AbortSignal[] = [];
      const attempt = beginAttempt((signal) => {
        signals.push(signal);
        return promise;
      }, bounds);
      let outcome: unknown = null;
      void attempt.outcome.then((value) => (outcome = value));
      await vi.advanceTimersByTimeAsync(999);
      expect(signals[0]?.aborted).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(signals[0]?.reason).toMatchObject({ name: "TimeoutError" });
      await vi.advanceTimersByTimeAsync(99);
      expect(outcome).toBeNull();
      await vi.advanceTimersByTimeAsync(1);
      expect(outcome).toMatchObject({ kind: "failed", error: { name: "TimeoutError" } });
      expect(attempt.hasReturned()).toBe(false);
      resolve(done);
      await attempt.returned;
      expect(attempt.hasReturned()).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  test("that is let go keeps what it has done meanwhile, and blames nobody for what it has not", async () => {
    const gates = [Promise.withResolvers<WorkDone>(), Promise.withResolvers<WorkDone>()];
    const [first, second] = gates.map(({ promise }) => beginAttempt(() => promise, bounds));
    first!.letGo("stopping", 10_000);
    second!.letGo("stopping", 10_000);
    gates[0]!.resolve(done);
    gates[1]!.reject(new Error("aborted"));
    expect((await first!.outcome).kind).toBe("done");
    expect((await second!.outcome).kind).toBe("let go");
  });

  test("that is let go when its time is over already has failed, and is waited for less", async () => {
    vi.useFakeTimers();
    try {
      const attempt = beginAttempt(() => new Promise(() => undefined), bounds);
      let kind: string | null = null;
      void attempt.outcome.then((outcome) => (kind = outcome.kind));
      await vi.advanceTimersByTimeAsync(1_000);
      attempt.letGo("stopping", 5);
      await vi.advanceTimersByTimeAsync(5);
      expect(kind).toBe("failed");
    } finally {
      vi.useRealTimers();
    }
  });
});

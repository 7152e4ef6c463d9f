import { describe, expect, it } from "vitest";
import { createBulkhead } from "./bulkhead.ts";
import { deadlineAfter, noDeadline } from "./deadline.ts";
import { Problem } from "./problem.ts";

/** A work that ends when the test says so. */
function gate(): {
  readonly work: () => Promise<string>;
  readonly open: (value: string) => void;
  readonly fail: () => void;
} {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return {
    work: () => promise,
    open: resolve,
    fail() {
      reject(new Error("broken"));
    },
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Problem ? error.kind.code : String(error);

describe("a bulkhead", () => {
  it("runs at most so many at once, and the others in the order of their coming", async () => {
    const bulkhead = createBulkhead({ concurrencyMax: 2, queueMax: 3 });
    const order: string[] = [];
    const gates = [gate(), gate(), gate(), gate()];
    const runs = gates.map(({ work }, index) =>
      bulkhead.run(noDeadline, () => {
        order.push(`begin ${String(index)}`);
        return work();
      }),
    );
    expect([bulkhead.running(), bulkhead.waiting()]).toEqual([2, 2]);
    gates[1]?.open("second");
    expect(await runs[1]).toBe("second");
    await expect.poll(() => order.length).toBe(3);
    for (const { open } of gates) {
      open("done");
    }
    await Promise.all(runs);
    expect(order).toEqual(["begin 0", "begin 1", "begin 2", "begin 3"]);
    expect([bulkhead.running(), bulkhead.waiting()]).toEqual([0, 0]);
  });

  it("refuses at once when the queue is full", async () => {
    const bulkhead = createBulkhead({ concurrencyMax: 1, queueMax: 1 });
    const held = gate();
    const runs = [bulkhead.run(noDeadline, held.work), bulkhead.run(noDeadline, held.work)];
    const refusal: unknown = await bulkhead
      .run(noDeadline, held.work)
      .catch((error: unknown) => error);
    expect(codeOf(refusal)).toBe("request.unavailable");
    expect(refusal instanceof Problem && refusal.retryAfterS).toBe(1);
    expect(bulkhead.refused()).toBe(1);
    held.open("done");
    await Promise.all(runs);
  });

  it("refuses with the failure of its owner's choice", async () => {
    const bulkhead = createBulkhead({
      concurrencyMax: 1,
      queueMax: 0,
      refuse: () => new Error("busy"),
    });
    const held = gate();
    const run = bulkhead.run(noDeadline, held.work);
    await expect(bulkhead.run(noDeadline, held.work)).rejects.toThrow("busy");
    held.open("done");
    await run;
  });

  it("gives the place on when a work fails", async () => {
    const bulkhead = createBulkhead({ concurrencyMax: 1, queueMax: 1 });
    const first = gate();
    const failing = bulkhead.run(noDeadline, first.work);
    const next = bulkhead.run(noDeadline, () => Promise.resolve("next"));
    first.fail();
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("next");
    expect(bulkhead.running()).toBe(0);
  });

  it("never begins a work whose deadline has passed", async () => {
    let nowMs = 0;
    const bulkhead = createBulkhead({ concurrencyMax: 1, queueMax: 2 });
    const late = deadlineAfter(10_000, () => nowMs);
    const held = gate();
    const run = bulkhead.run(noDeadline, held.work);
    let begun = false;
    const waiting = bulkhead.run(late, () => {
      begun = true;
      return Promise.resolve("late");
    });
    const patient = bulkhead.run(noDeadline, () => Promise.resolve("patient"));
    nowMs = 10_000;
    held.open("done");
    await run;
    expect(codeOf(await waiting.catch((error: unknown) => error))).toBe(
      "request.deadline_exceeded",
    );
    expect(await patient).toBe("patient");
    expect(codeOf(await bulkhead.run(late, held.work).catch((error: unknown) => error))).toBe(
      "request.deadline_exceeded",
    );
    expect(begun).toBe(false);
  });

  it("lets nobody wait beyond their deadline for a place that is never free", async () => {
    const bulkhead = createBulkhead({ concurrencyMax: 1, queueMax: 1 });
    const held = gate();
    const run = bulkhead.run(noDeadline, held.work);
    const soon = deadlineAfter(5, () => performance.now());
    const error: unknown = await bulkhead.run(soon, held.work).catch((reason: unknown) => reason);
    expect(codeOf(error)).toBe("request.deadline_exceeded");
    expect(bulkhead.waiting()).toBe(0);
    held.open("done");
    await run;
  });
});

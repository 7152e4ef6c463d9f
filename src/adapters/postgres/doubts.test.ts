import { describe, expect, it, vi } from "vitest";
import { createDoubts } from "./doubts.ts";

describe("an answer after a COMMIT without one", () => {
  it("waits until the log has passed that transaction", async () => {
    const passed = Promise.withResolvers<boolean>();
    const asked: string[] = [];
    const wake = vi.fn();
    const doubts = createDoubts({
      wake,
      positionOf: (transactionId) => `position ${transactionId}`,
      waitFor: (position) => {
        asked.push(position);
        return passed.promise;
      },
    });
    await doubts.settled();
    expect(wake).not.toHaveBeenCalled();
    doubts.add(17n);
    expect(asked).toEqual(["position 17"]);
    const order: string[] = [];
    const answered = doubts.settled().then(() => order.push("answered"));
    order.push("passed");
    passed.resolve(true);
    await answered;
    expect(order).toEqual(["passed", "answered"]);
    expect(wake).toHaveBeenCalled();
  });

  it("does not wait for ever", async () => {
    vi.useFakeTimers();
    try {
      const doubts = createDoubts({
        wake: () => undefined,
        positionOf: String,
        waitFor: () => new Promise(() => undefined),
      });
      doubts.add(1n);
      const answered = doubts.settled();
      await vi.advanceTimersByTimeAsync(1_000);
      await answered;
    } finally {
      vi.useRealTimers();
    }
  });
});

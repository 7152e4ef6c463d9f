import { describe, expect, it, vi } from "vitest";
import { deadlineAfter, noDeadline, orDeadline } from "./deadline.ts";

const late = { kind: { code: "request.deadline_exceeded", status: 503 }, retryAfterS: 1 };

describe("work with a deadline", () => {
  it("gives what it comes to, or its failure", async () => {
    const deadline = deadlineAfter(1_000, () => 0);
    await expect(orDeadline(deadline, Promise.resolve("done"))).resolves.toBe("done");
    await expect(orDeadline(deadline, Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("is not waited for any longer, and may fail afterwards without anybody minding", async () => {
    vi.useFakeTimers();
    try {
      const work = Promise.withResolvers<string>();
      const answer = orDeadline(
        deadlineAfter(50, () => 0),
        work.promise,
      );
      const refused = expect(answer).rejects.toMatchObject(late);
      await vi.advanceTimersByTimeAsync(50);
      await refused;
      work.reject(new Error("too late to matter"));
      await vi.runAllTimersAsync();
    } finally {
      vi.useRealTimers();
    }
  });

  it("is refused without a warning where whoever waited has gone already", async () => {
    const warned = vi.spyOn(process, "emitWarning");
    const deadline = deadlineAfter(1_000, () => 0);
    deadline.end();
    const work = new Promise<string>(() => undefined);
    await expect(orDeadline(deadline, work)).rejects.toMatchObject(late);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it("may take as long as it likes where there is none", async () => {
    const work = Promise.resolve("done");
    expect(orDeadline(noDeadline, work)).toBe(work);
  });
});

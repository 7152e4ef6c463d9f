import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createWorkLeases, type WorkLeases } from "./worker-leases.ts";
import type { WorkEntry, WorkList } from "./worker-list.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const entry = (lease: string): WorkEntry => ({ lease }) as WorkEntry;

function leasesBy(renew: WorkList["renew"]): WorkLeases {
  return createWorkLeases({
    list: { renew },
    monotonicMs: () => performance.now(),
    leaseMs: 30_000,
    renewEveryMs: 5_000,
    graceMs: 5_000,
  });
}

const all = (entries: readonly WorkEntry[], isRenewed = true): Map<string, boolean> =>
  new Map(entries.map(({ lease }) => [lease, isRenewed]));

test("a lease is renewed for as long as it is held, and not after", async () => {
  const asked: (readonly string[])[] = [];
  const leases = leasesBy((entries) => {
    asked.push(entries.map(({ lease }) => lease));
    return Promise.resolve(all(entries));
  });
  const lost = vi.fn();
  const a = leases.hold(entry("a"), performance.now(), lost);
  const b = leases.hold(entry("b"), performance.now(), lost);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(12);
  expect(asked[0]).toEqual(["a", "b"]);
  a.release();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.at(-1)).toEqual(["b"]);
  b.release();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(13);
  expect(lost).not.toHaveBeenCalled();
});

test("a lease that another has is lost at the next look, and the others go on", async () => {
  const leases = leasesBy((entries) =>
    Promise.resolve(all(entries.filter(({ lease }) => lease !== "a"))),
  );
  const [lostA, lostB] = [vi.fn(), vi.fn()];
  leases.hold(entry("a"), performance.now(), lostA);
  leases.hold(entry("b"), performance.now(), lostB);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(lostA).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lostA).toHaveBeenCalledTimes(1);
  expect(lostB).not.toHaveBeenCalled();
});

test.each([
  ["fails", () => Promise.reject(new Error("away"))],
  ["hangs", () => new Promise<never>(() => undefined)],
  ["finds it locked", (entries: readonly WorkEntry[]) => Promise.resolve(all(entries, false))],
])("a lease that %s to be renewed is lost before another can have it", async (_name, renew) => {
  const leases = leasesBy(renew);
  const lost = vi.fn();
  // The taking has taken a second.
  leases.hold(entry("a"), performance.now() - 1_000, lost);
  await vi.advanceTimersByTimeAsync(23_999);
  expect(lost).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(lost).toHaveBeenCalledTimes(1);
});

test("what is released while its renewal is under way is not lost", async () => {
  const answer = Promise.withResolvers<Map<string, boolean>>();
  const leases = leasesBy(() => answer.promise);
  const lost = vi.fn();
  const held = leases.hold(entry("a"), performance.now(), lost);
  await vi.advanceTimersByTimeAsync(5_000);
  held.release();
  answer.resolve(new Map());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).not.toHaveBeenCalled();
});

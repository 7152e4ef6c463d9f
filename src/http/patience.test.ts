import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPatience, type Patience } from "./patience.ts";

let isServing = true;
let patience: Patience;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  isServing = true;
  patience = createPatience({
    mayServe: () => isServing,
    monotonicMs: () => performance.now(),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

test("a node that may answer says so at once", () => {
  expect(patience()).toBe(true);
});

test("whoever comes while it may not is let in when it may again", async () => {
  isServing = false;
  const first = patience();
  await vi.advanceTimersByTimeAsync(200);
  const second = patience();
  isServing = true;
  await vi.advanceTimersByTimeAsync(20);
  expect(await Promise.all([first, second])).toEqual([true, true]);
});

test("an outage is waited for once, and told at once from then on until it is over", async () => {
  isServing = false;
  const first = patience();
  await vi.advanceTimersByTimeAsync(400);
  const second = patience();
  await vi.advanceTimersByTimeAsync(110);
  expect(await Promise.all([first, second])).toEqual([false, false]);
  expect(await patience()).toBe(false);

  isServing = true;
  expect(patience()).toBe(true);
  isServing = false;
  const again = patience();
  isServing = true;
  await vi.advanceTimersByTimeAsync(20);
  expect(await again).toBe(true);
  // Nobody has asked meanwhile.
  isServing = false;
  const later = patience();
  await vi.advanceTimersByTimeAsync(600);
  expect(await later).toBe(false);
});

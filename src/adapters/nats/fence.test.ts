import { expect, it } from "vitest";
import { createFence } from "./fence.ts";

function fenceAt() {
  let nowMs = 0;
  const fence = createFence(() => nowMs);
  return { fence, pass: (ms: number) => (nowMs += ms) };
}

it("keeps who came before the newest holder out, and lets the newest and later ones write", () => {
  const { fence } = fenceAt();
  expect(fence.allows(1n)).toBe(true);
  fence.observe(2n, 10);
  fence.observe(1n, 11);
  expect([1n, 2n, 3n].map(fence.allows)).toEqual([false, true, true]);
});

it("lets an older one write again once the newer has been silent, as after a restore of the record", () => {
  const { fence, pass } = fenceAt();
  fence.observe(9n, 10);
  pass(2_000);
  // Looking at the same message again is not hearing from its holder again.
  fence.observe(9n, 10);
  pass(999);
  expect(fence.allows(3n)).toBe(false);
  pass(1);
  expect(fence.allows(3n)).toBe(true);
  fence.observe(3n, 11);
  expect(fence.allows(3n)).toBe(true);
});

it("keeps an older one out for as long as the newer is heard", () => {
  const { fence, pass } = fenceAt();
  for (let sequence = 1; sequence < 100; sequence += 1) {
    fence.observe(2n, sequence);
    pass(250);
    expect(fence.allows(1n)).toBe(false);
  }
});

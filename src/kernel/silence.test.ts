import { expect, test } from "vitest";
import { createSilence } from "./silence.ts";

test("silence lasts from when somebody was last heard", () => {
  let nowMs = 1_000;
  const silence = createSilence({ monotonicMs: () => nowMs, askedEveryMs: 200 });
  nowMs += 150;
  expect(silence.ms()).toBe(150);
  nowMs += 150;
  expect(silence.ms()).toBe(300);
  silence.heard();
  expect(silence.ms()).toBe(0);
  nowMs += 40;
  expect(silence.ms()).toBe(40);
});

test("what passes while this process stands still is no silence", () => {
  let nowMs = 0;
  const silence = createSilence({ monotonicMs: () => nowMs, askedEveryMs: 200 });
  nowMs += 60_000;
  expect(silence.ms()).toBe(200);
  nowMs += 100;
  expect(silence.ms()).toBe(300);
});

import { expect, it } from "vitest";
import { playTime } from "./play-time.ts";

it.each([
  [0, "0:00"],
  [6.6, "0:07"],
  [59.7, "1:00"],
  [750, "12:30"],
  [4_500, "75:00"],
  [-1, "0:00"],
  [Number.NaN, "0:00"],
])("%d seconds are written %s", (seconds, written) => {
  expect(playTime(seconds)).toBe(written);
});

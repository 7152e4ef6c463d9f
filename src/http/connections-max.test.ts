import { expect, test } from "vitest";
import { descriptorsMax } from "../adapters/system/descriptors.ts";
import { connectionsMaxOf } from "./connections-max.ts";
import { forwardedMax } from "./forward.ts";
import { filesReceivedMax, filesSentMax } from "./settings.ts";

test("connections leave descriptors to the rest of the process", () => {
  const atMost = (descriptors: number | null, threads: number): number =>
    connectionsMaxOf({ connectionsMax: 20_000, descriptors, threads });
  expect(atMost(null, 4)).toBe(20_000);
  expect(atMost(1_048_576, 4)).toBe(20_000);
  for (const threads of [1, 2, 4, 16]) {
    for (const descriptors of [4_096, 20_000, 65_536, 200_000]) {
      const connections = atMost(descriptors, threads);
      const forwarded = (threads - 1) * Math.min(connections, forwardedMax);
      expect(connections).toBeGreaterThan(0);
      // Of one connection one file is sent at a time.
      const files = Math.min(filesSentMax, connections + forwarded) + filesReceivedMax;
      expect(connections * threads + 2 * forwarded + files).toBeLessThan(descriptors - 750);
    }
  }
  expect(atMost(20_000, 1)).toBe(16_644);
  expect(atMost(1_024, 1)).toBe(256);
});

test.runIf(process.platform === "linux")("the system tells how many there may be", () => {
  expect(descriptorsMax()).toBeGreaterThan(0);
});

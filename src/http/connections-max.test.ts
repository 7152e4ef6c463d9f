import { expect, test } from "vitest";
import { descriptorsMax } from "../adapters/system/descriptors.ts";
import { connectionsMaxOf } from "./connections-max.ts";

test("connections leave descriptors to the rest of the process", () => {
  const atMost = (descriptors: number | null, threads: number): number =>
    connectionsMaxOf({ connectionsMax: 20_000, descriptors, threads });
  expect(atMost(null, 4)).toBe(20_000);
  expect(atMost(1_048_576, 4)).toBe(20_000);
  for (const [descriptors, threads] of [
    [20_000, 1],
    [20_000, 4],
    [4_096, 2],
    [1_024, 1],
  ] as const) {
    const connections = atMost(descriptors, threads);
    expect(connections).toBeGreaterThan(0);
    expect(connections * threads).toBeLessThan(descriptors);
  }
  expect(atMost(20_000, 1)).toBe(18_400);
});

test.runIf(process.platform === "linux")("the system tells how many there may be", () => {
  expect(descriptorsMax()).toBeGreaterThan(0);
});

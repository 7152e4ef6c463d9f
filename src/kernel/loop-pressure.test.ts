import { describe, expect, it } from "vitest";
import { createLoopPressure, type LoadClass } from "./loop-pressure.ts";

const targetMs = 40;

function sceneOf() {
  const pressure = createLoopPressure({ targetMs });
  return {
    pressure,
    late(lateMs: number, seconds: number): void {
      const sinceMs = lateMs + 20;
      for (let ms = 0; ms < seconds * 1_000; ms += sinceMs) {
        pressure.observe(lateMs, sinceMs);
      }
    },
    shareShed(of: LoadClass): number {
      const shed = Array.from({ length: 1_000 }, () => pressure.sheds(of)).filter(Boolean);
      return shed.length / 1_000;
    },
  };
}

describe("the pressure of an event loop", () => {
  it("refuses nothing while timers come in time", () => {
    const { late, shareShed } = sceneOf();
    late(5, 60);
    expect([shareShed("batch"), shareShed("write"), shareShed("read")]).toEqual([0, 0, 0]);
  });

  it("refuses what matters least first, and of what people wait for never all", () => {
    const { late, shareShed } = sceneOf();
    late(80, 0.45);
    expect(shareShed("batch")).toBeGreaterThan(0.2);
    expect([shareShed("write"), shareShed("read")]).toEqual([0, 0]);
    late(80, 0.45);
    expect(shareShed("write")).toBeGreaterThan(0.1);
    expect(shareShed("read")).toBe(0);
    late(400, 10);
    expect(shareShed("batch")).toBe(1);
    expect(shareShed("write")).toBeCloseTo(0.5, 2);
    expect(shareShed("read")).toBeCloseTo(0.98, 2);
  });

  it("is over within seconds of the load", () => {
    const { late, shareShed } = sceneOf();
    late(400, 10);
    late(0, 3.5);
    expect([shareShed("batch"), shareShed("write"), shareShed("read")]).toEqual([0, 0, 0]);
  });

  it("finds the part of a load that keeps timers near the target", () => {
    const { pressure, shareShed } = sceneOf();
    // Three times as much as can be done: without refusing, timers are 300 ms late.
    let shed = 0;
    for (let i = 0; i < 400; i += 1) {
      const isPast = Math.max(0, 3 * (1 - shed) - 1);
      pressure.observe(150 * isPast, 20 + 150 * isPast);
      shed = shareShed("read");
    }
    expect(shed).toBeGreaterThan(0.5);
    expect(shed).toBeLessThan(0.7);
  });
});

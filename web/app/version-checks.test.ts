import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createVersionChecks, type VersionChecks } from "./version-checks.ts";

const minuteMs = 60_000;
const ask = vi.fn();
let checks: VersionChecks;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
  });
  ask.mockClear();
  checks = createVersionChecks({ ask, nowMs: () => performance.now(), chance: () => 0.5 });
});

afterEach(() => {
  checks.stop();
  vi.useRealTimers();
});

describe("the page asks whether there is a newer build", () => {
  it("every half an hour", () => {
    vi.advanceTimersByTime(29 * minuteMs);
    expect(ask).not.toHaveBeenCalled();
    vi.advanceTimersByTime(61 * minuteMs);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it("when it is looked at again, at most once a minute", () => {
    checks.becameVisible();
    expect(ask).not.toHaveBeenCalled();
    vi.advanceTimersByTime(minuteMs);
    checks.becameVisible();
    checks.becameVisible();
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("when the connection is back, each page at a time of its own", () => {
    checks.connectionOpened();
    checks.connectionOpened();
    vi.advanceTimersByTime(7_499);
    expect(ask).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("no more once it is over", () => {
    checks.connectionOpened();
    checks.stop();
    vi.advanceTimersByTime(120 * minuteMs);
    expect(ask).not.toHaveBeenCalled();
  });
});

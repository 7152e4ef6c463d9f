import { describe, expect, it } from "vitest";
import { navigationTimings } from "./measure-navigation.ts";

const navigation = {
  domainLookupStart: 2,
  domainLookupEnd: 5.5,
  connectStart: 5.5,
  secureConnectionStart: 8,
  connectEnd: 20,
  requestStart: 20.5,
  responseStart: 60,
  responseEnd: 61.25,
};

describe("the times of a navigation", () => {
  it("are split into what they were spent on", () => {
    expect(navigationTimings(navigation)).toEqual({
      dnsMs: 3.5,
      connectMs: 14.5,
      tlsMs: 12,
      firstByteMs: 39.5,
      downloadMs: 1.25,
    });
  });

  it("have no TLS over plain http", () => {
    const timings = navigationTimings({ ...navigation, secureConnectionStart: 0 });
    expect(timings).not.toHaveProperty("tlsMs");
    expect(timings.connectMs).toBe(14.5);
  });

  it("are never less than nothing, as some browsers have it for what was kept", () => {
    const timings = navigationTimings({ ...navigation, responseStart: 10, responseEnd: 11 });
    expect(timings.firstByteMs).toBe(0);
  });

  it("are left out while the page has not come", () => {
    expect(navigationTimings({ ...navigation, responseEnd: 0 })).toEqual({});
  });
});

import { expect, it } from "vitest";
import { offsetOf, timeZonesWith } from "./time-zones.ts";

it("names the zones that the browser knows, and the own one in any case, once", () => {
  const zones = timeZonesWith("Asia/Seoul");
  expect(zones.length).toBeGreaterThan(300);
  expect(zones.filter((name) => name === "Asia/Seoul")).toHaveLength(1);
  expect(timeZonesWith("Mars/Olympus")[0]).toBe("Mars/Olympus");
});

it("knows how far a zone is from Greenwich, in summer and in winter", () => {
  const [inWinter, inSummer] = ["2026-01-15", "2026-07-15"].map(Date.parse);
  expect(offsetOf("Asia/Seoul", inWinter!)).toBe("GMT+9");
  expect(offsetOf("America/New_York", inWinter!)).toBe("GMT-5");
  expect(offsetOf("America/New_York", inSummer!)).toBe("GMT-4");
  expect(offsetOf("Mars/Olympus", inSummer!)).toBe("");
});

import { describe, expect, it } from "vitest";
import { clockTime, compactCount, dateOf, exactTime, relativeTime, wholeCount } from "./format.ts";
import type { Locale } from "./language.ts";

const words = { ko: "방금", ja: "たった今", en: "now" } as const;
const all = ["ko", "ja", "en"] as const;

/** How a time reads in each language for someone in Seoul. */
function reads(at: string, now: string, timeZone = "Asia/Seoul"): readonly string[] {
  const read = (locale: Locale): string =>
    relativeTime(at, { locale, nowMs: Date.parse(now), now: words[locale], timeZone });
  return all.map(read);
}

describe("a time that reads", () => {
  it.each([
    ["2026-03-10T03:00:00Z", "2026-03-10T03:00:59Z", ["방금", "たった今", "now"]],
    ["2026-03-10T03:00:00Z", "2026-03-10T03:01:00Z", ["1분 전", "1分前", "1m"]],
    ["2026-03-10T03:00:00Z", "2026-03-10T03:03:30Z", ["3분 전", "3分前", "3m"]],
    ["2026-03-10T03:00:00Z", "2026-03-10T03:59:59Z", ["59분 전", "59分前", "59m"]],
    ["2026-03-10T03:00:00Z", "2026-03-10T04:00:00Z", ["1시간 전", "1時間前", "1h"]],
    ["2026-03-10T03:00:00Z", "2026-03-11T02:59:00Z", ["23시간 전", "23時間前", "23h"]],
  ])("counts minutes and hours: %s at %s", (at, now, expected) => {
    expect(reads(at, now)).toEqual(expected);
  });

  it("counts days as the calendar does where the reader is", () => {
    // 23:30 in Seoul, read 25 hours later: half past midnight, two days on.
    const [at, now] = ["2026-03-10T14:30:00Z", "2026-03-11T15:30:00Z"];
    expect(reads(at, now)).toEqual(["2일 전", "2日前", "2d"]);
    expect(reads(at, now, "UTC")).toEqual(["어제", "昨日", "1d"]);
  });

  it("counts the days of a week, then says the date", () => {
    const at = "2026-03-10T03:00:00Z";
    expect(reads(at, "2026-03-16T03:00:00Z")).toEqual(["6일 전", "6日前", "6d"]);
    expect(reads(at, "2026-03-17T03:00:00Z")).toEqual(["3월 10일", "3月10日", "Mar 10"]);
  });

  it("says the year where it is another, for the reader", () => {
    const expected = ["2025년 12월 20일", "2025年12月20日", "Dec 20, 2025"];
    expect(reads("2025-12-20T03:00:00Z", "2026-01-10T03:00:00Z")).toEqual(expected);
    // Already the new year in Seoul, still the old one in UTC.
    const [at, now] = ["2025-12-31T15:30:00Z", "2026-02-01T03:00:00Z"];
    expect(reads(at, now)[2]).toBe("Jan 1");
    expect(reads(at, now, "UTC")[2]).toBe("Dec 31, 2025");
  });

  it("takes what is a little ahead for now, and says the date of what is far ahead", () => {
    const now = "2026-03-10T03:00:00Z";
    expect(reads("2026-03-10T03:00:05Z", now)).toEqual(["방금", "たった今", "now"]);
    expect(reads("2026-03-10T22:00:00Z", now)).toEqual(["방금", "たった今", "now"]);
    expect(reads("2026-03-14T03:00:00Z", now)).toEqual(["3월 14일", "3月14日", "Mar 14"]);
  });

  it("goes by the clocks of the browser where it does not know the zone", () => {
    const at = "2026-03-10T03:00:00Z";
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(exactTime(at, "en", "Mars/Olympus")).toBe(exactTime(at, "en", here));
    expect(exactTime(at, "en", "Mars/Olympus")).toBe(exactTime(at, "en"));
  });
});

describe("an exact time", () => {
  it("has day and clock in the reader's language and zone", () => {
    const at = "2026-03-10T15:30:00Z";
    // Versions differ in which kind of space they put before AM.
    const read = (locale: Locale): string =>
      exactTime(at, locale, "Asia/Tokyo").replace(/\s/gu, " ");
    expect(all.map(read)).toEqual([
      "2026년 3월 11일 수요일 오전 12:30",
      "2026年3月11日水曜日 0:30",
      "Wednesday, March 11, 2026 at 12:30 AM",
    ]);
    expect(dateOf(at, "ko", "America/New_York")).toBe("2026년 3월 10일");
    expect(clockTime(Date.parse(at), "ja", "Asia/Tokyo")).toBe("0:30");
  });
});

describe("a count", () => {
  it.each([
    [0, ["0", "0", "0"]],
    [999, ["999", "999", "999"]],
    [1_200, ["1.2천", "1200", "1.2K"]],
    [12_000, ["1.2만", "1.2万", "12K"]],
    [123_456_789, ["1.2억", "1.2億", "123.5M"]],
  ])("of %i fits beside an icon", (count, expected) => {
    expect(all.map((locale) => compactCount(count, locale))).toEqual(expected);
  });

  it("can be read whole", () => {
    expect(all.map((locale) => wholeCount(1_234_567, locale))).toEqual(all.map(() => "1,234,567"));
  });
});

import { describe, expect, it } from "vitest";
import { parseFriends, parseStory } from "./import-formats.ts";

const nowMs = Date.UTC(2026, 10, 20);
const valid = { author: 7, date: "2014-11-18", text: "마루" };

function storyOf(changes: Readonly<Record<string, unknown>>): unknown {
  return parseStory(JSON.stringify({ ...valid, ...changes }), nowMs);
}

describe("a line of friends", () => {
  it.each([
    ["0 1", ["0", "1"]],
    ["  12\t345  ", ["12", "345"]],
    ["007 1 # a comment", ["7", "1"]],
  ])("is read: %j", (line, people) => {
    expect(parseFriends(line)).toEqual({ people });
  });

  it.each(["", "   ", "# nothing", "  # 1 2"])("says nothing: %j", (line) => {
    expect(parseFriends(line)).toBeNull();
  });

  it.each(["1", "1 2 3", "1,2", "a b", "-1 2", "1.5 2", "1 123456789012345678901", "1 ２"])(
    "is refused: %j",
    (line) => {
      expect(parseFriends(line)).toEqual({ refused: "is not two account numbers" });
    },
  );

  it("is refused where both are the same, however they are written", () => {
    expect(parseFriends("4 04")).toEqual({ refused: "names the same account twice" });
  });
});

describe("a line of stories", () => {
  it.each([7, "7", "007"])("takes the author as number or text: %j", (author) => {
    expect(storyOf({ author })).toEqual({
      author: "7",
      atMs: Date.UTC(2014, 10, 18),
      text: "마루",
    });
  });

  it.each([
    ["2016-02-29", "2016-02-29T00:00:00.000Z"],
    ["2014-11-18T10:20", "2014-11-18T10:20:00.000Z"],
    ["2014-11-18T10:20:30Z", "2014-11-18T10:20:30.000Z"],
    ["2014-11-18T10:20:30.123456+09:00", "2014-11-18T01:20:30.123Z"],
  ])("takes the date %s", (date, iso) => {
    expect(storyOf({ date })).toMatchObject({ atMs: Date.parse(iso) });
  });

  it.each(["2014-02-30", "2014-13-01", "18.11.2014", "2014-11-18Z", "2014-11-18T25:00Z", "", 5])(
    "refuses the date %j",
    (date) => {
      expect(storyOf({ date })).toEqual({
        refused: "its date is neither YYYY-MM-DD nor a time in ISO 8601",
      });
    },
  );

  it.each(["1999-12-31", "2026-11-21"])("refuses %s, which no id can carry", (date) => {
    expect(storyOf({ date })).toEqual({
      refused: "its date is before the year 2000 or in the future",
    });
  });

  it.each([1.5, -1, 2 ** 53, "anna", null, undefined, {}])("refuses the author %j", (author) => {
    expect(storyOf({ author })).toEqual({ refused: "its author is not an account number" });
  });

  it.each([
    ["{", "is not JSON"],
    ["[".repeat(100_000), "is not JSON"],
    ["[1]", "is not an object with author, date and text"],
    ["null", "is not an object with author, date and text"],
    ['"text"', "is not an object with author, date and text"],
    ['{"author":1,"date":"2014-11-18","text":5}', "its text is not a string"],
  ])("is refused: %.20s", (line, refused) => {
    expect(parseStory(line, nowMs)).toEqual({ refused });
  });

  it("says nothing where it is blank", () => {
    expect(parseStory(" ", nowMs)).toBeNull();
  });
});

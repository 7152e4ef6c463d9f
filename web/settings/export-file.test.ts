import { describe, expect, it } from "vitest";
import { exportName, exportParts } from "./export-file.ts";

const account = {
  id: "1",
  handle: "me",
  name: 'Quote " and } brace',
  bio: "two\nlines",
  avatarUrl: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  counts: { stories: 2, friends: 0, followers: 0, following: 0 },
  locale: "ko",
  timeZone: "Asia/Seoul",
  privacy: "friends",
} as const;
const atIso = "2026-03-10T15:30:00.000Z";

describe("the file of an export", () => {
  it.each([
    [[], []],
    [[{ id: "2", text: 'a"b' }], [{ id: "9" }]],
    [
      [{ id: "3" }, { id: "2" }],
      [{ id: "9" }, { id: "8" }, { id: "7" }],
    ],
  ])("is JSON with everything in it", (stories, comments) => {
    const parts = exportParts({
      account,
      atIso,
      stories: stories.map((story) => JSON.stringify(story)),
      comments: comments.map((comment) => JSON.stringify(comment)),
    });
    expect(JSON.parse(parts.join(""))).toEqual({
      format: "maru.export",
      version: 1,
      exportedAt: atIso,
      account,
      stories,
      comments,
    });
  });

  it("is named after whose it is and of when", () => {
    expect(exportName("kim_01", atIso)).toBe("maru-kim_01-2026-03-10.json");
  });
});

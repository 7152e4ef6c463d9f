import { describe, expect, it } from "vitest";
import { framesOf, pagePath, withoutTexts } from "./report-words.ts";

describe("what a page reports of an error", () => {
  it.each([
    [
      `Unexpected token 'S', "Secret sto"... is not valid JSON`,
      "Unexpected token …, …... is not valid JSON",
    ],
    ["Cannot read properties of undefined (reading 'length')", "reading <length>"],
    ["지금 쓴 글", "…"],
    ["story 7211234567890123456 is gone", "story # is gone"],
    ["no page /@somebody", "no page /@-"],
    [
      "failed: https://maru.example/stories/12?q=word and https://maru.example/assets/a-1.js",
      "failed: https:… and /assets/a-1.js",
    ],
  ])("says of %j no more than %j", (message, expected) => {
    const said = withoutTexts(message);
    expect(said).toContain(expected);
    expect(said).not.toMatch(/Secret|somebody|word/);
  });

  it("is no longer than a line", () => {
    expect(withoutTexts("a ".repeat(5_000)).length).toBeLessThanOrEqual(300);
  });

  it("has the places of the stack, in whichever way the browser writes them", () => {
    const chromium = [
      "SyntaxError: what somebody wrote",
      "at least this line of it",
      "    at parse (https://maru.example/assets/feed-Ab1.js:3:99)",
      "    at https://maru.example/assets/index-Cd2.js:1:10",
      "    at async Object.run (https://maru.example/assets/index-Cd2.js:7:1)",
      "    at inject (chrome-extension://abcdef/content.js:1:1)",
    ].join("\n");
    expect(framesOf(chromium)).toEqual([
      "parse /assets/feed-Ab1.js:3:99",
      "- /assets/index-Cd2.js:1:10",
      "async Object.run /assets/index-Cd2.js:7:1",
      "inject chrome-extension:",
    ]);
    const firefox = "parse@https://maru.example/assets/a.js:3:99\n@https://maru.example/b.js:1:1\n";
    expect(framesOf(firefox)).toEqual(["parse /assets/a.js:3:99", "- /b.js:1:1"]);
    expect(framesOf(undefined)).toEqual([]);
  });

  it.each([
    ["/", "/"],
    ["/stories/7211234567890123456", "/stories/-"],
    ["/@somebody", "/@-"],
    ["/@somebody/friends", "/@-/friends"],
    ["/settings/privacy", "/settings/privacy"],
  ])("names the page %j as %j", (path, expected) => {
    expect(pagePath(path)).toBe(expected);
  });
});

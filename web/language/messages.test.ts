import { describe, expect, it } from "vitest";
import english from "./en.json" with { type: "json" };
import japanese from "./ja.json" with { type: "json" };
import korean from "./ko.json" with { type: "json" };
import { createSay, type MessageKey } from "./messages.ts";

const en = createSay("en", english);
const ko = createSay("ko", korean);
const ja = createSay("ja", japanese);

describe("a message", () => {
  it("is found by its path, in each language", () => {
    expect([en("feed.title"), ko("feed.title"), ja("feed.title")]).toEqual([
      "Feed",
      "피드",
      "フィード",
    ]);
  });

  it("has what is said of someone in its place, as it is written", () => {
    expect(en("story.by", { name: "<b>&{{name}}</b>" })).toBe("Story by <b>&{{name}}</b>");
  });

  it("has the form that the number wants", () => {
    expect(en("feed.new", { count: 1 })).toBe("1 new story");
    expect(en("feed.new", { count: 0 })).toBe("0 new stories");
    expect(en("feed.new", { count: 12 })).toBe("12 new stories");
    expect(en("feed.new", { count: 1_234 })).toBe("1,234 new stories");
    expect(ko("feed.new", { count: 1 })).toBe("새 글 1개");
    expect(ja("feed.new", { count: 1 })).toBe("新しい投稿 1件");
  });

  it("shows a place that nothing was said for, and a key that there is none for", () => {
    expect(en("story.by")).toBe("Story by {{name}}");
    expect(en("no.such" as MessageKey)).toBe("no.such");
  });

  it("is not taken for a property that all objects have", () => {
    expect(en("constructor.name" as MessageKey)).toBe("constructor.name");
    expect(en("story.by", { name: "toString" })).toBe("Story by toString");
  });
});

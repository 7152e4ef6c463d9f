import { describe, expect, it } from "vitest";
import { Problem } from "../../kernel/problem.ts";
import { parseCommentText, parseDraft, storyTextBounds, withText } from "./draft.ts";

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) {
      return `${error.kind.code} ${error.errors?.[0]?.path ?? ""}`;
    }
    throw error;
  }
  return "accepted";
}

describe("a story's text", () => {
  it("is kept as written, but for NFC", () => {
    const text = "  \u1112\u1161\u11ab글 <b>&amp;\t\u0007\u200d\n";
    expect(parseDraft({ text }).text).toBe("  한글 <b>&amp;\t\u0007\u200d\n");
  });

  it("may have 5,000 characters as people count them, and not one more", () => {
    const family = "👩‍👩‍👧‍👧";
    const { graphemesMax } = storyTextBounds;
    expect(codeOf(() => parseDraft({ text: "가".repeat(graphemesMax) }))).toBe("accepted");
    expect(codeOf(() => parseDraft({ text: "가".repeat(graphemesMax + 1) }))).toBe(
      "stories.text_too_long /text",
    );
    expect(codeOf(() => parseDraft({ text: family.repeat(1300) }))).toBe("accepted");
  });

  it("may have 32 KiB, however few characters that are", () => {
    const mark = "\u0301";
    expect(codeOf(() => parseDraft({ text: `x${mark.repeat(16_383)}` }))).toBe("accepted");
    expect(codeOf(() => parseDraft({ text: `x${mark.repeat(16_384)}` }))).toBe(
      "stories.text_too_long /text",
    );
  });

  it.each(["", "  \n\u200b", "\u3164"])("is not blank: %j", (text) => {
    expect(codeOf(() => parseDraft({ text }))).toBe("stories.text_empty /text");
    expect(codeOf(() => parseDraft({ text, link: "https://example.org/" }))).toBe("accepted");
    expect(codeOf(() => parseCommentText(text))).toBe("stories.text_empty /text");
  });

  it.each(["a\u0000b", "a\ud800b", "\udc00"])(
    "has no U+0000 and no half characters: %j",
    (text) => {
      expect(codeOf(() => parseDraft({ text }))).toBe("request.invalid /text");
      expect(codeOf(() => parseCommentText(text))).toBe("request.invalid /text");
    },
  );
});

describe("what goes with a text", () => {
  it("may be a photo, and then there need be no text", () => {
    expect(codeOf(() => parseDraft({ text: " " }, true))).toBe("accepted");
    expect(codeOf(() => parseDraft({ text: " " }, false))).toBe("stories.text_empty /text");
    const draft = parseDraft({ text: "x" }, true);
    expect(codeOf(() => withText(draft, "", true))).toBe("accepted");
    expect(codeOf(() => withText(draft, "", false))).toBe("stories.text_empty /text");
  });

  it("keeps what is known of its link as long as the address stays", () => {
    const draft = parseDraft({ text: "https://maru.example/a" });
    const known = { url: "https://maru.example/a", title: "A", description: null, imagePath: null };
    expect(withText({ ...draft, link: known }, "see https://maru.example/a").link).toBe(known);
    expect(
      withText({ ...draft, link: known }, "see https://maru.example/b").link?.title,
    ).toBeNull();
  });

  it("is a language that is given, or one that is guessed", () => {
    expect(parseDraft({ text: "안녕", lang: "EN-us" })).toMatchObject({
      lang: "en-US",
      langGiven: true,
    });
    expect(parseDraft({ text: "안녕" })).toMatchObject({ lang: "ko", langGiven: false });
    expect(codeOf(() => parseDraft({ text: "x", lang: "not a tag" }))).toBe(
      "request.invalid /lang",
    );
    expect(codeOf(() => parseDraft({ text: "x", lang: `x-${"a".repeat(40)}` }))).toBe(
      "request.invalid /lang",
    );
  });

  it("is a link that is given, or the first one of the text", () => {
    const text = "see https://found.example/a and http://other.example";
    expect(parseDraft({ text }).link?.url).toBe("https://found.example/a");
    expect(parseDraft({ text, link: "HTTPS://Given.example" }).link?.url).toBe(
      "https://given.example/",
    );
  });

  it.each([
    "not a url",
    "ftp://example.org/",
    "javascript:alert(1)",
    "https://user:word@example.org/",
    `https://example.org/${"a".repeat(2048)}`,
    `https://example.org/${"가".repeat(1000)}`,
  ])("refuses the link %s", (link) => {
    expect(codeOf(() => parseDraft({ text: "x", link }))).toBe("request.invalid /link");
  });
});

describe("another text", () => {
  it("brings its own link and language where none were given", () => {
    const before = parseDraft({ text: "안녕 https://old.example/" });
    const after = withText(before, "Good morning to you, https://new.example/");
    expect(after).toMatchObject({ lang: "en", link: { url: "https://new.example/" } });
    expect(withText(before, "안녕").link).toBeNull();
  });

  it("leaves what was given", () => {
    const before = parseDraft({ text: "x", lang: "ja", link: "https://given.example/" });
    const after = withText(before, "안녕 https://new.example/");
    expect(after).toMatchObject({ lang: "ja", link: { url: "https://given.example/" } });
    expect(withText(before, "").text).toBe("");
  });

  it("may not be blank where only the old text had a link", () => {
    const before = parseDraft({ text: "https://old.example/" });
    expect(codeOf(() => withText(before, " "))).toBe("stories.text_empty /text");
  });
});

import { describe, expect, it } from "vitest";
import type { Page } from "./page.ts";
import { embedWanted, previewOf, readEmbed, whatCame } from "./preview.ts";

const url = "https://page.example/a";
const came = (contentType: string | null, body = "<title>A page</title>"): unknown => {
  const what = whatCame({ bytes: Buffer.from(body), contentType, url });
  return what !== null && "page" in what ? what.page.plain.title : what;
};

describe("what came", () => {
  it.each(["text/html", "TEXT/HTML ; charset=utf-8", "application/xhtml+xml"])(
    "is a page: %s",
    (type) => {
      expect(came(type)).toBe("A page");
    },
  );

  it("is a page where nothing is said but that it looks like one", () => {
    expect(came(null)).toBe("A page");
    expect(came("", " \n\ufeff<title>A page</title>")).toBe("A page");
    expect(came(null, "A text")).toBeNull();
    expect(came(null, "")).toBeNull();
  });

  it.each(["image/png", "image/jpeg", "Image/WebP; a=b", "image/avif", "image/gif"])(
    "is a picture: %s",
    (type) => {
      expect(came(type)).toEqual({ imageUrl: url });
    },
  );

  it.each([
    "text/plain",
    "application/pdf",
    "image/svg+xml",
    "video/mp4",
    "application/octet-stream",
    "text/html-ish",
  ])("is nothing to be shown: %s", (type) => {
    expect(came(type)).toBeNull();
  });
});

describe("oEmbed", () => {
  const embed = (value: unknown): unknown =>
    readEmbed({
      bytes: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
      url,
    });
  const nothing = { title: null, description: null, imageUrl: null };

  it("tells of a title and a picture", () => {
    expect(
      embed({ type: "video", title: " A\nvideo ", thumbnail_url: "/t.jpg", html: "<script>" }),
    ).toEqual({
      title: "A video",
      description: null,
      imageUrl: "https://page.example/t.jpg",
    });
    expect(embed({ type: "photo", url: "https://p.example/1.jpg" })).toEqual({
      ...nothing,
      imageUrl: "https://p.example/1.jpg",
    });
  });

  it.each(
    [
      "",
      "null",
      "[]",
      '"text"',
      "{",
      "1",
      "<html>",
      '{"title":1,"thumbnail_url":["x"],"type":{}}',
      '{"thumbnail_url":"file:///x","title":"\\ud800"}',
    ].map((text) => [text] as const),
  )("tells of nothing that is not there: %s", (text) => {
    expect(embed(text)).toEqual(text.includes("ud800") ? { ...nothing, title: "\ufffd" } : nothing);
  });
});

describe("a preview", () => {
  const said = (title: string | null, description: string | null, imageUrl: string | null) => ({
    title,
    description,
    imageUrl,
  });
  const page = (social: Page["social"], plain: Page["plain"]): Page => ({
    social,
    plain,
    embedUrl: "https://page.example/embed",
  });
  const nothing = said(null, null, null);

  it("takes each part from where it is said best", () => {
    const plain = said("plain", "plain", null);
    const embed = said("embed", null, "embed");
    expect(previewOf(page(said("social", "social", "social"), plain), embed)).toEqual(
      said("social", "social", "social"),
    );
    expect(previewOf(page(nothing, plain), embed)).toEqual(said("embed", "plain", "embed"));
    expect(previewOf(page(said(null, "social", null), plain), null)).toEqual(
      said("plain", "social", null),
    );
  });

  it("is none where there is neither a title nor a picture", () => {
    expect(previewOf(page(nothing, said(null, "plain", null)), null)).toBeNull();
    expect(previewOf(page(said(null, null, "social"), nothing), null)).toEqual(
      said(null, null, "social"),
    );
  });

  it("asks oEmbed only for what is not said", () => {
    expect(embedWanted(page(said("a", null, "b"), nothing))).toBeNull();
    expect(embedWanted(page(said("a", "b", null), nothing))).toBe("https://page.example/embed");
    expect(embedWanted(page(said(null, null, "b"), nothing))).toBe("https://page.example/embed");
  });
});

import { describe, expect, it } from "vitest";
import { readPage, webUrl, type Page } from "./page.ts";

const url = "https://page.example/a/b?c#d";
const read = (html: string, from = url): Page =>
  readPage({ bytes: Buffer.from(html), contentType: "text/html; charset=utf-8", url: from });

describe("what a page says of itself", () => {
  it("for being shown elsewhere, and for its readers", () => {
    const page = read(`
      <html><head><title>The page &amp; more</title>
      <meta name="description" content="For readers.">
      <meta property="og:title" content="Caf&eacute; &#44032;">
      <meta property="og:description" content="For others.">
      <meta property="og:image" content="/picture.png">
      <link rel="alternate" type="application/json+oembed" href="../embed?url=x&amp;format=json">`);
    expect(page).toEqual({
      social: {
        title: "Café 가",
        description: "For others.",
        imageUrl: "https://page.example/picture.png",
      },
      plain: { title: "The page & more", description: "For readers.", imageUrl: null },
      embedUrl: "https://page.example/embed?url=x&format=json",
    });
  });

  it("in the cards of Twitter where there is no Open Graph", () => {
    const { social } = read(`
      <meta name="twitter:title" content="A title"><meta property="og:title" content=" ">
      <meta name="twitter:description" content="A description">
      <meta name="twitter:image:src" content="//pictures.example/1.png">`);
    expect(social).toEqual({
      title: "A title",
      description: "A description",
      imageUrl: "https://pictures.example/1.png",
    });
  });

  it("with names of any case, and either attribute", () => {
    const { social } = read(`
      <META NAME="OG:Title" CONTENT='One'><meta name=og:description content=two>
      <meta property=" og:image " content=three.png>`);
    expect(social).toEqual({
      title: "One",
      description: "two",
      imageUrl: "https://page.example/a/three.png",
    });
  });

  it("first", () => {
    const { social, plain } = read(`
      <title>One</title><title>Two</title>
      <meta property="og:title" content="Three"><meta property="og:title" content="Four">
      <meta property="og:image" content="/1.png"><meta property="og:image" content="/2.png">
      <meta property="og:image:secure_url" content="/2-secure.png">`);
    expect([plain.title, social.title, social.imageUrl]).toEqual([
      "One",
      "Three",
      "https://page.example/1.png",
    ]);
  });

  it("with a picture that is asked for securely where there is one", () => {
    const { social } = read(`
      <meta property="og:image" content="http://a.example/1.png">
      <meta property="og:image:secure_url" content="https://a.example/1.png">`);
    expect(social.imageUrl).toBe("https://a.example/1.png");
  });

  it.each([
    "data:image/png;base64,AA",
    "javascript:alert(1)",
    "ftp://a.example/1.png",
    "http://",
    " ",
    `/${"a".repeat(3_000)}`,
  ])("with a picture of the web: not %s", (image) => {
    const { social } = read(`
        <meta property="og:image" content="${image}"><meta name="twitter:image" content="/2.png">`);
    expect(social.imageUrl).toBe("https://page.example/2.png");
  });

  it("without addresses that are too long as they are written, which costs to be found out otherwise", () => {
    const long = `https://other.example/${"./".repeat(1_200)}`;
    const { social, embedUrl } = read(`
      <base href="${long}"><meta property="og:image" content="${long}1.png">
      <meta name="twitter:image" content="2.png">
      <link rel="alternate" type="application/json+oembed" href="${long}">`);
    expect([social.imageUrl, embedUrl]).toEqual(["https://page.example/a/2.png", null]);
  });

  it.each([
    [`<base href="https://other.example/x/">`, "https://other.example/x/1.png"],
    [`<base href="/x/"><base href="/y/">`, "https://page.example/x/1.png"],
    [`<base target="_blank">`, "https://page.example/a/1.png"],
    [`<base href="data:,">`, "https://page.example/a/1.png"],
  ])("from where it says that it is: %s", (base, expected) => {
    expect(read(`${base}<meta property="og:image" content="1.png">`).social.imageUrl).toBe(
      expected,
    );
  });

  it("in its head alone, and not in its drawings and scripts", () => {
    const { plain, social } = read(`
      <head><svg><title>A drawing</title></svg>
      <script>document.write('<title>A script</title>')</script>
      <style><title>A style</title></style>
      <!-- <title>A comment</title> -->
      <title>The &lt;b&gt;page&lt;/b&gt; <b>itself</b></title></head>
      <meta property="og:title" content="Still the head">
      <body><meta property="og:description" content="Somebody's comment">`);
    expect(plain.title).toBe("The <b>page</b> <b>itself</b>");
    expect(social).toMatchObject({ title: "Still the head", description: null });
  });

  it("by its site's name where it has none of its own", () => {
    expect(
      read(`<title> </title><meta property="og:site_name" content="A site">`).plain.title,
    ).toBe("A site");
  });

  it("in few words", () => {
    const { social } = read(`
      <meta property="og:title" content="${"t".repeat(10_000)}">
      <meta property="og:description" content="${"d".repeat(10_000)}">`);
    expect(social.title).toBe(`${"t".repeat(199)}…`);
    expect(social.description).toBe(`${"d".repeat(399)}…`);
    expect(read(`<title>${"t".repeat(100_000)}`).plain.title).toHaveLength(200);
  });

  it("or not at all", () => {
    const nothing = { title: null, description: null, imageUrl: null };
    expect(read("")).toEqual({ social: nothing, plain: nothing, embedUrl: null });
    expect(read("<title>")).toEqual({ social: nothing, plain: nothing, embedUrl: null });
    expect(
      read(
        `<link rel=alternate type=application/rss+xml href=/feed><link rel=stylesheet type=application/json+oembed href=/x>`,
      ).embedUrl,
    ).toBeNull();
  });
});

describe("a page that is made to be slow", () => {
  const size = 512 * 1024;
  const full = (piece: string): string =>
    piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  it.each([
    ["elements in elements", full("<a>")],
    ["elements and ends of others", full("<a></b>")],
    ["ends of what is not there, in many elements", `${"<a>".repeat(45)}${full("</b>")}`],
    ["tags without an end", full("<a<a<a")],
    ["attributes", `<meta ${full("a=b ")}>`],
    ["the same attribute", `<meta ${full("a ")}>`],
    [
      "different attributes",
      `<meta ${Array.from({ length: 60_000 }, (_, i) => `a${String(i)}`).join(" ")}>`,
    ],
    ["an attribute without an end", `<meta content="${full("a")}`],
    ["references", `<meta property=og:title content="${full("&amp;")}">`],
    ["references without an end", `<title>${full("&#")}`],
    ["comments without an end", full("<!--")],
    ["comments that nearly end", `<!--${full("--!")}`],
    ["scripts that nearly end", `<script>${full("</scrip")}`],
    ["titles", full("<title>a</title>")],
    ["drawings", full("<svg><title>")],
    ["metas", full(`<meta property=og:title content=" ">`)],
    ["white space", `<title>${full(" ")}`],
    ["declarations", full("<meta charset=big5><meta charset=euc-kr>")],
    ["declarations without an end", `<?xml ${full("encoding ")}`],
    ["letters on letters", `<title>a${full("\u0301")}`],
    ["what is no text", Buffer.from(full("\u00ff\u00fe\u0081A"), "latin1").toString("latin1")],
  ])("is read soon: %s", (_name, html) => {
    const startMs = performance.now();
    readPage({ bytes: Buffer.from(html, "latin1"), contentType: "text/html", url });
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});

describe("an address", () => {
  it("is one of the web", () => {
    expect(webUrl(" b ", url)).toBe("https://page.example/a/b");
    expect(webUrl("http://[", url)).toBeNull();
    expect(webUrl(null, url)).toBeNull();
  });
});

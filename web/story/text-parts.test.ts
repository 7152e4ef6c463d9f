import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printedSeed, runsOf } from "../../test/support/seed.ts";
import { partsOf, safeAddress, shortened } from "./text-parts.ts";

/** What can be followed in a text: what is shown, and where it leads. */
function linksIn(text: string): readonly (readonly [string, string])[] {
  return partsOf(text).flatMap((part) => (part.kind === "link" ? [[part.text, part.href]] : []));
}

const hrefsIn = (text: string): readonly string[] => linksIn(text).map(([, href]) => href);

describe("the addresses in a text", () => {
  it("can be followed, and the rest stays as it was written", () => {
    expect(partsOf("see https://example.com/a and\nwww.example.org now")).toEqual([
      { kind: "text", text: "see " },
      { kind: "link", text: "example.com/a", href: "https://example.com/a" },
      { kind: "text", text: " and\n" },
      { kind: "link", text: "example.org", href: "https://www.example.org/" },
      { kind: "text", text: " now" },
    ]);
    expect(partsOf("no address: example.com, a://b, http//c")).toEqual([
      { kind: "text", text: "no address: example.com, a://b, http//c" },
    ]);
  });

  it.each([
    ["(https://example.com/a).", "https://example.com/a"],
    ["https://example.com/a_(b)", "https://example.com/a_(b)"],
    ["(https://example.com/a_(b))", "https://example.com/a_(b)"],
    ["「https://example.com/a」", "https://example.com/a"],
    ["https://example.com/a（参照）", "https://example.com/a"],
    ["https://example.com/?q=1&r=2!!", "https://example.com/?q=1&r=2"],
    ["**https://example.com/a**", "https://example.com/a"],
    ["https://example.com/a。次に", "https://example.com/a"],
    ["www.example.com도요.", "https://www.example.com/"],
  ])("end where they end in %j", (text, href) => {
    expect(hrefsIn(text)).toEqual([href]);
  });

  it.each([
    ["https://example.com을 보세요", "https://example.com/"],
    ["여기https://example.com/에서 봤어요", "https://example.com/"],
    ["https://example.com/guide.html을 보세요", "https://example.com/guide.html"],
    ["https://example.comを見てください", "https://example.com/"],
    ["https://example.com/aを見てください", "https://example.com/a"],
  ])("end before the words that are written right behind them in %j", (text, href) => {
    expect(hrefsIn(text)).toEqual([href]);
  });

  it.each([
    ["https://ko.wikipedia.org/wiki/마루", "ko.wikipedia.org/wiki/마루"],
    ["https://ja.wikipedia.org/wiki/はやぶさ", "ja.wikipedia.org/wiki/はやぶさ"],
    ["https://example.com/2026년/3월", "example.com/2026년/3월"],
  ])("keep a path in Korean or Japanese: %j", (text, shown) => {
    expect(linksIn(text)).toEqual([[shown, encodeURI(text)]]);
  });

  it("are shown short, with the whole host", () => {
    expect(shortened("https://example.com/a-rather-long-path/that/goes/on")).toBe(
      "example.com/a-rather-long-path/…",
    );
    const long = "a-host-that-is-longer-than-what-is-shown.otherwise.example.com";
    expect(shortened(`https://${long}/path`)).toBe(`${long}/…`);
    expect(shortened("https://example.com:8443/")).toBe("example.com:8443");
  });
});

describe("hostile addresses", () => {
  it.each([
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "https:javascript:alert(1)//",
    "http://",
    "https://%",
    "www.",
  ])("%j cannot be followed", (text) => {
    expect(hrefsIn(text)).toEqual([]);
  });

  it("are not made from what a link of the server says", () => {
    expect(safeAddress("javascript:alert(1)//https://example.com")).toBeNull();
    expect(safeAddress(" https://example.com")).toBe("https://example.com/");
    expect(safeAddress(`https://example.com/${"a".repeat(2_048)}`)).toBeNull();
  });

  it("show the host to which they lead", () => {
    expect(linksIn("https://good.example@evil.example/path")).toEqual([
      ["evil.example/path", "https://evil.example/path"],
    ]);
    expect(linksIn("https://good.example:pass@evil.example")).toEqual([
      ["evil.example", "https://evil.example/"],
    ]);
    expect(linksIn("https://good.example\\@evil.example")).toEqual([
      ["good.example/@evil.example", "https://good.example/@evil.example"],
    ]);
    expect(linksIn("https://good.example%2f@evil.example")).toEqual([
      ["evil.example", "https://evil.example/"],
    ]);
  });

  it("show letters that imitate others as what they are", () => {
    // A Cyrillic а.
    expect(linksIn("https://p\u0430ypal.com")[0]?.[0]).toMatch(/^xn--/);
    // A katakana ノ for a slash.
    expect(linksIn("https://good.comノevil.example")[0]?.[0]).not.toContain("ノ");
    expect(linksIn("https://한글.kr/길")).toEqual([
      ["한글.kr/길", "https://xn--bj0bj06e.kr/%EA%B8%B8"],
    ]);
    expect(linksIn("https://日本語.jp")[0]?.[0]).toBe("日本語.jp");
  });

  it("cannot turn the direction of what is shown, or hide a part of it", () => {
    for (const character of ["\u202e", "\u2066", "\u200b", "\u00ad", "\u2028"]) {
      const shown = shortened(`https://example.com/${encodeURIComponent(character)}moc`);
      expect(shown).toMatch(/^example\.com\/%[0-9A-F]/);
    }
  });

  it("of any kind lead to the web or nowhere, and lose nothing of the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "https://",
        "http://",
        "www.",
        "@",
        ":",
        "/",
        "\\",
        ".",
        "javascript:",
        "한글",
      ),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        for (const part of partsOf(text)) {
          if (part.kind === "link") {
            const { protocol, username, password, hostname } = new URL(part.href);
            expect(["https:", "http:"]).toContain(protocol);
            expect(username + password).toBe("");
            expect(hostname).not.toBe("");
          } else {
            expect(text).toContain(part.text);
          }
        }
      }),
      { seed: printedSeed("addresses"), numRuns: runsOf(2_000) },
    );
  });
});

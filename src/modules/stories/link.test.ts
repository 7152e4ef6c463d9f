import { describe, expect, it } from "vitest";
import { findLink } from "./link.ts";

describe("the link of a text", () => {
  it.each([
    ["plain", "read https://example.org/a?b=c#d now", "https://example.org/a?b=c#d"],
    ["at the end of a sentence", "read https://example.org/a.", "https://example.org/a"],
    ["in brackets", "(https://example.org/a_(b))", "https://example.org/a_(b)"],
    ["after Korean", "이거 봐https://example.org/", "https://example.org/"],
    ["beside Korean", "https://example.org/a 봐요", "https://example.org/a"],
    ["in other letters", "http://예시.한국/가", "http://xn--vv4b11d.xn--3e0b707e/%EA%B0%80"],
    ["without a scheme", "www.example.org/a is it", "http://www.example.org/a"],
    ["in capitals", "HTTPS://EXAMPLE.ORG/A", "https://example.org/A"],
    ["the first", "https://one.example https://two.example", "https://one.example/"],
  ])("is found %s", (_name, text, url) => {
    expect(findLink(text)?.url).toBe(url);
  });

  it.each([
    "nothing here",
    "example.org has no scheme",
    "ftp://example.org/",
    "mailto:someone@example.org",
    "someone@www.example.org",
    "//example.org/a",
    "javascript:alert(1)",
    "https://",
    "http:// example.org",
  ])("is none in %j", (text) => {
    expect(findLink(text)).toBeNull();
  });

  it("passes over what cannot be shown", () => {
    const text = `https://user:word@bad.example/ then https://good.example/`;
    expect(findLink(text)?.url).toBe("https://good.example/");
  });

  it.each([
    "https://".repeat(4000),
    "www.".repeat(8000),
    `https://${"a.".repeat(16_000)}`,
    `https://a/${"(".repeat(30_000)}`,
    `http://${"a@".repeat(15_000)}`,
  ])("takes no long time, whatever the text (%#)", (text) => {
    const startMs = performance.now();
    findLink(text);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});

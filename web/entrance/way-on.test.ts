import { describe, expect, it } from "vitest";
import { ownPath, wayOn, withWish } from "./way-on.ts";

const origin = "http://maru.test:8080";
const from = (pathname: string, search = "", hash = ""): string =>
  wayOn({ origin, pathname, search, hash });

describe("the way on after signing in", () => {
  it("leads to where the reader wanted to go", () => {
    expect(from("/sign-in", "?to=%2Fstories%2F7%23comment")).toBe("/stories/7#comment");
    expect(from("/sign-up", "?to=%2Fsearch%3Fq%3Da%2526b")).toBe("/search?q=a%26b");
  });

  it("leads to the feed where nothing was wanted", () => {
    expect(from("/sign-in")).toBe("/");
    expect(from("/sign-in", "?to=")).toBe("/");
    expect(from("/")).toBe("/");
  });

  it("leads to the very page that asked for it", () => {
    expect(from("/settings/profile")).toBe("/settings/profile");
    expect(from("/search", "?q=%EA%B9%80&to=//evil.test", "#a")).toBe(
      "/search?q=%EA%B9%80&to=//evil.test#a",
    );
  });

  it.each([
    "//evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "/.//evil.test",
    "/..//evil.test",
    "/x/..//evil.test",
    "https://evil.test/",
    "javascript:alert(1)",
    " //evil.test",
    "http://maru.test:8080@evil.test/",
    "http:\\\\evil.test",
    "//maru.test:8080@evil.test",
    "///",
    "/%",
  ])("never leads to another site: %j", (to) => {
    const way = from("/sign-in", `?to=${encodeURIComponent(to)}`);
    expect(new URL(way, origin).origin).toBe(origin);
    expect(way).toMatch(/^\/(?![/\\])/u);
  });

  it("is a path however the address is written", () => {
    expect(ownPath("/a/../b", origin)).toBe("/b");
    expect(ownPath("http://maru.test:8080/b", origin)).toBeNull();
  });

  it("is not lost between sign-in and sign-up", () => {
    expect(withWish("/sign-up", "?to=%2Fstories%2F7")).toBe("/sign-up?to=%2Fstories%2F7");
    expect(withWish("/sign-up", "")).toBe("/sign-up");
  });
});

import { beforeEach, expect, it, vi } from "vitest";

const stored = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
  removeItem: (key: string) => void stored.delete(key),
});
const { forgetSearches, listenToSearches, recentSearches, rememberSearch } =
  await import("./recent-searches.ts");

beforeEach(() => {
  stored.clear();
});

it("keeps what was looked for, newest first, each once, and a few only", () => {
  for (const text of ["one", "two", "one"]) {
    rememberSearch("1", text);
  }
  expect(recentSearches("1")).toEqual(["one", "two"]);
  for (let n = 10; n < 30; n += 1) {
    rememberSearch("1", `text ${n}`);
  }
  expect(recentSearches("1")).toHaveLength(8);
  expect(recentSearches("1")[0]).toBe("text 29");
});

it("keeps the longer of two that begin alike", () => {
  rememberSearch("1", "mi");
  rememberSearch("1", "mina");
  expect(recentSearches("1")).toEqual(["mina"]);
});

it("shows nobody what somebody else has looked for", () => {
  rememberSearch("1", "secret");
  expect(recentSearches("2")).toEqual([]);
  expect(recentSearches("1")).toEqual(["secret"]);
});

it("gives the same list until it changes, and tells when it does", () => {
  const told = vi.fn();
  const end = listenToSearches(told);
  rememberSearch("1", "mina");
  const before = recentSearches("1");
  expect(recentSearches("1")).toBe(before);
  forgetSearches("1");
  expect(recentSearches("1")).toEqual([]);
  expect(told).toHaveBeenCalledTimes(2);
  end();
});

it("takes nothing from what something else has left there", () => {
  stored.set("maru.searches.1", "{broken");
  expect(recentSearches("1")).toEqual([]);
  stored.set("maru.searches.1", JSON.stringify(["fine", 7, null]));
  expect(recentSearches("1")).toEqual(["fine"]);
});

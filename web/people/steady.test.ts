import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Person } from "../data/client.ts";
import { keptInPlace, onlyGrows } from "./steady.ts";

const letters = ["a", "b", "c", "d", "e", "f", "g", "h"];
const createdAt = "2026-01-01T00:00:00.000Z";

function people(ids: string | readonly string[]): readonly Person[] {
  return Array.from(ids).map((id) => ({
    id,
    handle: id,
    name: id,
    bio: "",
    avatarUrl: null,
    createdAt,
  }));
}

const idsOf = (list: readonly Person[]): string => list.map(({ id }) => id).join("");

function kept(listed: string, before: string, acted: string): string {
  return idsOf(keptInPlace(people(listed), people(before), new Set(acted)));
}

describe("a list under the reader's hand", () => {
  it("is what the server lists while nobody was acted on", () => {
    expect(kept("xab", "abc", "")).toBe("xab");
  });

  it("keeps who was acted on where they were, though the server lists them no more", () => {
    expect(kept("ac", "abc", "b")).toBe("abc");
    expect(kept("bc", "abc", "a")).toBe("abc");
    expect(kept("", "abc", "abc")).toBe("abc");
  });

  it("keeps who was acted on where they were, though the server lists them first by now", () => {
    expect(kept("cab", "abc", "c")).toBe("abc");
  });

  it("lets in whoever is new, and lets go who is gone", () => {
    expect(kept("xacy", "abcd", "b")).toBe("xabcy");
  });

  it("never shows somebody twice, loses nobody, and moves nobody who stood there", () => {
    const some = fc.uniqueArray(fc.constantFrom(...letters), { maxLength: 8 });
    fc.assert(
      fc.property(some, some, some, (drawn, before, acted) => {
        // The server may list those who were acted on elsewhere; all others stay in their order.
        const others = before.filter((id) => drawn.includes(id) && !acted.includes(id));
        const inOrder = others.values();
        const listed = drawn.map((id) => (others.includes(id) ? (inOrder.next().value ?? id) : id));
        const result = Array.from(kept(listed.join(""), before.join(""), acted.join("")));
        const wanted = new Set([...listed, ...before.filter((id) => acted.includes(id))]);
        expect(result).toHaveLength(wanted.size);
        expect(new Set(result)).toEqual(wanted);
        expect(result.filter((id) => before.includes(id))).toEqual(
          before.filter((id) => wanted.has(id)),
        );
      }),
    );
  });
});

describe("a list that only grows", () => {
  it.each([
    ["", "ab", true],
    ["ab", "ab", true],
    ["ab", "abc", true],
    ["ab", "a", false],
    ["ab", "xab", false],
    ["ab", "ba", false],
  ])("from %j to %j: %s", (shown, next, isGrowth) => {
    expect(onlyGrows(people(shown), people(next))).toBe(isGrowth);
  });
});

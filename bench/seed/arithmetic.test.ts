import { describe, expect, it } from "vitest";
import { isToken, sessionOfKey, sessionKeyCharacters } from "../../src/modules/accounts/tokens.ts";
import {
  accountCount,
  accountId,
  friendsOf,
  friendsOfHub,
  hubCount,
  idBases,
  ringDistances,
  sizes,
  storySpacingMs,
  tokenOf,
  type CommunitySize,
} from "./arithmetic.ts";

const all: readonly CommunitySize[] = Object.values(sizes);
const small = sizes.town;
const distances = ringDistances(small);

describe("a seeded community", () => {
  it.each(all)("has as many friends for each as it says: $name", (size) => {
    const own = ringDistances(size);
    const hubs = hubCount(size);
    const people = [0, 1, size.people >> 1, size.people - 1];
    for (const person of people) {
      const friends = friendsOf(size, own, person);
      expect(new Set(friends).size).toBe(size.ringFriends + size.hubsEach);
      expect(friends).not.toContain(person);
    }
    for (const hub of [0, hubs >> 1, hubs - 1]) {
      expect(new Set(friendsOf(size, own, size.people + hub)).size).toBe(friendsOfHub);
    }
  });

  it("knows a friendship from both sides", () => {
    const count = accountCount(small);
    for (const one of [0, 7, 25_000, small.people - 1, small.people, count - 1]) {
      for (const other of friendsOf(small, distances, one)) {
        expect(friendsOf(small, distances, other)).toContain(one);
      }
    }
  });

  it.each(all)("is of the size that its figures ask for: $name", (size) => {
    expect(storySpacingMs(size)).toBeGreaterThan(0);
    expect(accountCount(size)).toBe(size.people + hubCount(size));
  });

  it("refuses a size whose hubs do not come out even", () => {
    expect(() => hubCount({ ...small, people: 12_345 })).toThrow("do not come out");
  });

  it("signs people in with tokens that have the server's form and lead to their accounts", () => {
    const bases = idBases({ ...small, endMs: Date.UTC(2026, 10, 20) });
    for (const index of [0, 1, small.people, accountCount(small) - 1]) {
      const token = tokenOf(bases, index);
      expect(isToken(token)).toBe(true);
      const key = token.slice(0, sessionKeyCharacters);
      expect(sessionOfKey(key).accountId).toBe(accountId(bases, index));
    }
  });
});

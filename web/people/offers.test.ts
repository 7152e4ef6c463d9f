import { describe, expect, it, vi } from "vitest";
import type { Relationship } from "../data/client.ts";
import { profileOffers, rowOffers, type About } from "./offers.ts";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { expected, strangers } = await import("../data/people.ts");

const standing = (change: Partial<Relationship>): Relationship => ({ ...strangers, ...change });

function words(offers: ReturnType<typeof profileOffers>): string {
  return offers.map(({ words: said, isMain }) => (isMain ? `*${said}` : said)).join(" ");
}

it.each([
  [{}, "*befriend follow"],
  [{ following: true }, "*befriend unfollow"],
  [{ friend: "requested" }, "withdraw follow"],
  [{ friend: "received" }, "*accept decline follow"],
  [{ friend: "friends" }, ""],
  [{ friend: "friends", following: true }, ""],
  [{ blocked: true }, "unblock"],
] as const)("somebody's page offers to a reader who stands %j: %s", (change, said) => {
  expect(words(profileOffers(standing(change)))).toBe(said);
});

it.each([
  ["anyone", {}, "befriend"],
  ["anyone", { friend: "requested" }, "withdraw"],
  ["anyone", { friend: "received" }, "*accept"],
  ["anyone", { friend: "friends" }, ""],
  ["anyone", { blocked: true }, "unblock"],
  ["friends", { friend: "friends" }, ""],
  ["friends", {}, "befriend"],
  ["received", { friend: "received" }, "*accept decline"],
  ["received", { friend: "friends" }, ""],
  ["received", {}, ""],
  ["following", { following: true }, "unfollow"],
  ["following", {}, "follow"],
  ["muted", { muted: true }, "unmute"],
  ["muted", {}, "mute"],
  ["blocked", { blocked: true }, "unblock"],
  ["blocked", {}, "block"],
] as const)("a row of %s offers to a reader who stands %j: %s", (about, change, said) => {
  expect(words(rowOffers(about, standing(change)))).toBe(said);
});

describe("what is offered", () => {
  const lists: readonly About[] = [
    "anyone",
    "friends",
    "received",
    "following",
    "muted",
    "blocked",
  ];
  const all = (["none", "requested", "received", "friends"] as const).flatMap((friend) =>
    [false, true].flatMap((on) => [
      standing({ friend, following: on, muted: !on }),
      standing({ friend, muted: on }),
      standing({ blocked: on }),
    ]),
  );

  it("always changes something", () => {
    for (const relationship of all) {
      const offers = [
        ...profileOffers(relationship),
        ...lists.flatMap((about) => rowOffers(about, relationship)),
      ];
      for (const { action } of offers) {
        expect(expected(relationship, action)).not.toEqual(relationship);
      }
    }
  });
});

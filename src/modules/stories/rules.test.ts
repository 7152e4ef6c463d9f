import { describe, expect, it } from "vitest";
import type { Relation } from "../graph/contract.ts";
import type { Status, Visibility } from "./contract.ts";
import { isResharable, maySee, visibilitiesFor } from "./rules.ts";

const authorId = 1n;
const otherId = 2n;

const stranger: Relation = {
  otherId: authorId,
  friend: "none",
  following: false,
  followedBy: false,
  muted: false,
  blocked: false,
  blockedBy: false,
};

const viewers = {
  nobody: { viewerId: null, relation: null },
  author: { viewerId: authorId, relation: null },
  stranger: { viewerId: otherId, relation: stranger },
  asked: { viewerId: otherId, relation: { ...stranger, friend: "requested" } },
  wasAsked: { viewerId: otherId, relation: { ...stranger, friend: "received" } },
  friend: { viewerId: otherId, relation: { ...stranger, friend: "friends" } },
  follower: { viewerId: otherId, relation: { ...stranger, following: true } },
  followed: { viewerId: otherId, relation: { ...stranger, followedBy: true } },
  muter: { viewerId: otherId, relation: { ...stranger, muted: true } },
  blocker: { viewerId: otherId, relation: { ...stranger, blocked: true } },
  blocked: { viewerId: otherId, relation: { ...stranger, blockedBy: true } },
} as const;

/** What each viewer sees of a live story whose author is active. */
const expected: Readonly<Record<keyof typeof viewers, readonly Visibility[]>> = {
  nobody: ["public"],
  author: ["public", "friends", "self"],
  stranger: ["public"],
  asked: ["public"],
  wasAsked: ["public"],
  friend: ["public", "friends"],
  follower: ["public"],
  followed: ["public"],
  muter: ["public"],
  blocker: [],
  blocked: [],
};

const visibilities: readonly Visibility[] = ["public", "friends", "self"];
const statuses: readonly Status[] = ["live", "hidden", "deleted"];
const names = Object.keys(viewers) as (keyof typeof viewers)[];

describe("who sees a story", () => {
  for (const name of names) {
    for (const visibility of visibilities) {
      for (const status of statuses) {
        for (const authorActive of [true, false]) {
          const seen = status === "live" && authorActive && expected[name].includes(visibility);
          const author = authorActive ? "an active author" : "an author who is gone";
          it(`${name} ${seen ? "sees" : "does not see"} a ${status} story for ${visibility} of ${author}`, () => {
            const sight = { ...viewers[name], authorActive };
            expect(maySee({ authorId, status, visibility }, sight)).toBe(seen);
          });
        }
      }
    }
  }

  it("lists for each viewer exactly what that viewer may see", () => {
    for (const name of names) {
      const sight = { ...viewers[name], authorActive: true };
      expect(visibilitiesFor(authorId, sight)).toEqual(expected[name]);
    }
  });
});

describe("what can be reshared", () => {
  it("is live and public", () => {
    const resharable = statuses.flatMap((status) =>
      visibilities.filter((visibility) => isResharable({ status, visibility })).map(() => status),
    );
    expect(resharable).toEqual(["live"]);
  });
});

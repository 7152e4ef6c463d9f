import fc from "fast-check";
import { expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { compareIds, type Id } from "../../kernel/id.ts";
import type { Stories, ViewerFlags } from "../stories/contract.ts";
import { createReactions, type Reaction, type Reactions } from "./reactions.ts";

/** What a viewer did, as sets; how often it was read; and the memory that follows it. */
interface World {
  readonly liked: Set<Id>;
  readonly reshared: Set<Id>;
  readonly loads: () => number;
  readonly reactions: Reactions;
  /** The record changes, then its event comes. */
  react(reaction: Reaction): void;
  flags(ids: readonly Id[]): Promise<readonly ViewerFlags[]>;
}

const viewer = 7n << 33n;
const context = internalContext("test");
const newestFirst = (ids: ReadonlySet<Id>): Id[] => [...ids].sort((a, b) => compareIds(b, a));

function openWorld(knownFrom: Id = 0n): World {
  const liked = new Set<Id>();
  const reshared = new Set<Id>();
  let loads = 0;
  const stories: Pick<Stories, "viewerReactions" | "viewerFlags"> = {
    viewerReactions: () => {
      loads += 1;
      return Promise.resolve({
        liked: newestFirst(liked),
        reshared: newestFirst(reshared),
        knownFrom,
      });
    },
    viewerFlags: (_context, _viewerId, ids) =>
      Promise.resolve(ids.map((id) => ({ liked: liked.has(id), reshared: reshared.has(id) }))),
  };
  const reactions = createReactions({
    bytesMax: 1024 ** 2,
    stories: () => stories,
    knownFrom: () => knownFrom,
  });
  return {
    liked,
    reshared,
    loads: () => loads,
    reactions,
    react(reaction) {
      const set = reaction.of === "liked" ? liked : reshared;
      if (reaction.isOn) {
        set.add(reaction.storyId);
      } else {
        set.delete(reaction.storyId);
      }
      reactions.changed(viewer, reaction);
    },
    flags: (ids) => reactions.flags(context, viewer, ids),
  };
}

const storyIds = Array.from({ length: 12 }, (_, i) => (BigInt(i) << 31n) + 5n);

test("whatever a viewer does is seen in the next read", async () => {
  const reaction = fc.record({
    of: fc.constantFrom("liked" as const, "reshared" as const),
    storyId: fc.constantFrom(...storyIds),
    isOn: fc.boolean(),
  });
  const property = fc.asyncProperty(
    fc.array(reaction, { minLength: 1, maxLength: 60 }),
    fc.constantFrom(0n, storyIds[4]!),
    async (all, knownFrom) => {
      const world = openWorld(knownFrom);
      for (const one of all) {
        world.react(one);
        expect(await world.flags(storyIds)).toEqual(
          storyIds.map((id) => ({ liked: world.liked.has(id), reshared: world.reshared.has(id) })),
        );
      }
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test("a new reaction needs no look at the record", async () => {
  const world = openWorld();
  await world.flags(storyIds);
  for (const storyId of storyIds) {
    world.react({ of: "liked", storyId, isOn: true });
    world.react({ of: "reshared", storyId, isOn: true });
    expect((await world.flags([storyId]))[0]).toEqual({ liked: true, reshared: true });
  }
  expect(world.loads()).toBe(1);
});

test("a like and its end whose events come the wrong way round are looked up", async () => {
  const world = openWorld();
  const [storyId] = storyIds as [Id];
  await world.flags(storyIds);
  world.liked.add(storyId);
  world.reactions.changed(viewer, { of: "liked", storyId, isOn: false });
  world.reactions.changed(viewer, { of: "liked", storyId, isOn: true });
  world.liked.delete(storyId);
  expect((await world.flags([storyId]))[0]).toEqual({ liked: false, reshared: false });
  expect(world.loads()).toBe(2);
});

test("what is overtaken while it is loaded is not kept", async () => {
  const world = openWorld();
  const [storyId] = storyIds as [Id];
  const first = world.flags(storyIds);
  world.react({ of: "liked", storyId, isOn: true });
  await first;
  expect((await world.flags([storyId]))[0]).toEqual({ liked: true, reshared: false });
  expect(world.loads()).toBe(2);
});

test("whoever reacts without end is not held beyond a bound, but looked up", async () => {
  const world = openWorld();
  await world.flags(storyIds);
  for (let i = 1n; i <= 3_000n; i += 1n) {
    world.react({ of: "liked", storyId: i << 20n, isOn: true });
  }
  expect(world.reactions.count()).toBe(0);
  expect((await world.flags([5n << 20n]))[0]).toEqual({ liked: true, reshared: false });
  expect(world.loads()).toBe(2);
});

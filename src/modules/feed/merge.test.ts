import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { idMax, type Id } from "../../kernel/id.ts";
import type { ReshareState, Stories, StoryState, WindowChunk } from "../stories/contract.ts";
import { packLists, type ViewerAudience } from "./audiences.ts";
import { createFill } from "./fill.ts";
import { createIndexBuffers, openIndexMemory } from "./memory.ts";
import { createAccountNumbers } from "./packed.ts";
import { createPlacement } from "./placement.ts";
import { createStoryIndex, type StoryIndex } from "./story-index.ts";
import { packReshares, packStories } from "../../../test/support/packed-chunk.ts";

/**
 * The index and the merge against a model that is a few lists: any order of events, repeats, a
 * window that overflows, and filling from a record while events come in.
 */
interface World {
  readonly stories: Map<Id, StoryState>;
  /** Every state that a story ever had, as events carry them. */
  readonly history: StoryState[];
  readonly reshares: Map<Id, ReshareState & { ended: boolean }>;
}

const people = [1n, 2n, 3n, 4n, 5n] as const;
const viewer = 1n;

const stepArbitrary = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      by: fc.constantFrom(...people),
      visibility: fc.constantFrom("public" as const, "friends" as const, "self" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("edit" as const),
      pick: fc.nat(),
      visibility: fc.constantFrom("public" as const, "friends" as const, "self" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restore" as const), pick: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("reshare" as const),
      by: fc.constantFrom(...people),
      pick: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("unreshare" as const), pick: fc.nat() }) },
);
const stepsArbitrary = fc.array(stepArbitrary, { minLength: 1, maxLength: 80 });
const manyStepsArbitrary = fc.array(stepArbitrary, { minLength: 200, maxLength: 400 });
const audienceArbitrary = fc.record({
  friends: fc.subarray([2n, 3n, 4n, 5n]),
  followed: fc.subarray([2n, 3n, 4n, 5n]),
  excluded: fc.subarray([2n, 3n, 4n, 5n]),
});
type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;
type Who = typeof audienceArbitrary extends fc.Arbitrary<infer T> ? T : never;

function play(steps: readonly Step[]): World {
  const world: World = { stories: new Map(), history: [], reshares: new Map() };
  let nextId = 100n;
  const set = (state: StoryState): void => {
    world.stories.set(state.id, state);
    world.history.push(state);
  };
  for (const step of steps) {
    const stories = [...world.stories.values()];
    const picked = "pick" in step ? stories[step.pick % Math.max(1, stories.length)] : undefined;
    nextId += 1n;
    if (step.kind === "publish") {
      set({
        id: nextId,
        authorId: step.by,
        visibility: step.visibility,
        status: "live",
        version: 1,
      });
    } else if (step.kind === "edit" && picked?.status === "live") {
      set({ ...picked, visibility: step.visibility, version: picked.version + 1 });
    } else if (step.kind === "delete" && picked?.status === "live") {
      set({ ...picked, status: "deleted", version: picked.version + 1 });
    } else if (step.kind === "restore" && picked?.status === "deleted") {
      set({ ...picked, status: "live", version: picked.version + 1 });
    } else if (
      step.kind === "reshare" &&
      picked?.status === "live" &&
      picked.visibility === "public"
    ) {
      const isStanding = [...world.reshares.values()].some(
        (one) => one.storyId === picked.id && one.accountId === step.by && !one.ended,
      );
      if (!isStanding) {
        world.reshares.set(nextId, {
          id: nextId,
          accountId: step.by,
          storyId: picked.id,
          ended: false,
        });
      }
    } else if (step.kind === "unreshare") {
      const all = [...world.reshares.values()];
      const one = all[step.pick % Math.max(1, all.length)];
      if (one !== undefined) {
        one.ended = true;
      }
    }
  }
  return world;
}

/** Item ids with their stories, newest first: the definition of the feed. */
function expected(world: World, who: Who, floor: Id, below: Id): string[] {
  const seen = (id: Id): boolean =>
    id === viewer ||
    (!who.excluded.includes(id) && (who.friends.includes(id) || who.followed.includes(id)));
  const items: { id: Id; storyId: Id; count: number }[] = [];
  for (const story of world.stories.values()) {
    if (
      story.status !== "live" ||
      (story.authorId !== viewer && who.excluded.includes(story.authorId))
    ) {
      continue;
    }
    if (seen(story.authorId)) {
      const isFriend = who.friends.includes(story.authorId);
      const visible =
        story.authorId === viewer ||
        story.visibility === "public" ||
        (story.visibility === "friends" && isFriend);
      if (visible) {
        items.push({ id: story.id, storyId: story.id, count: 0 });
      }
      continue;
    }
    const reshares = [...world.reshares.values()].filter(
      (one) => one.storyId === story.id && !one.ended && seen(one.accountId),
    );
    const first = reshares.map((one) => one.id).sort((a, b) => (a < b ? -1 : 1))[0];
    if (story.visibility === "public" && first !== undefined) {
      items.push({ id: first, storyId: story.id, count: reshares.length });
    }
  }
  return items
    .filter((item) => item.id >= floor && item.id < below)
    .sort((a, b) => (a.id > b.id ? -1 : 1))
    .map((item) => `${String(item.id)}:${String(item.storyId)}:${String(item.count)}`);
}

function packAudience(who: Who, of: (id: Id) => number): ViewerAudience {
  const numbers = (ids: readonly Id[]): Uint32Array => Uint32Array.from(ids.map(of)).sort();
  const isFree = (id: Id): boolean => !who.excluded.includes(id);
  return packLists(of(viewer), 1, {
    friends: numbers(who.friends.filter(isFree)),
    followed: numbers(who.followed.filter((id) => isFree(id) && !who.friends.includes(id))),
    excluded: numbers(who.excluded),
  });
}

function recordOf(world: World): Stories {
  const stories = [...world.stories.values()];
  const reshares = [...world.reshares.values()].filter((one) => !one.ended);
  const targetsOf = (ids: ReadonlySet<Id>): Pick<WindowChunk, "targets" | "targetReshares"> => ({
    targets: stories.filter((story) => ids.has(story.id)),
    targetReshares: reshares.filter((one) => ids.has(one.storyId)),
  });
  return {
    windowStart(_context, { below, sizeMax }) {
      const ids = [...stories, ...reshares]
        .map((one) => one.id)
        .filter((id) => id < below)
        .sort((a, b) => (a > b ? -1 : 1));
      return Promise.resolve(ids[Math.min(ids.length, sizeMax) - 1] ?? null);
    },
    windowChunk(_context, { from, below }) {
      const isIn = (one: { id: Id }): boolean => one.id >= from && one.id < below;
      const inside = reshares.filter(isIn);
      const below_ = new Set(inside.map((one) => one.storyId).filter((id) => id < from));
      return Promise.resolve({
        stories: packStories(stories.filter(isIn)),
        reshares: packReshares(inside),
        ...targetsOf(below_),
      });
    },
    reshareTargets(_context, ids) {
      const { targets, targetReshares } = targetsOf(new Set(ids));
      return Promise.resolve({ stories: targets, reshares: targetReshares });
    },
  } as Partial<Stories> as Stories;
}

interface Harness {
  readonly index: StoryIndex;
  readonly read: (who: Who, floor?: Id) => string[];
  readonly page: (who: Who, below: Id, limit: number) => Id[];
  readonly apply: (event: StoryState | (ReshareState & { ended: boolean })) => Promise<void>;
}

function harness(world: World, slotsMax: number): Harness {
  const accounts = createAccountNumbers(100);
  const index = createStoryIndex({
    memory: openIndexMemory(createIndexBuffers({ slotsMax, accountsMax: 100 })),
    accounts,
  });
  const placement = createPlacement(index, accounts);
  const record = recordOf(world);
  return {
    index,
    read(who, floor = index.floor()) {
      const audience = packAudience(who, accounts.of);
      const read: string[] = [];
      let below = idMax;
      // In pages of three, so that pages meet inside the window.
      for (;;) {
        const page = placement.page(audience, { below, floor, limit: 3 });
        read.push(
          ...page.map(
            (entry) =>
              `${String(entry.id)}:${String(entry.storyId)}:${String(entry.resharedByCount)}`,
          ),
        );
        const last = page.at(-1);
        if (last === undefined) {
          return read;
        }
        below = last.id;
      }
    },
    page: (who, below, limit) =>
      placement
        .page(packAudience(who, accounts.of), { below, floor: index.floor(), limit })
        .map((entry) => entry.id),
    async apply(event) {
      if ("authorId" in event) {
        index.applyStory(event);
        return;
      }
      const unknown = index.applyReshare(event, event.ended);
      if (unknown !== null) {
        const { stories, reshares } = await record.reshareTargets(internalContext("test"), [
          unknown,
        ]);
        index.applyTargets(stories, reshares);
      }
    },
  };
}

const shuffled = <T>(items: readonly T[], seed: number): T[] =>
  items
    .map((item, i) => ({ item, key: Math.imul(i + 1, seed | 1) % 1009 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

const eventsOf = (world: World): (StoryState | (ReshareState & { ended: boolean }))[] => [
  ...world.history,
  ...world.reshares.values(),
];
const check = (property: fc.IAsyncProperty<never>): Promise<void> =>
  fc.assert(property as unknown as fc.IAsyncProperty<unknown>, {
    numRuns: 300,
    verbose: fc.VerbosityLevel.Verbose,
  });

describe("the feed index", () => {
  test("gives the same feed whatever the order and the repeats of events", async () => {
    const property = fc.asyncProperty(
      stepsArbitrary,
      audienceArbitrary,
      fc.integer(),
      async (steps, who, seed) => {
        const world = play(steps);
        const { index, read, apply } = harness(world, 1000);
        index.startLoading(0n);
        index.finishLoading();
        const events = eventsOf(world);
        for (const event of shuffled([...events, ...events], seed)) {
          await apply(event);
        }
        expect(read(who)).toEqual(expected(world, who, 0n, idMax));
      },
    );
    await check(property as never);
  });

  test("filled in chunks of any size while events come in, it equals the record at every floor", async () => {
    const property = fc.asyncProperty(
      stepsArbitrary,
      audienceArbitrary,
      fc.integer({ min: 1, max: 7 }),
      fc.integer(),
      async (steps, who, chunkSize, seed) => {
        const world = play(steps);
        const { index, read, apply } = harness(world, 1000);
        const events = shuffled(eventsOf(world), seed);
        const fill = createFill({
          index,
          stories: () => recordOf(world),
          chunkSize,
          async pause() {
            for (const event of events.splice(0, 5)) {
              await apply(event);
            }
            expect(read(who)).toEqual(expected(world, who, index.floor(), idMax));
          },
        });
        await fill.run(internalContext("test"));
        for (const event of events) {
          await apply(event);
        }
        expect(index.floor()).toBe(0n);
        expect(read(who)).toEqual(expected(world, who, 0n, idMax));
      },
    );
    await check(property as never);
  });

  test("too small for everything, it raises its floor and stays exact above it", async () => {
    const property = fc.asyncProperty(manyStepsArbitrary, audienceArbitrary, async (steps, who) => {
      const world = play(steps);
      // Reshares of the window hold their stories with all of their reshares, so the smallest
      // window is what one story and everyone's reshare of it need, several times.
      const { index, read, apply } = harness(world, 64);
      index.startLoading(0n);
      index.finishLoading();
      for (const event of eventsOf(world).sort((a, b) => (a.id < b.id ? -1 : 1))) {
        await apply(event);
      }
      expect(index.size()).toBeLessThanOrEqual(64);
      expect(index.floor()).toBeGreaterThan(0n);
      expect(read(who)).toEqual(expected(world, who, index.floor(), idMax));
    });
    await check(property as never);
  });

  test("gives the page from any place of long chains, whatever the order in which they came", () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.bigInt(1n, 2n ** 40n), fc.constantFrom(2n, 3n, 4n)), {
        minLength: 100,
        maxLength: 400,
      }),
      fc.bigInt(1n, 2n ** 40n),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      (drawn, below, limit, isOverflowing) => {
        const stories = [...new Map(drawn).entries()];
        const { index, page } = harness(play([]), isOverflowing ? 150 : 1000);
        index.startLoading(0n);
        index.finishLoading();
        for (const [id, authorId] of stories) {
          index.applyStory({ id, authorId, visibility: "public", status: "live", version: 1 });
        }
        const who = { friends: [2n, 4n], followed: [], excluded: [] };
        const wanted = stories
          .filter(([id, authorId]) => authorId !== 3n && id >= index.floor() && id < below)
          .map(([id]) => id)
          .sort((a, b) => (a > b ? -1 : 1));
        expect(page(who, below, limit)).toEqual(wanted.slice(0, limit));
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

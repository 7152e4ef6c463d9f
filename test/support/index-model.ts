import fc from "fast-check";
import { packLists, type ViewerAudience } from "../../src/modules/feed/audiences.ts";
import { createIndexBuffers, openIndexMemory } from "../../src/modules/feed/memory.ts";
import { createAccountNumbers } from "../../src/modules/feed/packed.ts";
import { createPlacement } from "../../src/modules/feed/placement.ts";
import { createStoryIndex, type StoryIndex } from "../../src/modules/feed/story-index.ts";
import type {
  ReshareState,
  Stories,
  StoryState,
  WindowChunk,
} from "../../src/modules/stories/contract.ts";
import { internalContext } from "../../src/kernel/context.ts";
import { idMax, type Id } from "../../src/kernel/id.ts";
import { packReshares, packStories } from "./packed-chunk.ts";

/** A feed's index beside a model that is a few lists, and what may happen to both. */
export interface World {
  readonly stories: Map<Id, StoryState>;
  /** Every state that a story ever had, as events carry them. */
  readonly history: StoryState[];
  readonly reshares: Map<Id, ReshareState & { ended: boolean }>;
}

const people = [1n, 2n, 3n, 4n, 5n] as const;
export const viewer = 1n;

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
export const stepsArbitrary = fc.array(stepArbitrary, { minLength: 1, maxLength: 80 });
export const manyStepsArbitrary = fc.array(stepArbitrary, { minLength: 200, maxLength: 400 });
export const audienceArbitrary = fc.record({
  friends: fc.subarray([2n, 3n, 4n, 5n]),
  followed: fc.subarray([2n, 3n, 4n, 5n]),
  excluded: fc.subarray([2n, 3n, 4n, 5n]),
});
export type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;
export type Who = typeof audienceArbitrary extends fc.Arbitrary<infer T> ? T : never;

export function play(steps: readonly Step[]): World {
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
export function expected(world: World, who: Who, floor: Id, below: Id): string[] {
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

export function recordOf(world: World): Stories {
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

export interface Harness {
  readonly index: StoryIndex;
  readonly read: (who: Who, floor?: Id) => string[];
  readonly page: (who: Who, below: Id, limit: number) => Id[];
  readonly apply: (event: StoryState | (ReshareState & { ended: boolean })) => Promise<void>;
}

export function harness(world: World, slotsMax: number): Harness {
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

import fc from "fast-check";
import { expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { compareIds, idMax, type Id } from "../../kernel/id.ts";
import type {
  ReshareState,
  Stories,
  StoryState,
  Visibility,
  WindowChunk,
} from "../stories/contract.ts";
import { createFill } from "./fill.ts";
import { packLists } from "./audiences.ts";
import { createIndexBuffers, openIndexMemory } from "./memory.ts";
import { createAccountNumbers } from "./packed.ts";
import { createPlacement } from "./placement.ts";
import { createStoryIndex } from "./story-index.ts";
import { packReshares, packStories } from "../../../test/support/packed-chunk.ts";

/**
 * Filling from a record that goes on changing: whatever happens between the moment at which rows
 * are read and the moment at which they are applied, the index is exact above its floor.
 */

const viewer = 1n;
const friend = 2n;
const stranger = 3n;
const strangers = [stranger, 4n, 5n, 6n] as const;
const context = internalContext("test");

/** Few deletions, so that there is much to tell of. */
const kinds = [
  ...["publish", "publish", "publish", "reshare", "reshare", "reshare", "reshare"],
  ...["narrow", "widen", "widen", "unreshare", "unreshare", "delete", "restore"],
] as const;

type Event =
  { readonly story: StoryState } | { readonly reshare: ReshareState; readonly ended: boolean };

function openScene(slotsMax: number, chunkSize: number, sliceRows = 3) {
  const stories = new Map<Id, StoryState>();
  const reshares = new Map<Id, ReshareState>();
  const accounts = createAccountNumbers(100);
  const index = createStoryIndex({
    memory: openIndexMemory(createIndexBuffers({ slotsMax, accountsMax: 100 })),
    accounts,
  });
  const placement = createPlacement(index, accounts);
  const audience = packLists(accounts.of(viewer), 1, {
    friends: Uint32Array.of(accounts.of(friend)),
    followed: new Uint32Array(),
    excluded: new Uint32Array(),
  });
  /** What happens while something is read, each once. */
  const meanwhile: (() => void)[] = [];
  /** Chunks until one fails; below 1 none does. */
  let failures = 0;

  function tell(event: Event): void {
    if ("story" in event) {
      index.applyStory(event.story);
    } else {
      const unknownId = index.applyReshare(event.reshare, event.ended);
      if (unknownId !== null) {
        index.applyTargets(...targetsOf(new Set([unknownId])));
      }
    }
  }

  const targetsOf = (ids: ReadonlySet<Id>): [StoryState[], ReshareState[]] => [
    [...stories.values()].filter(({ id }) => ids.has(id)),
    [...reshares.values()].filter(({ storyId }) => ids.has(storyId)),
  ];

  function startBelow(below: Id, size: number): Id | null {
    const ids = [...stories.keys(), ...reshares.keys()].filter((id) => id < below);
    return ids.sort(compareIds).at(-size) ?? ids[0] ?? null;
  }

  function chunkOf(from: Id, below: Id): WindowChunk {
    const isIn = ({ id }: { readonly id: Id }): boolean => id >= from && id < below;
    const inside = [...reshares.values()].filter(isIn);
    const outside = new Set(inside.map(({ storyId }) => storyId).filter((id) => id < from));
    const [targets, targetReshares] = targetsOf(outside);
    const own = [...stories.values()].filter(isIn);
    return { stories: packStories(own), reshares: packReshares(inside), targets, targetReshares };
  }

  const record = {
    windowStart(_context, { below, sizeMax }) {
      const from = startBelow(below, sizeMax);
      meanwhile.shift()?.();
      return Promise.resolve(from);
    },
    windowChunk(_context, { from, below }) {
      failures -= 1;
      if (failures === 0) {
        return Promise.reject(new Error("no record"));
      }
      const chunk = chunkOf(from, below);
      meanwhile.shift()?.();
      return Promise.resolve(chunk);
    },
  } as Partial<Stories> as Stories;

  const scene = {
    index,
    record,
    meanwhile,
    failAt(chunk: number): void {
      failures = chunk;
    },
    /** Between slices, and while it rests for readers that wait, what is shown is exact, too. */
    async fill(isBusy = false): Promise<void> {
      const pause = (): Promise<void> => {
        expect(scene.shown()).toEqual(scene.expected());
        meanwhile.shift()?.();
        expect(scene.shown()).toEqual(scene.expected());
        return Promise.resolve();
      };
      const filling = createFill({
        index,
        stories: () => record,
        chunkSize,
        sliceRows,
        pause,
        isBusy: () => isBusy,
        rest: pause,
        monotonicMs: () => 0,
      });
      await filling.run(context).catch((error: unknown) => {
        expect(error).toEqual(new Error("no record"));
        return filling.run(context);
      });
      expect(filling.done()).toBe(true);
      expect(scene.shown()).toEqual(scene.expected());
    },
    stories,
    reshares,
    save(state: Partial<StoryState> & { readonly id: Id }): void {
      const before = stories.get(state.id);
      const story: StoryState = {
        authorId: stranger,
        visibility: "public",
        status: "live",
        ...before,
        version: (before?.version ?? 0) + 1,
        ...state,
      };
      stories.set(story.id, story);
      tell({ story });
    },
    reshare(id: Id, storyId: Id, accountId: Id): void {
      const reshare = { id, storyId, accountId };
      reshares.set(id, reshare);
      tell({ reshare, ended: false });
    },
    unreshare(id: Id): void {
      const reshare = reshares.get(id)!;
      reshares.delete(id);
      tell({ reshare, ended: true });
    },
    /** What the index shows the viewer: `place:story`, newest first. */
    shown: (): string[] =>
      placement
        .page(audience, { below: idMax, floor: index.floor(), limit: 10_000 })
        .map(({ id, storyId }) => `${id}:${storyId}`),
    /** What the record would show there. */
    expected(): string[] {
      const isSeen = (id: Id): boolean => id === viewer || id === friend;
      const items = [...stories.values()].flatMap(({ id, authorId, status, visibility }) => {
        if (status !== "live") return [];
        if (isSeen(authorId))
          return visibility === "self" && authorId !== viewer ? [] : [{ id, storyId: id }];
        const seen = [...reshares.values()].filter(
          (one) => one.storyId === id && isSeen(one.accountId),
        );
        const [first] = seen.sort((a, b) => compareIds(a.id, b.id));
        return visibility === "public" && first !== undefined
          ? [{ id: first.id, storyId: id }]
          : [];
      });
      return items
        .filter(({ id }) => id >= index.floor())
        .sort((a, b) => compareIds(b.id, a.id))
        .map(({ id, storyId }) => `${id}:${storyId}`);
    },
  };
  return scene;
}

test("while readers wait nothing is read before it has rested for longer than it worked", async () => {
  const scene = openScene(1000, 1);
  for (let id = 10n; id < 14n; id += 1n) {
    scene.save({ id });
  }
  const steps: string[] = [];
  let nowMs = 0;
  const filling = createFill({
    index: scene.index,
    stories: () => ({
      ...scene.record,
      async windowChunk(...request) {
        steps.push("read");
        const chunk = await scene.record.windowChunk(...request);
        nowMs += 4;
        return chunk;
      },
    }),
    chunkSize: 1,
    isBusy: () => true,
    monotonicMs: () => nowMs,
    rest(ms) {
      steps.push("rest");
      expect(ms).toBeGreaterThan(4);
      return Promise.resolve();
    },
  });
  await filling.run(context);
  expect(steps).toEqual(["read", "rest", "read", "rest", "read", "rest", "read", "rest"]);
});

test("an old story that turns private while its reshare is loaded is not shown", async () => {
  const scene = openScene(1000, 1);
  scene.save({ id: 10n });
  scene.reshare(20n, 10n, friend);
  scene.meanwhile.push(() => scene.save({ id: 10n, visibility: "self" }));
  await scene.fill();
  expect(scene.shown()).toEqual([]);
});

test("an old reshare that ends while a later one of its story is loaded does not count", async () => {
  const scene = openScene(1000, 1);
  scene.save({ id: 10n });
  scene.reshare(11n, 10n, friend);
  scene.reshare(20n, 10n, viewer);
  scene.meanwhile.push(() => scene.unreshare(11n));
  await scene.fill();
  expect(scene.shown()).toEqual(["20:10"]);
});

test("what an import writes while nothing older is found is shown", async () => {
  const scene = openScene(1000, 10);
  scene.save({ id: 10n, authorId: friend });
  scene.meanwhile.push(
    () => undefined,
    () => scene.save({ id: 5n, authorId: friend }),
  );
  await scene.fill();
  expect(scene.index.floor()).toBe(0n);
  expect(scene.shown()).toEqual(["10:10", "5:5"]);
});

test("a story with more reshares than the window has room for ends the filling, and stops nothing", async () => {
  const scene = openScene(64, 8);
  scene.save({ id: 10n });
  for (let n = 1n; n <= 90n; n += 1n) {
    scene.reshare(10n + n, 10n, strangers[Number(n % 4n)]!);
  }
  scene.save({ id: 200n, authorId: friend });
  await scene.fill();
  scene.reshare(300n, 10n, friend);
  scene.save({ id: 400n, authorId: friend });
  expect(scene.shown()).toEqual(scene.expected());
  expect(scene.index.size()).toBeLessThanOrEqual(64);
});

test("whatever changes while a window of any size is filled, it equals the record above its floor", async () => {
  const change = fc.record({
    kind: fc.constantFrom(...kinds),
    by: fc.constantFrom(viewer, friend, ...strangers),
    pick: fc.nat(),
  });
  const property = fc.asyncProperty(
    fc.array(change, { minLength: 30, maxLength: 250, size: "max" }),
    fc.array(fc.array(change, { maxLength: 6, size: "max" }), { maxLength: 80, size: "max" }),
    fc.constantFrom(64, 72, 100, 1000),
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 0, max: 30 }),
    fc.boolean(),
    async (before, meanwhile, slotsMax, chunkSize, sliceRows, failing, isBusy) => {
      const scene = openScene(slotsMax, chunkSize, sliceRows);
      scene.failAt(failing);
      let lastId = 1000n;
      const apply = ({ kind, by, pick }: (typeof before)[number]): void => {
        lastId += 1n;
        // Mostly the oldest ones, which are loaded last and which much refers to.
        const fewOf = <T>(map: ReadonlyMap<Id, T>): T | undefined =>
          [...map.values()][pick % Math.max(1, pick % 3 === 0 ? map.size : Math.min(map.size, 6))];
        const story = fewOf(scene.stories);
        const reshare = fewOf(scene.reshares);
        const become = (visibility: Visibility): void => {
          if (story?.status === "live") scene.save({ id: story.id, visibility });
        };
        if (kind === "publish") {
          scene.save({ id: lastId, authorId: by });
        } else if (kind === "narrow") {
          become("self");
        } else if (kind === "widen") {
          become("public");
        } else if (kind === "delete" && story !== undefined && pick % 3 === 0) {
          scene.save({ id: story.id, status: "deleted" });
        } else if (kind === "restore" && story?.status === "deleted") {
          scene.save({ id: story.id, status: "live" });
        } else if (kind === "unreshare" && reshare !== undefined) {
          scene.unreshare(reshare.id);
        } else if (
          kind === "reshare" &&
          story?.status === "live" &&
          story.visibility === "public"
        ) {
          const stands = [...scene.reshares.values()].some(
            ({ accountId, storyId }) => accountId === by && storyId === story.id,
          );
          if (!stands) scene.reshare(lastId, story.id, by);
        }
      };
      before.forEach(apply);
      scene.meanwhile.push(...meanwhile.map((changes) => () => changes.forEach(apply)));
      await scene.fill(isBusy);
      scene.meanwhile.splice(0).forEach((happen) => happen());
      expect(scene.shown()).toEqual(scene.expected());
    },
  );
  await fc.assert(property, { numRuns: 400, verbose: fc.VerbosityLevel.Verbose });
});

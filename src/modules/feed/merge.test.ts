import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { idMax } from "../../kernel/id.ts";
import type { ReshareState, StoryState } from "../stories/contract.ts";
import { createFill } from "./fill.ts";
import {
  audienceArbitrary,
  expected,
  harness,
  manyStepsArbitrary,
  play,
  recordOf,
  stepsArbitrary,
  type World,
} from "../../../test/support/index-model.ts";

/**
 * The index and the merge against a model that is a few lists: any order of events, repeats, a
 * window that overflows, and filling from a record while events come in.
 */

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
          monotonicMs: () => 0,
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

  test("gives the newest of many people, of whom some show nothing", () => {
    const crowd = Array.from({ length: 59 }, (_, i) => BigInt(i + 2));
    const visibility = fc.constantFrom("public" as const, "friends" as const, "self" as const);
    const property = fc.property(
      // Few milliseconds, so that many stand at the same time.
      fc.array(fc.tuple(fc.bigInt(1n, 40n), fc.constantFrom(...crowd), visibility), {
        minLength: 30,
        maxLength: 200,
      }),
      fc.record({
        friends: fc.subarray(crowd),
        followed: fc.subarray(crowd),
        excluded: fc.subarray(crowd, { maxLength: 5 }),
      }),
      fc.integer({ min: 1, max: 8 }),
      fc.option(fc.bigInt(1n, 41n)),
      (drawn, who, limit, belowTime) => {
        const world = play([]);
        drawn.forEach(([time, authorId, shownTo], i) => {
          const id = (time << 32n) + BigInt(i);
          world.stories.set(id, {
            id,
            authorId,
            visibility: shownTo,
            status: "live",
            version: 1,
          });
        });
        const { index, page } = harness(world, 1000);
        index.startLoading(0n);
        index.finishLoading();
        for (const story of world.stories.values()) {
          index.applyStory(story);
        }
        const below = belowTime === null ? idMax : belowTime << 32n;
        const wanted = expected(world, who, 0n, below).map((item) =>
          BigInt(item.split(":")[0] ?? ""),
        );
        expect(page(who, below, limit)).toEqual(wanted.slice(0, limit));
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

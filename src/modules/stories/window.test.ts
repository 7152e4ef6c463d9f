import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { compareIds, idMax, type Id } from "../../kernel/id.ts";
import { packReshares, packStories } from "../../../test/support/packed-chunk.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";
import type { ReshareState, StoryState } from "./contract.ts";

/** What the feed's window loads, against the plain rows. */

const context = internalContext("test");

let world: StoriesWorld;
/** An id of this month, from which on the tests count theirs. */
let base: Id;
beforeAll(async () => {
  world = await openStoriesWorld();
  base = world.test.ids.mint();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.test.sql`TRUNCATE stories.stories, stories.reshares, stories.reshares_by_time`;
});

async function write(stories: readonly StoryState[], reshares: readonly ReshareState[]) {
  const { sql } = world.test;
  for (const { authorId, id, visibility, status, version } of stories) {
    await sql`
      INSERT INTO stories.stories
        (author_id, id, visibility, status, version, lang_given, link_given, lang, text)
      VALUES (${authorId}, ${id}, ${visibility}, ${status}, ${version}, false, false, 'und', '')`;
  }
  for (const { accountId, id, storyId } of reshares) {
    await sql`
      INSERT INTO stories.reshares (account_id, story_id, id, author_id)
      VALUES (${accountId}, ${storyId}, ${id}, 1)`;
    await sql`
      INSERT INTO stories.reshares_by_time (account_id, story_id, id, author_id)
      VALUES (${accountId}, ${storyId}, ${id}, 1)`;
  }
}

const newestFirst = (a: { readonly id: Id }, b: { readonly id: Id }): number =>
  compareIds(b.id, a.id);

it("is not there when there is nothing below", async () => {
  const { windowStart } = world.stories.contract;
  expect(await windowStart(context, { below: idMax, sizeMax: 10 })).toBeNull();
  const story = {
    id: base,
    authorId: 1n,
    visibility: "public",
    status: "live",
    version: 1,
  } as const;
  await write([story], []);
  expect(await windowStart(context, { below: idMax, sizeMax: 10 })).toBe(base);
  expect(await windowStart(context, { below: base, sizeMax: 10 })).toBeNull();
});

it("holds the plain rows, whatever they are, and what its reshares refer to", async () => {
  const number = fc.bigInt({ min: 1n, max: idMax });
  const rows = fc.record({
    stories: fc.uniqueArray(
      fc.record({
        at: fc.integer({ min: 0, max: 60 }),
        authorId: number,
        visibility: fc.constantFrom("public", "friends", "self"),
        status: fc.constantFrom("live", "hidden", "deleted"),
        version: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(2 ** 27 - 1)),
      }),
      { maxLength: 12, selector: ({ at }) => at },
    ),
    reshares: fc.uniqueArray(
      fc.record({
        at: fc.integer({ min: 0, max: 60 }),
        accountId: number,
        of: fc.nat(),
      }),
      { maxLength: 12, selector: ({ at }) => at },
    ),
    sizeMax: fc.integer({ min: 1, max: 8 }),
  });
  const property = fc.asyncProperty(rows, async (drawn) => {
    await world.test.sql`TRUNCATE stories.stories, stories.reshares, stories.reshares_by_time`;
    // Even numbers are stories, odd ones reshares.
    const stories = drawn.stories.map(({ at, ...story }) => ({
      ...story,
      id: base + 2n * BigInt(at),
    }));
    const made = new Set<string>();
    const reshares = drawn.reshares.flatMap(({ at, accountId, of }) => {
      const story = stories[of % Math.max(1, stories.length)];
      const isFirst = made.size < made.add(`${String(accountId)} ${String(story?.id)}`).size;
      return story === undefined || !isFirst
        ? []
        : [{ id: base + 2n * BigInt(at) + 1n, accountId, storyId: story.id }];
    });
    await write(stories, reshares);
    const ids = [...stories, ...reshares].map(({ id }) => id).sort(compareIds);
    for (let below = idMax; ids.length > 0;) {
      const range = ids.splice(-drawn.sizeMax);
      const from = await world.stories.contract.windowStart(context, {
        below,
        sizeMax: drawn.sizeMax,
      });
      expect(from).toBe(range[0]);
      const isIn = ({ id }: { readonly id: Id }): boolean => range.includes(id);
      const inside = reshares.filter(isIn);
      const targets = stories.filter(
        (story) => !isIn(story) && inside.some(({ storyId }) => storyId === story.id),
      );
      const chunk = await world.stories.contract.windowChunk(context, { from: range[0]!, below });
      expect(chunk).toEqual({
        stories: packStories(stories.filter(isIn)),
        reshares: packReshares(inside),
        targets: targets.sort(newestFirst),
        targetReshares: reshares
          .filter((one) => !isIn(one) && targets.some(({ id }) => id === one.storyId))
          .sort(newestFirst),
      });
      below = range[0]!;
    }
    expect(
      await world.stories.contract.windowStart(context, { below: base, sizeMax: 1 }),
    ).toBeNull();
  });
  await fc.assert(property, { numRuns: 60, verbose: fc.VerbosityLevel.Verbose });
});

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";

/** Publishes and likes that share transactions come to what each would come to alone. */

let world: StoriesWorld;

beforeAll(async () => {
  world = await openStoriesWorld();
});
afterAll(() => world.close());

async function outcome(
  operationId: string,
  as: Id,
  more: { id?: Id; body?: object },
): Promise<string> {
  const { status, code } = await world.ask(operationId, { as, ...more });
  return code === null ? String(status) : `${String(status)} ${code}`;
}

async function storiesOf(authorId: Id): Promise<readonly string[]> {
  const rows = await world.test.sql<{ text: string }[]>`
    SELECT text FROM stories.stories WHERE author_id = ${authorId} ORDER BY id`;
  return rows.map(({ text }) => text);
}

async function likersOf(storyId: Id): Promise<readonly Id[]> {
  const rows = await world.test.sql<{ account_id: bigint }[]>`
    SELECT account_id FROM stories.likes WHERE story_id = ${storyId} ORDER BY account_id`;
  return rows.map((row) => row.account_id);
}

async function likesCounted(storyId: Id): Promise<number> {
  const context = { ...contextOf(null), bypassViews: true };
  const [counts] = await world.stories.contract.counts(context, [storyId]);
  return counts!.likes;
}

/** Holds a lock alone, as an erasure or an edit does, until `release`. */
async function holdAlone(id: Id): Promise<{ release(): Promise<void> }> {
  const holder = await world.test.sql.reserve();
  await holder`SELECT pg_advisory_lock(${id}::bigint)`;
  return {
    async release() {
      await holder`SELECT pg_advisory_unlock(${id}::bigint)`;
      holder.release();
    },
  };
}

const drafts = {
  fine: { text: "A story." },
  empty: { text: " " },
  "too long": { text: "x".repeat(5_001) },
  "unknown language": { text: "A story.", lang: "?" },
} as const;
const draftOutcomes: Readonly<Record<keyof typeof drafts, string>> = {
  fine: "201",
  empty: "400 stories.text_empty",
  "too long": "400 stories.text_too_long",
  "unknown language": "400 request.invalid",
};

describe("people who publish at the same time", () => {
  it("each get what is theirs: a story, or what is wrong with it", async () => {
    const kinds = Object.keys(drafts) as (keyof typeof drafts)[];
    const wanted = fc.array(
      fc.record({ who: fc.nat({ max: 4 }), kind: fc.constantFrom("fine", ...kinds) }),
      { minLength: 1, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(wanted, async (all) => {
        const people = world.people.addMany(5);
        // The last has been erased.
        await world.test.sql`INSERT INTO stories.erased_accounts VALUES (${people[4]!})`;
        const before = world.test.events.length;
        const outcomes = await Promise.all(
          all.map(({ who, kind }) => outcome("publishStory", people[who]!, { body: drafts[kind] })),
        );
        expect(outcomes).toEqual(
          all.map(({ who, kind }) =>
            who === 4 && kind === "fine" ? "401 request.unauthenticated" : draftOutcomes[kind],
          ),
        );
        const told = world.test.events.slice(before);
        for (const [at, person] of people.entries()) {
          const fine =
            at === 4 ? 0 : all.filter(({ who, kind }) => who === at && kind === "fine").length;
          expect(await storiesOf(person)).toHaveLength(fine);
          expect(told.filter(({ actorId }) => actorId === person)).toHaveLength(fine);
          const counts = await world.stories.contract.storyCounts(contextOf(null), [person]);
          expect(counts).toEqual([fine]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("do not wait for one whose account is being deleted, who finds it gone", async () => {
    const people = world.people.addMany(12);
    const [leaving, ...others] = people as [Id, ...Id[]];
    const lock = await holdAlone(leaving);
    const late = outcome("publishStory", leaving, { body: drafts.fine });
    const done = await Promise.all(
      others.map((person) => outcome("publishStory", person, { body: drafts.fine })),
    );
    expect(new Set(done)).toEqual(new Set(["201"]));
    await world.test.sql`INSERT INTO stories.erased_accounts VALUES (${leaving})`;
    await lock.release();
    expect(await late).toBe("401 request.unauthenticated");
    expect(await storiesOf(leaving)).toEqual([]);
  });
});

describe("people who like at the same time", () => {
  it("each like what they see, once, and are counted once", async () => {
    const wanted = fc.array(fc.record({ who: fc.nat({ max: 5 }), story: fc.nat({ max: 4 }) }), {
      minLength: 1,
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(wanted, async (all) => {
        const people = world.people.addMany(6);
        const [author, friend, , blocked] = people as [Id, Id, Id, Id];
        world.graph.befriend(author, friend);
        world.graph.block(author, blocked);
        const stories = [
          await world.publish(author),
          await world.publish(author, { visibility: "friends" }),
          await world.publish(author, { visibility: "self" }),
          await world.publish(author),
          1n,
        ];
        await world.ask("deleteStory", { as: author, id: stories[3]! });
        const maySee = (who: number, story: number): boolean =>
          (story === 0 && who !== 3) || (story === 1 && who <= 1) || (story === 2 && who === 0);
        const before = world.test.events.length;
        const outcomes = await Promise.all(
          all.map(({ who, story }) => outcome("likeStory", people[who]!, { id: stories[story]! })),
        );
        expect(outcomes).toEqual(
          all.map(({ who, story }) => (maySee(who, story) ? "204" : "404 request.not_found")),
        );
        let liked = 0;
        for (const [at, id] of stories.entries()) {
          const likers = people.filter((_, who) =>
            all.some((one) => one.who === who && one.story === at && maySee(who, at)),
          );
          liked += likers.length;
          expect(await likersOf(id)).toEqual(likers);
          expect(await likesCounted(id)).toBe(likers.length);
        }
        expect(world.test.events.slice(before)).toHaveLength(liked);
      }),
      { numRuns: 20 },
    );
  });

  it("do not wait for those whose story is being changed, who find it as it is then", async () => {
    const [author, ...likers] = world.people.addMany(10) as [Id, ...Id[]];
    const [changing, other] = [await world.publish(author), await world.publish(author)];
    const lock = await holdAlone(changing);
    const late = likers.slice(0, 3).map((as) => outcome("likeStory", as, { id: changing }));
    const done = await Promise.all(likers.map((as) => outcome("likeStory", as, { id: other })));
    expect(new Set(done)).toEqual(new Set(["204"]));
    await world.test.sql`UPDATE stories.stories SET visibility = 'friends' WHERE id = ${changing}`;
    await lock.release();
    expect(new Set(await Promise.all(late))).toEqual(new Set(["404 request.not_found"]));
    expect(await likersOf(changing)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idTimeMs, type Id } from "../../kernel/id.ts";
import {
  contextOf,
  openStoriesWorld,
  type StoriesWorld,
  type StoryJson,
} from "../../../test/support/stories-world.ts";
import type { ImportedStory } from "./contract.ts";

let world: StoriesWorld;
let authors: readonly Id[];
const context = contextOf(null);

beforeAll(async () => {
  world = await openStoriesWorld();
  authors = world.people.addMany(3);
});
afterAll(() => world.close());

let made = 0;
function sources(count: number): ImportedStory[] {
  return Array.from({ length: count }, (_, i) => {
    made += 1;
    return {
      externalKey: `source:${String(made)}`,
      authorId: authors[i % 3]!,
      atMs: Date.UTC(2014, 10, 18) + Math.floor(i / 5) * 86_400_000,
      text: `이야기 ${String(made)} https://example.org/${String(made)}`,
    };
  });
}

describe("an import of stories", () => {
  it("gives ids of the given times, in the order given, and counts them", async () => {
    const { importStories, storyCounts } = world.stories.contract;
    const before = await storyCounts(context, authors);
    const stories = sources(1000);
    expect(new Set(await importStories(context, stories))).toEqual(new Set(["made"]));
    const rows = await world.test.sql<{ external_key: string; id: bigint }[]>`
      SELECT external_key, id FROM stories.imported_stories ORDER BY id`;
    expect(rows.map((row) => row.external_key)).toEqual(stories.map((story) => story.externalKey));
    expect(rows.map((row) => idTimeMs(row.id))).toEqual(stories.map((story) => story.atMs));
    const after = await storyCounts(context, authors);
    expect(after.map((count, i) => count - before[i]!)).toEqual([334, 333, 333]);
    const published = world.test.events.filter((event) => event.type === "stories.published.v1");
    expect(new Set(published.map((event) => event.aggregate.id))).toEqual(
      new Set(rows.map((row) => row.id)),
    );
    const { body } = await world.ask("getStory", { as: null, id: rows[0]!.id });
    expect((body as { story: StoryJson }).story).toMatchObject({
      createdAt: "2014-11-18T00:00:00.000Z",
      lang: "ko",
      link: { url: "https://example.org/1" },
      visibility: "public",
    });
  });

  it("is safe to repeat, in part, at once, and with the same key twice", async () => {
    const { importStories } = world.stories.contract;
    const stories = sources(50);
    expect(new Set(await importStories(context, stories.slice(0, 20)))).toEqual(new Set(["made"]));
    const [a, b] = await Promise.all([
      importStories(context, stories),
      importStories(context, stories.toReversed()),
    ]);
    const counted = [...a, ...b].filter((result) => result === "made").length;
    expect(counted).toBe(30);
    const [one] = sources(1);
    expect(await importStories(context, [one!, one!])).toEqual(["made", "known"]);
    const keys = [...stories, one!].map((story) => story.externalKey);
    const [row] = await world.test.sql`
      SELECT count(*)::int AS n FROM stories.stories WHERE id IN (
        SELECT id FROM stories.imported_stories WHERE external_key = ANY(${keys}))`;
    expect(row).toEqual({ n: 51 });
  });

  it("says why it refuses, and brings the others", async () => {
    const { importStories } = world.stories.contract;
    const [good, ...rest] = sources(8);
    const bad: Partial<ImportedStory>[] = [
      { text: " " },
      { text: "가".repeat(5001) },
      { text: "a\u0000" },
      { authorId: 5n },
      { atMs: Date.UTC(1999, 0, 1) },
      { atMs: Date.now() + 60_000 },
      { externalKey: "" },
    ];
    const results = await importStories(context, [
      good!,
      ...rest.map((story, i) => ({ ...story, ...bad[i] })),
    ]);
    expect(results[0]).toBe("made");
    const reasons = results.slice(1).map((result) => (result as { refused: string }).refused);
    expect(reasons.every((reason) => reason.length > 5)).toBe(true);
  });

  it("does not bring back what its author erased", async () => {
    const { importStories } = world.stories.contract;
    const person = world.people.add();
    const [story] = sources(1).map((source) => ({ ...source, authorId: person }));
    await importStories(context, [story!]);
    world.deleteAccount(person);
    await world.consume();
    expect(await importStories(context, [story!])).toEqual([{ refused: "the author is not here" }]);
  });
});

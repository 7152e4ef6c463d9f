import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idTimeMs, type Id } from "../../kernel/id.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
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

describe("what hangs on the stories of an import", () => {
  it("comes with its times, its counts and its place in the feed, once", async () => {
    const { importStories, counts, viewerFlags } = world.stories.contract;
    const [author, reader, other] = authors as [Id, Id, Id];
    const [source] = sources(1);
    const at = (minutes: number): number => source!.atMs + minutes * 60_000;
    const story: ImportedStory = {
      ...source!,
      authorId: author,
      lang: "ja",
      comments: [
        { accountId: reader, atMs: at(5), text: "좋아요!" },
        { accountId: author, atMs: at(9), text: "고마워요.", answers: 0 },
        { accountId: other, atMs: at(9), text: "Me too." },
      ],
      likes: [
        { accountId: reader, atMs: at(6) },
        { accountId: other, atMs: at(7) },
      ],
      reshares: [{ accountId: other, atMs: at(60 * 24 * 40) }],
    };
    expect(await importStories(context, [story])).toEqual(["made"]);
    expect(await importStories(context, [story])).toEqual(["known"]);
    const [row] = await world.test.sql<{ id: bigint }[]>`
      SELECT id FROM stories.imported_stories WHERE external_key = ${story.externalKey}`;
    const { id } = row!;
    expect(await counts(context, [id])).toEqual([{ likes: 2, comments: 3, reshares: 1 }]);
    expect(await viewerFlags(context, other, [id])).toEqual([{ liked: true, reshared: true }]);
    const { body } = await world.ask("getStory", { as: null, id });
    expect(body).toMatchObject({ story: { lang: "ja", counts: { comments: 3 } } });
    const listed = await world.ask("listComments", { as: null, id, query: { limit: 20 } });
    const { items } = listed.body as { items: { id: string; parentId: string | null }[] };
    expect(items).toMatchObject([
      { text: "좋아요!", createdAt: new Date(at(5)).toISOString(), parentId: null },
      { text: "고마워요.", createdAt: new Date(at(9)).toISOString(), parentId: items[0]!.id },
      { text: "Me too.", parentId: null },
    ]);
    const reshared = world.test.events.filter(
      ({ type, data }) => type === "stories.reshared.v1" && data["storyId"] === String(id),
    );
    expect(reshared.map(({ aggregate }) => idTimeMs(aggregate.id))).toEqual([at(60 * 24 * 40)]);
  });

  it("is seen by those who may see the story", async () => {
    const { importStories } = world.stories.contract;
    const [source] = sources(1);
    const story: ImportedStory = { ...source!, authorId: authors[0]!, visibility: "friends" };
    expect(await importStories(context, [story])).toEqual(["made"]);
    const [row] = await world.test.sql<{ id: bigint }[]>`
      SELECT id FROM stories.imported_stories WHERE external_key = ${story.externalKey}`;
    expect(await world.ask("getStory", { as: authors[1]!, id: row!.id })).toMatchObject({
      status: 404,
    });
    expect(await world.ask("getStory", { as: authors[0]!, id: row!.id })).toMatchObject({
      status: 200,
    });
  });

  it("is refused with its story where it cannot have happened", async () => {
    const { importStories } = world.stories.contract;
    const [author, reader] = authors as [Id, Id];
    const later = (story: ImportedStory) => ({ accountId: reader, atMs: story.atMs + 1 });
    const wrong: ((story: ImportedStory) => Partial<ImportedStory>)[] = [
      (story) => ({ likes: [{ accountId: reader, atMs: story.atMs }] }),
      () => ({ likes: [{ accountId: reader, atMs: Date.now() + 60_000 }] }),
      (story) => ({ likes: [later(story), later(story)] }),
      (story) => ({ reshares: [later(story)], visibility: "friends" }),
      (story) => ({ comments: [{ ...later(story), accountId: 5n, text: "Hm." }] }),
      (story) => ({ comments: [{ ...later(story), text: " " }] }),
      (story) => ({ comments: [{ ...later(story), text: "To myself?", answers: 0 }] }),
    ];
    const stories = sources(wrong.length).map((source, i) => {
      const story = { ...source, authorId: author };
      return { ...story, ...wrong[i]!(story) };
    });
    const results = await importStories(context, stories);
    const reasons = results.map((result) => (result as { refused?: string }).refused);
    expect(reasons.every((reason) => reason !== undefined && reason.length > 5)).toBe(true);
  });

  it("is left out where its person has been erased", async () => {
    const { importStories, counts } = world.stories.contract;
    const gone = world.people.add();
    // The account is known here still, as on a node that has not heard of its deletion.
    world.test.events.push({
      ...world.test.events[0]!,
      type: "accounts.deleted.v1",
      aggregate: { type: "account", id: gone, version: 2 },
      data: { accountId: String(gone), version: 2 },
    });
    await world.consume();
    const [source] = sources(1);
    const at = source!.atMs + 1;
    const story: ImportedStory = {
      ...source!,
      authorId: authors[0]!,
      likes: [{ accountId: gone, atMs: at }],
      comments: [
        { accountId: gone, atMs: at, text: "Gone." },
        { accountId: authors[1]!, atMs: at, text: "An answer.", answers: 0 },
      ],
    };
    expect(await importStories(context, [story])).toEqual(["made"]);
    const [row] = await world.test.sql<{ id: bigint }[]>`
      SELECT id FROM stories.imported_stories WHERE external_key = ${story.externalKey}`;
    expect(await counts(context, [row!.id])).toEqual([{ likes: 0, comments: 1, reshares: 0 }]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";
import { createStories } from "./module.ts";
import { restoreWindowMsDefault } from "./remove.ts";

/** Deletions, and how they are undone. */

let world: StoriesWorld;
let author: Id;
let reader: Id;
let id: Id;

beforeAll(async () => {
  world = await openStoriesWorld({ erasure: { storiesMax: 3, rowsMax: 4 } });
});
afterAll(() => world.close());

beforeEach(async () => {
  [author, reader] = world.people.addMany(2) as [Id, Id];
  id = await world.publish(author, { text: "with a link: https://one.example/" });
});

const statusOf = async (operation: string, as: Id | null, body?: object): Promise<number> =>
  (await world.ask(operation, { as, id, ...(body === undefined ? {} : { body }) })).status;
const read = async (as: Id | null) => (await world.ask("getStory", { as, id })).body;
const remove = () => statusOf("deleteStory", author);
const restore = () => statusOf("restoreStory", author);

async function react(): Promise<void> {
  await world.ask("likeStory", { as: reader, id });
  await world.ask("reshareStory", { as: reader, id });
  await world.ask("addComment", { as: reader, id, body: { text: "one" } });
}

/** Everything that anyone can read of the story. */
async function everything() {
  return [
    await read(author),
    await read(reader),
    await read(null),
    (await world.ask("listComments", { as: reader, id })).body,
    (await world.ask("listLikes", { as: reader, id })).body,
    (await world.ask("listAccountStories", { as: reader, id: author })).body,
    await world.stories.contract.storyCounts(contextOf(null), [author]),
    await world.stories.contract.counts({ ...contextOf(null), bypassViews: true }, [id]),
  ];
}

describe("a story that is restored", () => {
  it("is as it was, with everything that hangs on it", async () => {
    await react();
    await world.fold();
    const before = await everything();
    expect(await remove()).toBe(204);
    await world.fold();
    await world.consume();
    const asked = await world.ask("restoreStory", { as: author, id });
    expect(asked).toMatchObject({ status: 200, body: before[0] });
    expect(await everything()).toEqual(before);
    await world.fold();
    await world.consume();
    expect(await everything()).toEqual(before);
  });

  it("was there for nobody in between, not even for its author", async () => {
    await react();
    await remove();
    for (const as of [author, reader, null]) {
      expect(await statusOf("getStory", as)).toBe(404);
      expect(await statusOf("listComments", as)).toBe(404);
      expect(await statusOf("listLikes", as)).toBe(404);
    }
    for (const as of [author, reader]) {
      expect(await statusOf("likeStory", as)).toBe(404);
      expect(await statusOf("unlikeStory", as)).toBe(404);
      expect(await statusOf("reshareStory", as)).toBe(404);
      expect(await statusOf("unreshareStory", as)).toBe(404);
      expect(await statusOf("addComment", as, { text: "still here?" })).toBe(404);
      expect(await statusOf("editStory", as, { text: "changed" })).toBe(404);
    }
    const { body } = await world.ask("listAccountStories", { as: author, id: author });
    expect((body as { items: unknown[] }).items).toEqual([]);
    expect(await restore()).toBe(200);
  });

  it("is told of by an event with the whole state, and may be restored once more", async () => {
    const from = world.test.events.length;
    await remove();
    await restore();
    expect(await restore()).toBe(200);
    await remove();
    expect(await remove()).toBe(204);
    await restore();
    const told = world.test.events.slice(from);
    expect(told.map(({ type }) => type)).toEqual([
      "stories.deleted.v1",
      "stories.restored.v1",
      "stories.deleted.v1",
      "stories.restored.v1",
    ]);
    expect(told.at(-1)).toMatchObject({
      aggregate: { type: "story", id, version: 5 },
      actorId: author,
      data: { version: 5, status: "live", visibility: "public", authorId: String(author) },
    });
  });

  it("comes back by the events of its first deletion and not of its second", async () => {
    await react();
    await remove();
    await restore();
    // The first deletion's event is consumed only now.
    await world.consume();
    expect(await read(reader)).toMatchObject({ story: { counts: { likes: 1, comments: 1 } } });
    await remove();
    await world.consume();
    await restore();
    expect(await read(reader)).toMatchObject({ story: { counts: { likes: 1, comments: 1 } } });
  });
});

describe("a deletion", () => {
  it("is final for everybody else, and for stories that are no one's", async () => {
    expect(await statusOf("restoreStory", reader)).toBe(404);
    await remove();
    expect(await statusOf("restoreStory", reader)).toBe(404);
    const nothing = await world.ask("restoreStory", { as: author, id: 7n });
    expect(nothing.status).toBe(404);
    expect(await restore()).toBe(200);
  });

  it("is final after 30 s, whether or not anything was erased yet", async () => {
    await remove();
    world.pass(restoreWindowMsDefault - 1_000);
    expect(await restore()).toBe(200);
    await remove();
    world.pass(restoreWindowMsDefault + 1);
    expect(await restore()).toBe(404);
    world.pass(1_000);
    await world.endDeletions();
    expect(await restore()).toBe(404);
    await world.consume();
    expect(await restore()).toBe(404);
    expect(await remove()).toBe(204);
    expect(await restore()).toBe(404);
  });

  it("does not begin anew by being repeated", async () => {
    await remove();
    world.pass(restoreWindowMsDefault - 1_000);
    expect(await remove()).toBe(204);
    world.pass(2_000);
    expect(await restore()).toBe(404);
  });

  it("is ended by another node than the one that took it", async () => {
    await react();
    await remove();
    const { test, people: accounts, graph, media } = world;
    const clock = { ...test.clock, nowMs: () => test.clock.nowMs() + 10 * restoreWindowMsDefault };
    const other = createStories({
      ...test,
      clock,
      accounts,
      graph,
      media,
      links: { previews: async () => [] },
    });
    for (const job of other.jobs) {
      await job.run();
    }
    await world.consume();
    expect(await restore()).toBe(404);
    const [row] =
      await test.sql`SELECT count(*)::int AS n FROM stories.likes WHERE story_id = ${id}`;
    expect(row).toEqual({ n: 0 });
  });

  it("is ended for many stories, and for none that came back", async () => {
    const ids = await Promise.all(Array.from({ length: 230 }, () => world.publish(author)));
    for (const one of ids) {
      await world.ask("deleteStory", { as: author, id: one });
    }
    await world.ask("restoreStory", { as: author, id: ids[0]! });
    world.pass(restoreWindowMsDefault + 1_001);
    await world.endDeletions();
    const rows = await world.test.sql<{ id: bigint }[]>`
      SELECT id FROM stories.stories WHERE author_id = ${author} AND text <> '' ORDER BY id`;
    expect(rows.map((row) => row.id)).toEqual([id, ids[0]]);
    const [left] = await world.test.sql`SELECT count(*)::int AS n FROM stories.deletions`;
    expect(left).toEqual({ n: 0 });
  });
});

describe("while a story may come back", () => {
  it("people take back what they wrote below it", async () => {
    const asked = await world.ask("addComment", { as: reader, id, body: { text: "oh" } });
    const commentId = (asked.body as { comment: { id: string } }).comment.id;
    await remove();
    const stranger = world.people.add();
    expect((await world.ask("deleteComment", { as: stranger, id: commentId })).status).toBe(404);
    expect((await world.ask("deleteComment", { as: reader, id: commentId })).status).toBe(204);
    await restore();
    expect(await read(reader)).toMatchObject({ story: { counts: { comments: 0 } } });
    const { body } = await world.ask("listComments", { as: reader, id });
    expect((body as { items: unknown[] }).items).toEqual([]);
  });

  it("people who go take along what they did to it", async () => {
    const stays = world.people.add();
    await react();
    await world.ask("likeStory", { as: stays, id });
    // In memory, so that the events have something to keep exact.
    await read(stays);
    await remove();
    world.deleteAccount(reader);
    await world.consume();
    await restore();
    const counts = { likes: 1, comments: 0, reshares: 0 };
    expect(await read(stays)).toMatchObject({ story: { counts, viewer: { liked: true } } });
    const exact = { ...contextOf(null), bypassViews: true };
    expect(await world.stories.contract.counts(exact, [id])).toEqual([counts]);
  });
});

it("commands at once leave a row that the last event tells, and counts that equal the rows", async () => {
  const { sql, events } = world.test;
  const people = [author, reader, ...world.people.addMany(4)];
  const from = events.length;
  const does = [
    () => remove(),
    () => restore(),
    () => restore(),
    () => statusOf("editStory", author, { text: `at ${String(performance.now())}` }),
    (as: Id) => statusOf("likeStory", as),
    (as: Id) => statusOf("unlikeStory", as),
    (as: Id) => statusOf("reshareStory", as),
    (as: Id) => statusOf("addComment", as, { text: "at once" }),
  ];
  for (let round = 0; round < 20; round += 1) {
    const statuses = await Promise.all(
      does.flatMap((act, i) => [act(people[(round + i) % 6]!), act(people[(round + i + 3) % 6]!)]),
    );
    expect(statuses.filter((status) => ![200, 201, 204, 404].includes(status))).toEqual([]);
  }
  const states = events
    .slice(from)
    .filter(({ aggregate }) => aggregate.id === id && aggregate.version > 0)
    .sort((a, b) => a.aggregate.version - b.aggregate.version);
  expect(states.map(({ aggregate }) => aggregate.version)).toEqual(states.map((_, i) => i + 2));
  const [row] = await sql`SELECT status, version FROM stories.stories WHERE id = ${id}`;
  expect(states.at(-1)?.data).toMatchObject({ ...row });
  expect(await restore()).toBe(200);
  const [rows] = await sql`
    SELECT (SELECT count(*)::int FROM stories.likes WHERE story_id = ${id}) AS likes,
      (SELECT count(*)::int FROM stories.comments WHERE story_id = ${id}) AS comments,
      (SELECT count(*)::int FROM stories.reshares WHERE story_id = ${id}) AS reshares`;
  const shown = (await read(author)) as { story: { counts: object } };
  expect(shown.story.counts).toEqual(rows);
  expect(await world.stories.contract.storyCounts(contextOf(null), [author])).toEqual([1]);
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";
import type { GroupWork } from "../../ports/record.ts";
import type { Bodies } from "./bodies.ts";
import { publicationOf, publishAll, type Publication, type Published } from "./publish.ts";
import { restoreWindowMsDefault } from "./remove.ts";

let world: StoriesWorld;

beforeAll(async () => {
  // Small batches, so that each erasure takes several.
  world = await openStoriesWorld({ erasure: { storiesMax: 3, rowsMax: 4 } });
});
afterAll(() => world.close());

const byAccount = [
  ["stories", "author_id"],
  ["comments", "author_id"],
  ["likes", "account_id"],
  ["reshares", "account_id"],
  ["reshares_by_time", "account_id"],
  ["author_counts", "author_id"],
] as const;
const byStory = ["comments", "likes", "reshares", "reshares_by_time", "counts"] as const;

async function rowsWith(table: string, column: string, id: Id): Promise<number> {
  const { sql } = world.test;
  const [row] = await sql<{ n: number }[]>`
    SELECT count(*)::int AS n FROM stories.${sql(table)} WHERE ${sql(column)} = ${id}`;
  return row!.n;
}

async function expectCountsToEqualRows(id: Id): Promise<void> {
  const { sql } = world.test;
  const [rows] = await sql`
    SELECT (SELECT count(*)::int FROM stories.likes WHERE story_id = ${id}) AS likes,
      (SELECT count(*)::int FROM stories.comments WHERE story_id = ${id} AND status = 'live')
        AS comments,
      (SELECT count(*)::int FROM stories.reshares WHERE story_id = ${id}) AS reshares`;
  const { counts } = world.stories.contract;
  expect(await counts(contextOf(null), [id])).toEqual([rows]);
  expect(await counts({ ...contextOf(null), bypassViews: true }, [id])).toEqual([rows]);
}

async function reactToAll(as: Id, ids: readonly Id[]): Promise<void> {
  for (const id of ids) {
    await world.ask("likeStory", { as, id });
    await world.ask("reshareStory", { as, id });
    await world.ask("addComment", { as, id, body: { text: "one" } });
    await world.ask("addComment", { as, id, body: { text: "two" } });
  }
}

describe("a deleted person", () => {
  it("leaves no row, and counts that equal the rows of others", async () => {
    const [person, other, third] = world.people.addMany(3) as [Id, Id, Id];
    const own: Id[] = [];
    const others: Id[] = [];
    for (let i = 0; i < 10; i += 1) {
      own.push(await world.publish(person));
      others.push(await world.publish(other));
    }
    await reactToAll(person, [...own, ...others]);
    await reactToAll(third, [...own, ...others]);
    await world.ask("deleteStory", { as: person, id: own[0]! });
    await world.ask("deleteStory", { as: other, id: others[0]! });
    await world.consume();
    // In memory, so that the events have something to keep exact.
    await world.stories.contract.counts(contextOf(null), others);
    await world.fold();

    world.deleteAccount(person);
    for (const id of own) {
      expect((await world.ask("getStory", { as: third, id })).status).toBe(404);
    }
    await world.consume();

    for (const [table, column] of byAccount) {
      expect(await rowsWith(table, column, person), table).toBe(0);
    }
    for (const id of own) {
      for (const table of byStory) {
        expect(await rowsWith(table, "story_id", id), table).toBe(0);
      }
      expect(await rowsWith("directory", "id", id)).toBe(0);
    }
    // The first is deleted, and may come back as long as nobody takes more away from it.
    for (const id of others) {
      await expectCountsToEqualRows(id);
    }
    await world.fold();
    for (const id of others) {
      await expectCountsToEqualRows(id);
    }
    expect(await rowsWith("deletions", "author_id", person)).toBe(0);
    const { storyCounts } = world.stories.contract;
    expect(await storyCounts(contextOf(null), [person, other])).toEqual([0, 9]);
  });

  it("is told of as each story's end and each reaction's", async () => {
    const [person, other] = world.people.addMany(2) as [Id, Id];
    const own = await world.publish(person);
    const theirs = await world.publish(other);
    await reactToAll(person, [theirs]);
    world.deleteAccount(person);
    const from = world.test.events.length;
    await world.consume();
    const told = world.test.events.slice(from).map((event) => event.type);
    expect(told.filter((type) => type !== "stories.erasure_continued.v1").sort()).toEqual([
      "stories.comment_deleted.v1",
      "stories.comment_deleted.v1",
      "stories.deleted.v1",
      "stories.unliked.v1",
      "stories.unreshared.v1",
    ]);
    const end = world.test.events.find(
      (event) => event.type === "stories.deleted.v1" && event.aggregate.id === own,
    );
    expect(end).toMatchObject({ aggregate: { version: 2 }, data: { status: "deleted" } });
  });

  it("can be erased again, to no effect", async () => {
    const person = world.people.add();
    await world.publish(person);
    world.deleteAccount(person);
    await world.consume();
    const before = world.test.events.length;
    world.deleteAccount(person);
    await world.consume();
    expect(world.test.events).toHaveLength(before + 1);
  });

  it("has no command finish behind the erasure", async () => {
    const person = world.people.add();
    const started = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const storyCounts = { expect: () => undefined };
    const { media, graph, people: accounts } = world;
    const deps = { ...world.test, accounts, graph, media, storyCounts };
    const bodies: Bodies = {
      write: () => {
        throw new Error("nothing is shown here");
      },
      find: async () => [],
      held: () => null,
      expect: () => undefined,
      watch: () => undefined,
      view: world.stories.views[0]!,
    };
    const slowly: GroupWork<Publication, Published> = {
      name: "publish slowly",
      async run(tx, members) {
        const outcomes = await publishAll({ ...deps, bodies }, tx, members);
        started.resolve(undefined);
        await go.promise;
        return outcomes;
      },
    };
    const slow = world.test.record.writeInGroup(
      contextOf(person),
      slowly,
      publicationOf({ text: "just before" }, []),
    );
    await started.promise;
    world.deleteAccount(person);
    const erasing = world.consume();
    go.resolve(undefined);
    await slow;
    await erasing;
    expect(await rowsWith("stories", "author_id", person)).toBe(0);
    const late = await world.ask("publishStory", { as: person, body: { text: "after" } });
    expect(late).toMatchObject({ status: 401, code: "request.unauthenticated" });
    expect(await rowsWith("stories", "author_id", person)).toBe(0);
  });
});

describe("a deleted story", () => {
  it("takes what hangs on it along, and leaves that it was there", async () => {
    const [author, ...others] = world.people.addMany(12) as [Id, ...Id[]];
    const id = await world.publish(author);
    for (const other of others) {
      await reactToAll(other, [id]);
    }
    await world.ask("deleteStory", { as: author, id });
    await world.consume();
    expect(await rowsWith("likes", "story_id", id)).toBe(11);
    world.pass(restoreWindowMsDefault);
    await world.endDeletions();
    await world.consume();
    // Another node's clock may be behind this one.
    expect(await rowsWith("likes", "story_id", id)).toBe(11);
    world.pass(1_001);
    await world.endDeletions();
    await world.consume();
    for (const table of byStory) {
      expect(await rowsWith(table, "story_id", id), table).toBe(0);
    }
    expect(await rowsWith("count_changes", "subject_id", id)).toBe(0);
    expect(await rowsWith("deletions", "story_id", id)).toBe(0);
    const [row] = await world.test.sql`
      SELECT status, text, link, media FROM stories.stories WHERE id = ${id}`;
    expect(row).toEqual({ status: "deleted", text: "", link: null, media: [] });
    expect((await world.ask("deleteStory", { as: author, id })).status).toBe(204);
  });

  it("is erased at once when it was hidden before, or by a node that knew no way back", async () => {
    const [author, other] = world.people.addMany(2) as [Id, Id];
    const id = await world.publish(author);
    await reactToAll(other, [id]);
    await world.test.sql`UPDATE stories.stories SET status = 'hidden' WHERE id = ${id}`;
    expect((await world.ask("deleteStory", { as: author, id })).status).toBe(204);
    expect((await world.ask("restoreStory", { as: author, id })).status).toBe(404);
    await world.consume();
    for (const table of byStory) {
      expect(await rowsWith(table, "story_id", id), table).toBe(0);
    }
  });

  it("goes with all that hangs on it when its author's account goes first", async () => {
    const [author, ...others] = world.people.addMany(7) as [Id, ...Id[]];
    const id = await world.publish(author);
    for (const other of others) {
      await reactToAll(other, [id]);
    }
    await world.ask("deleteStory", { as: author, id });
    world.deleteAccount(author);
    await world.consume();
    for (const table of byStory) {
      expect(await rowsWith(table, "story_id", id), table).toBe(0);
    }
    expect(await rowsWith("stories", "id", id)).toBe(0);
    expect(await rowsWith("deletions", "story_id", id)).toBe(0);
    expect((await world.ask("restoreStory", { as: author, id })).status).toBe(404);
  });
});

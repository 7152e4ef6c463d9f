import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
  openStoriesWorld,
  type StoriesWorld,
  type StoryJson,
} from "../../../test/support/stories-world.ts";
import type { Transaction } from "../../ports/record.ts";
import { restoreWindowMsDefault } from "./remove.ts";
import { lockToChange, lockToReact } from "./store-stories.ts";

let world: StoriesWorld;
let author: Id;
let friend: Id;
let stranger: Id;

beforeAll(async () => {
  world = await openStoriesWorld();
  [author, friend, stranger] = world.people.addMany(3) as [Id, Id, Id];
  world.graph.befriend(author, friend);
});
afterAll(() => world.close());

async function read(id: Id, as: Id | null): Promise<StoryJson> {
  const asked = await world.ask("getStory", { as, id });
  return (asked.body as { story: StoryJson }).story;
}

async function outcome(operationId: string, id: Id, as: Id): Promise<string> {
  const { status, code } = await world.ask(operationId, { as, id });
  return code === null ? String(status) : `${String(status)} ${code}`;
}

async function rowsOf(table: "likes" | "reshares" | "reshares_by_time", id: Id): Promise<number> {
  const [row] = await world.test.sql<{ n: number }[]>`
    SELECT count(*)::int AS n FROM stories.${world.test.sql(table)} WHERE story_id = ${id}`;
  return row!.n;
}

/** Without what is in memory. */
async function recordedCounts(id: Id): Promise<unknown> {
  const context = { ...contextOf(null), bypassViews: true };
  return (await world.stories.contract.counts(context, [id]))[0];
}

/** A transaction that has begun its work and waits to be ended. */
function holding(
  as: Id,
  work: (tx: Transaction) => Promise<unknown>,
): { readonly begun: Promise<void>; end(): Promise<void> } {
  const begun = Promise.withResolvers<undefined>();
  const end = Promise.withResolvers<undefined>();
  const done = world.test.record.write(contextOf(as), async (tx) => {
    await work(tx);
    begun.resolve(undefined);
    await end.promise;
  });
  return {
    begun: begun.promise,
    async end() {
      end.resolve(undefined);
      await done;
    },
  };
}

/** Resolves when somebody waits for the story's lock. */
async function waitingForLock(id: Id): Promise<void> {
  const low = id & 0xffff_ffffn;
  await vi.waitFor(async () => {
    const rows = await world.test.sql`
      SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid::bigint = ${low}`;
    expect(rows).toHaveLength(1);
  });
}

describe("a like", () => {
  it("counts once, is the viewer's own, and is gone when taken back", async () => {
    const id = await world.publish(author);
    await read(id, friend);
    expect(await outcome("likeStory", id, friend)).toBe("204");
    expect(await outcome("likeStory", id, friend)).toBe("204");
    expect(await read(id, friend)).toMatchObject({
      counts: { likes: 1 },
      viewer: { liked: true, reshared: false },
    });
    expect(await read(id, stranger)).toMatchObject({
      counts: { likes: 1 },
      viewer: { liked: false },
    });
    expect(await outcome("unlikeStory", id, friend)).toBe("204");
    expect(await outcome("unlikeStory", id, friend)).toBe("204");
    expect(await read(id, friend)).toMatchObject({
      counts: { likes: 0 },
      viewer: { liked: false },
    });
  });

  it("is for those who see the story", async () => {
    const id = await world.publish(author, { visibility: "friends" });
    for (const operation of ["likeStory", "unlikeStory", "reshareStory", "unreshareStory"]) {
      expect(await outcome(operation, id, stranger)).toBe("404 request.not_found");
      expect(await outcome(operation, 1n, stranger)).toBe("404 request.not_found");
    }
  });

  it("is listed newest first, without those whom the viewer must not see", async () => {
    const id = await world.publish(author);
    const likers = world.people.addMany(30);
    for (const liker of likers) {
      await outcome("likeStory", id, liker);
    }
    world.people.remove(likers[29]!);
    world.graph.block(friend, likers[27]!);
    world.graph.block(likers[25]!, friend);
    const listed: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const query = { limit: 10, ...(cursor !== undefined && { cursor }) };
      const { body } = await world.ask("listLikes", { as: friend, id, query });
      const page = body as { items: { id: string }[]; nextCursor: string | null };
      listed.push(...page.items.map((item) => item.id));
      sizes.push(page.items.length);
      cursor = page.nextCursor;
    }
    const expected = likers.filter((_, i) => ![25, 27, 29].includes(i)).reverse();
    expect(listed).toEqual(expected.map(String));
    expect(sizes).toEqual([10, 10, 7]);
  });
});

describe("a reshare", () => {
  it("is of public stories alone", async () => {
    for (const visibility of ["friends", "self"]) {
      const id = await world.publish(author, { visibility });
      expect(await outcome("reshareStory", id, author)).toBe("403 stories.not_resharable");
    }
  });

  it("has an id of its own each time, and ends with it", async () => {
    const id = await world.publish(author);
    for (let i = 0; i < 2; i += 1) {
      expect(await outcome("reshareStory", id, friend)).toBe("204");
      expect(await outcome("reshareStory", id, friend)).toBe("204");
      expect(await read(id, friend)).toMatchObject({
        counts: { reshares: 1 },
        viewer: { reshared: true },
      });
      expect(await outcome("unreshareStory", id, friend)).toBe("204");
    }
    const told = world.test.events
      .filter((event) => event.data["storyId"] === String(id) && event.type.includes("reshared"))
      .map((event) => [event.type, event.data["reshareId"]]);
    expect(told.map(([type]) => type)).toEqual([
      "stories.reshared.v1",
      "stories.unreshared.v1",
      "stories.reshared.v1",
      "stories.unreshared.v1",
    ]);
    expect(told[0]![1]).toBe(told[1]![1]);
    expect(told[2]![1]).toBe(told[3]![1]);
    expect(told[0]![1]).not.toBe(told[2]![1]);
    expect(await rowsOf("reshares_by_time", id)).toBe(0);
  });
});

describe("many at once", () => {
  it("200 people who like and take back leave a count that equals the rows", async () => {
    const id = await world.publish(author);
    const likers = world.people.addMany(200);
    const folding = (async () => {
      for (let i = 0; i < 20; i += 1) {
        await world.fold();
      }
    })();
    await Promise.all(
      likers.map(async (liker, i) => {
        for (let toggle = 0; toggle <= i % 4; toggle += 1) {
          expect(await outcome(toggle % 2 === 0 ? "likeStory" : "unlikeStory", id, liker)).toBe(
            "204",
          );
        }
        // The same person from two devices at once.
        await Promise.all([outcome("likeStory", id, liker), outcome("unlikeStory", id, liker)]);
      }),
    );
    await folding;
    const rows = await rowsOf("likes", id);
    expect((await read(id, null)).counts.likes).toBe(rows);
    expect(await recordedCounts(id)).toEqual({ likes: rows, comments: 0, reshares: 0 });
    await world.fold();
    expect(await recordedCounts(id)).toEqual({ likes: rows, comments: 0, reshares: 0 });
    const [left] = await world.test.sql`SELECT count(*)::int AS n FROM stories.count_changes`;
    expect(left).toEqual({ n: 0 });
  });

  it("those who like do not wait for each other", async () => {
    const id = await world.publish(author);
    const slow = holding(stranger, async (tx) => lockToReact(tx.sql, stranger, id));
    await slow.begun;
    expect(await outcome("likeStory", id, friend)).toBe("204");
    await slow.end();
  });

  it.each(["deleteStory", "editStory"])(
    "%s waits for those who react already",
    async (operation) => {
      const id = await world.publish(author);
      const slow = holding(friend, async (tx) => lockToReact(tx.sql, friend, id));
      await slow.begun;
      const change = world.ask(operation, { as: author, id, body: { visibility: "self" } });
      await waitingForLock(id);
      await slow.end();
      expect((await change).status).toBeLessThan(300);
    },
  );

  it.each([
    ["likeStory", "deleted", "404 request.not_found"],
    ["addComment", "deleted", "404 request.not_found"],
    ["reshareStory", "narrowed", "403 stories.not_resharable"],
  ])("%s waits for the story to be %s, and is refused then", async (operation, how, refusal) => {
    const id = await world.publish(author);
    await read(id, friend);
    const slow = holding(author, async (tx) => {
      await lockToChange(tx.sql, author, id);
      await (how === "deleted"
        ? tx.sql`UPDATE stories.stories SET status = 'deleted' WHERE id = ${id}`
        : tx.sql`UPDATE stories.stories SET visibility = 'friends' WHERE id = ${id}`);
    });
    await slow.begun;
    const reaction = world.ask(operation, { as: friend, id, body: { text: "too late" } });
    await waitingForLock(id);
    await slow.end();
    const { status, code } = await reaction;
    expect(`${String(status)} ${String(code)}`).toBe(refusal);
  });

  it("a story that is deleted meanwhile keeps nothing", async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await world.publish(author);
      const likers = world.people.addMany(20);
      await Promise.all([
        ...likers.slice(0, 10).map((liker) => outcome("likeStory", id, liker)),
        outcome("deleteStory", id, author),
        ...likers.slice(10).map((liker) => outcome("likeStory", id, liker)),
      ]);
      world.pass(restoreWindowMsDefault + 1_001);
      await world.endDeletions();
      await world.consume();
      expect(await rowsOf("likes", id)).toBe(0);
      expect(await recordedCounts(id)).toEqual({ likes: 0, comments: 0, reshares: 0 });
    }
  });

  it("no reshare begins once its story is not public", async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await world.publish(author);
      const people = world.people.addMany(10);
      people.forEach((person) => world.graph.befriend(person, author));
      const outcomes = await Promise.all([
        ...people.slice(0, 5).map((person) => outcome("reshareStory", id, person)),
        world.ask("editStory", { as: author, id, body: { visibility: "friends" } }),
        ...people.slice(5).map((person) => outcome("reshareStory", id, person)),
      ]);
      const made = outcomes.filter((one) => one === "204").length;
      const refused = outcomes.filter((one) => one === "403 stories.not_resharable").length;
      expect(made + refused).toBe(10);
      expect(await rowsOf("reshares", id)).toBe(made);
      expect(await rowsOf("reshares_by_time", id)).toBe(made);
      const { counts } = await read(id, author);
      expect(counts.reshares).toBe(made);
      expect(await outcome("reshareStory", id, people[9]!)).toBe("403 stories.not_resharable");
    }
  });
});

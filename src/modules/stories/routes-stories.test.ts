import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
  openStoriesWorld,
  type StoriesWorld,
  type StoryJson,
} from "../../../test/support/stories-world.ts";
import { restoreWindowMsDefault } from "./remove.ts";

let world: StoriesWorld;
let author: Id;
let friend: Id;
let stranger: Id;
let blocked: Id;

beforeAll(async () => {
  world = await openStoriesWorld();
  [author, friend, stranger, blocked] = world.people.addMany(4) as [Id, Id, Id, Id];
  world.graph.befriend(author, friend);
  world.graph.block(author, blocked);
});
afterAll(() => world.close());

async function read(id: Id, as: Id | null): Promise<StoryJson> {
  const asked = await world.ask("getStory", { as, id });
  expect(asked.status).toBe(200);
  return (asked.body as { story: StoryJson }).story;
}

async function statusOf(
  operationId: string,
  id: Id,
  as: Id | null,
  body?: object,
): Promise<string> {
  const { status, code } = await world.ask(operationId, { as, id, ...(body && { body }) });
  return code === null ? String(status) : `${String(status)} ${code}`;
}

describe("publishing", () => {
  it("answers with the story as everybody reads it", async () => {
    const body = { text: "안녕 https://example.org", visibility: "friends" };
    const asked = await world.ask("publishStory", { as: author, body });
    expect(asked.status).toBe(201);
    const { story } = asked.body as { story: StoryJson };
    expect(Object.keys(story)).toEqual(
      "id author text lang media link visibility createdAt editedAt counts viewer".split(" "),
    );
    expect(story).toMatchObject({
      text: "안녕 https://example.org",
      lang: "ko",
      media: [],
      link: { url: "https://example.org/", title: null, description: null, imageUrl: null },
      visibility: "friends",
      editedAt: null,
      counts: { likes: 0, comments: 0, reshares: 0 },
      viewer: { liked: false, reshared: false },
    });
    // As text, because the order of the members is the API's too.
    expect(JSON.stringify(await read(BigInt(story.id), author))).toBe(JSON.stringify(story));
    expect(JSON.stringify(await read(BigInt(story.id), friend))).toBe(JSON.stringify(story));
  });

  it("shows nothing of a viewer to nobody", async () => {
    const story = await read(await world.publish(author), null);
    expect(story).not.toHaveProperty("viewer");
  });

  it("refuses what a story cannot be, and leaves nothing behind", async () => {
    const events = world.test.events.length;
    for (const body of [
      { text: " " },
      { text: "가".repeat(5001) },
      { text: "x", mediaIds: ["1"] },
    ]) {
      expect((await world.ask("publishStory", { as: author, body })).status).toBe(400);
    }
    expect(world.test.events).toHaveLength(events);
  });
});

describe("editing", () => {
  it("raises the version, dates the text, and is seen at once", async () => {
    const id = await world.publish(author, { text: "before" });
    await read(id, friend);
    const asked = await world.ask("editStory", { as: author, id, body: { text: "after" } });
    const { story } = asked.body as { story: StoryJson };
    expect(story).toMatchObject({ text: "after" });
    expect(story.editedAt).not.toBeNull();
    expect(await read(id, friend)).toEqual(story);
    expect(world.test.events.at(-1)).toMatchObject({
      type: "stories.edited.v1",
      aggregate: { type: "story", id, version: 2 },
      data: { version: 2, visibility: "public", status: "live" },
    });
  });

  it("of who sees it leaves the text's date alone", async () => {
    const id = await world.publish(author);
    await statusOf("editStory", id, author, { visibility: "self" });
    expect((await read(id, author)).editedAt).toBeNull();
    expect(await statusOf("getStory", id, friend)).toBe("404 request.not_found");
    await statusOf("editStory", id, author, { visibility: "public" });
    expect(await statusOf("getStory", id, null)).toBe("200");
  });

  it("that changes nothing makes no event", async () => {
    const id = await world.publish(author, { text: "same" });
    const events = world.test.events.length;
    expect(await statusOf("editStory", id, author, { text: "same", visibility: "public" })).toBe(
      "200",
    );
    expect(await statusOf("editStory", id, author, {})).toBe("200");
    expect(world.test.events).toHaveLength(events);
  });

  it("at once leaves no version out and no version twice", async () => {
    const id = await world.publish(author);
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        statusOf("editStory", id, author, { text: `text ${String(i)}` }),
      ),
    );
    const versions = world.test.events
      .filter((event) => event.type === "stories.edited.v1" && event.aggregate.id === id)
      .map((event) => event.aggregate.version);
    expect(versions.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});

describe("what others may do", () => {
  it.each(["editStory", "deleteStory"])(
    "%s is 403 for who sees it and 404 for who does not",
    async (operation) => {
      const open = await world.publish(author);
      const closed = await world.publish(author, { visibility: "friends" });
      const body = { text: "mine now" };
      expect(await statusOf(operation, open, stranger, body)).toBe("403 stories.not_author");
      expect(await statusOf(operation, closed, friend, body)).toBe("403 stories.not_author");
      expect(await statusOf(operation, closed, stranger, body)).toBe("404 request.not_found");
      expect(await statusOf(operation, open, blocked, body)).toBe("404 request.not_found");
      expect(await statusOf(operation, 12345n, author, body)).toBe("404 request.not_found");
    },
  );
});

describe("deleting", () => {
  it("takes the story away for everybody, and again is the same", async () => {
    const id = await world.publish(author, { text: "a secret" });
    await read(id, friend);
    expect(await statusOf("deleteStory", id, author)).toBe("204");
    for (const as of [null, author, friend]) {
      expect(await statusOf("getStory", id, as)).toBe("404 request.not_found");
    }
    const events = world.test.events.length;
    expect(await statusOf("deleteStory", id, author)).toBe("204");
    expect(world.test.events).toHaveLength(events);
    expect(await statusOf("deleteStory", id, friend)).toBe("404 request.not_found");
    expect(await statusOf("editStory", id, author, { text: "back" })).toBe("404 request.not_found");
    world.pass(restoreWindowMsDefault + 1_001);
    await world.endDeletions();
    const [row] = await world.test
      .sql`SELECT text, link, status FROM stories.stories WHERE id = ${id}`;
    expect(row).toEqual({ text: "", link: null, status: "deleted" });
  });
});

describe("a person's stories", () => {
  it("are those the viewer may see, newest first, in full pages", async () => {
    const writer = world.people.add();
    world.graph.befriend(writer, friend);
    world.graph.block(stranger, writer);
    const all: Id[] = [];
    for (let i = 0; i < 12; i += 1) {
      all.push(await world.publish(writer, { visibility: ["public", "friends", "self"][i % 3] }));
    }
    await world.ask("deleteStory", { as: writer, id: all[0]! });
    const newest = (indexes: number[]): string[] => indexes.map((i) => String(all[i]));
    const listed = async (as: Id | null, limit: number): Promise<string[][]> => {
      const pages: string[][] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const query = { limit, ...(cursor !== undefined && { cursor }) };
        const asked = await world.ask("listAccountStories", { as, id: writer, query });
        const body = asked.body as { items: StoryJson[]; nextCursor: string | null };
        pages.push(body.items.map((item) => item.id));
        cursor = body.nextCursor;
      }
      return pages;
    };
    expect(await listed(null, 2)).toEqual([newest([9, 6]), newest([3])]);
    expect(await listed(friend, 4)).toEqual([newest([10, 9, 7, 6]), newest([4, 3, 1])]);
    expect(await listed(writer, 11)).toEqual([newest([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])]);
    expect(await statusOf("listAccountStories", writer, stranger)).toBe("404 request.not_found");
    expect(await statusOf("listAccountStories", 77n, friend)).toBe("404 request.not_found");
    const [count] = await world.stories.contract.storyCounts(contextOf(null), [writer]);
    expect(count).toBe(11);
  });

  it("takes a cursor of its own list alone", async () => {
    const writer = world.people.add();
    await world.publish(writer);
    await world.publish(writer);
    const first = await world.ask("listAccountStories", {
      as: null,
      id: writer,
      query: { limit: 1 },
    });
    const { nextCursor } = first.body as { nextCursor: string };
    const asked = await world.ask("listAccountStories", {
      as: null,
      id: author,
      query: { cursor: nextCursor },
    });
    expect(asked).toMatchObject({ status: 400, code: "request.invalid" });
  });
});

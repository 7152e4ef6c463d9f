import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";

let world: StoriesWorld;
let author: Id;
let friend: Id;
let stranger: Id;
let story: Id;

beforeAll(async () => {
  world = await openStoriesWorld();
  [author, friend, stranger] = world.people.addMany(3) as [Id, Id, Id];
  world.graph.befriend(author, friend);
  story = await world.publish(author);
});
afterAll(() => world.close());

interface CommentJson {
  readonly id: string;
  readonly parentId: string | null;
  readonly text: string;
  readonly author: { readonly id: string };
}

async function comment(id: Id, as: Id, body: object): Promise<CommentJson> {
  const asked = await world.ask("addComment", { as, id, body });
  expect(asked).toMatchObject({ status: 201 });
  return (asked.body as { comment: CommentJson }).comment;
}

async function outcome(
  operationId: string,
  id: Id | string,
  as: Id,
  body?: object,
): Promise<string> {
  const { status, code } = await world.ask(operationId, { as, id, ...(body && { body }) });
  return code === null ? String(status) : `${String(status)} ${code}`;
}

async function listed(id: Id, as: Id | null, query: object = {}): Promise<string[]> {
  const texts: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const asked = await world.ask("listComments", {
      as,
      id,
      query: { ...query, ...(cursor !== undefined && { cursor }) },
    });
    const page = asked.body as { items: CommentJson[]; nextCursor: string | null };
    texts.push(...page.items.map((item) => item.text));
    cursor = page.nextCursor;
  }
  return texts;
}

async function countOf(id: Id): Promise<number> {
  const { body } = await world.ask("getStory", { as: author, id });
  return (body as { story: { counts: { comments: number } } }).story.counts.comments;
}

describe("comments", () => {
  it("stand oldest first, or newest first, and are counted", async () => {
    const id = await world.publish(author);
    for (let i = 0; i < 7; i += 1) {
      await comment(id, [author, friend, stranger][i % 3]!, { text: `comment ${String(i)}` });
    }
    const texts = Array.from({ length: 7 }, (_, i) => `comment ${String(i)}`);
    expect(await listed(id, null, { limit: 3 })).toEqual(texts);
    expect(await listed(id, null, { limit: 7 })).toEqual(texts);
    expect(await listed(id, null, { limit: 2, order: "newest" })).toEqual(texts.toReversed());
    expect(await countOf(id)).toBe(7);
  });

  it("have the members of the API, in its order", async () => {
    const made = await comment(story, friend, { text: '<script>\u2028"quoted"' });
    expect(Object.keys(made)).toEqual("id storyId parentId author text createdAt".split(" "));
    expect(made).toMatchObject({ parentId: null, text: '<script>\u2028"quoted"' });
    expect(await listed(story, null, { order: "newest", limit: 1 })).toContain(made.text);
  });

  it("answer comments of the same story that are there", async () => {
    const parent = await comment(story, friend, { text: "parent" });
    const reply = await comment(story, author, { text: "reply", parentId: parent.id });
    const deep = await comment(story, friend, { text: "deep", parentId: reply.id });
    expect([reply.parentId, deep.parentId]).toEqual([parent.id, reply.id]);
    const elsewhere = await world.publish(author);
    const bad = { text: "x", parentId: parent.id };
    expect(await outcome("addComment", elsewhere, friend, bad)).toBe("400 request.invalid");
    for (const parentId of ["0", "x", String(story), "99"]) {
      expect(await outcome("addComment", story, friend, { text: "x", parentId })).toBe(
        "400 request.invalid",
      );
    }
    await outcome("deleteComment", parent.id, friend);
    expect(await outcome("addComment", story, friend, bad)).toBe("400 request.invalid");
  });

  it("disappear alone: their replies stay", async () => {
    const id = await world.publish(author);
    const parent = await comment(id, friend, { text: "parent" });
    await comment(id, author, { text: "reply", parentId: parent.id });
    expect(await outcome("deleteComment", parent.id, friend)).toBe("204");
    expect(await outcome("deleteComment", parent.id, friend)).toBe("204");
    expect(await outcome("deleteComment", parent.id, author)).toBe("204");
    expect(await listed(id, null)).toEqual(["reply"]);
    expect(await countOf(id)).toBe(1);
  });

  it("are deleted by their author or the story's, and by nobody else", async () => {
    const id = await world.publish(author, { visibility: "friends" });
    const other = world.people.add();
    world.graph.befriend(author, other);
    const first = await comment(id, friend, { text: "first" });
    const second = await comment(id, friend, { text: "second" });
    expect(await outcome("deleteComment", first.id, other)).toBe("403 stories.not_author");
    expect(await outcome("deleteComment", first.id, stranger)).toBe("404 request.not_found");
    expect(await outcome("deleteComment", first.id, friend)).toBe("204");
    expect(await outcome("deleteComment", second.id, author)).toBe("204");
    expect(await outcome("deleteComment", first.id, other)).toBe("404 request.not_found");
    for (const unknown of ["17", "x", String(id)]) {
      expect(await outcome("deleteComment", unknown, author)).toBe("404 request.not_found");
    }
    expect(await countOf(id)).toBe(0);
  });

  it("need the story to be seen, and text", async () => {
    const id = await world.publish(author, { visibility: "friends" });
    expect(await outcome("addComment", id, stranger, { text: "x" })).toBe("404 request.not_found");
    expect(await outcome("listComments", id, stranger)).toBe("404 request.not_found");
    expect(await outcome("addComment", id, friend, { text: "\n" })).toBe("400 stories.text_empty");
    expect(await outcome("addComment", id, friend, { text: "가".repeat(1001) })).toBe(
      "400 stories.text_too_long",
    );
    expect(await outcome("addComment", id, friend, { text: "가".repeat(1000) })).toBe("201");
  });

  it("of people who are hidden from the viewer do not show, and pages stay full", async () => {
    const id = await world.publish(author);
    const people = world.people.addMany(60);
    for (const [i, person] of people.entries()) {
      await comment(id, person, { text: String(i) });
    }
    people.slice(0, 40).forEach((person) => world.graph.block(person, stranger));
    people.slice(50, 55).forEach((person) => world.people.remove(person));
    const shown = [...Array(60).keys()].filter((i) => i >= 40 && (i < 50 || i >= 55)).map(String);
    const first = await world.ask("listComments", { as: stranger, id, query: { limit: 12 } });
    const page = first.body as { items: CommentJson[]; nextCursor: string | null };
    expect(page.items.map((item) => item.text)).toEqual(shown.slice(0, 12));
    expect(page.nextCursor).not.toBeNull();
    expect(await listed(id, stranger, { limit: 15 })).toEqual(shown);
  });
});

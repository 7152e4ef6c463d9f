import { beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Person } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";
import {
  authorMembers,
  countsOf,
  fits,
  markedLetter,
  refused,
  storytellers,
  type Bound,
} from "./storytelling.ts";

const world = startedApi();
const newPerson = storytellers(world);

const commentMembers = ["id", "storyId", "parentId", "author", "text", "createdAt"];

describe("comments", () => {
  it("are given, read oldest first or newest first, answered, and deleted with their replies left", async () => {
    const [writer, reader, third] = [await newPerson(), await newPerson(), await newPerson()];
    const story = await writer.publish("to talk about");
    const first = await reader.comment(story.id, "cafe\u0301");
    expect(Object.keys(first)).toEqual(commentMembers);
    expect(Object.keys(first.author)).toEqual(authorMembers);
    expect(first).toMatchObject({ storyId: story.id, parentId: null, text: "café" });
    const reply = await writer.comment(story.id, "an answer", first.id);
    const deeper = await reader.comment(story.id, "an answer to it", reply.id);
    expect([reply.parentId, deeper.parentId]).toEqual([first.id, reply.id]);
    const list = async (query: string): Promise<string[]> =>
      (await third.walk(`/v1/stories/${story.id}/comments${query}`)).map(({ id }) => id);
    expect(await list("")).toEqual([first.id, reply.id, deeper.id]);
    expect(await list("?order=oldest")).toEqual([first.id, reply.id, deeper.id]);
    expect(await list("?order=newest")).toEqual([deeper.id, reply.id, first.id]);
    expect((await countsOf(third, story.id)).comments).toBe(3);
    const answer = await third.delete(`/v1/comments/${first.id}`);
    expect([answer.status, answer.body.code]).toEqual([403, "stories.not_author"]);
    for (let times = 0; times < 2; times += 1) {
      expectStatus(await reader.delete(`/v1/comments/${first.id}`), 204);
      expect(await list("")).toEqual([reply.id, deeper.id]);
      expect((await countsOf(third, story.id)).comments).toBe(2);
    }
    expectStatus(await writer.delete(`/v1/comments/${deeper.id}`), 204);
    expect(await list("")).toEqual([reply.id]);
    const other = await writer.publish("something else");
    const elsewhere = await writer.comment(other.id, "elsewhere");
    for (const parentId of [first.id, elsewhere.id, "17", "none", ""]) {
      const lost = await reader.post(`/v1/stories/${story.id}/comments`, { text: "a", parentId });
      expect([lost.status, lost.body.errors[0]?.path]).toEqual([400, "/parentId"]);
    }
  });

  const texts: readonly Bound[] = [
    fits("1,000 letters", "a".repeat(1000)),
    refused("1,001 letters", "a".repeat(1001), "stories.text_too_long"),
    fits("1,000 emoji", "\u{1f600}".repeat(1000)),
    refused("1,001 emoji", "\u{1f600}".repeat(1001), "stories.text_too_long"),
    fits("1,000 letters with marks", markedLetter.repeat(1000)),
    refused("1,001 letters with marks", markedLetter.repeat(1001), "stories.text_too_long"),
    refused("nothing", "", "stories.text_empty"),
    refused("white space alone", " \n\u200b", "stories.text_empty"),
  ];
  let talker: Person;
  beforeAll(async () => {
    talker = await newPerson();
  });
  it.each(texts)("answer a text of $what by its bounds", async ({ text, status, code }) => {
    const story = await talker.publish("to talk about");
    const reply = await talker.post(`/v1/stories/${story.id}/comments`, { text });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect((await countsOf(talker, story.id)).comments).toBe(status === 201 ? 1 : 0);
  });
});

describe("GET /v1/accounts/me/comments", () => {
  it("lists what one has written, newest first, also where one cannot look any more", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const [theirs, own] = [await other.publish("theirs"), await person.publish("own")];
    const gone = await other.publish("to be gone");
    const first = await person.comment(theirs.id, "one");
    await other.comment(theirs.id, "not mine");
    const second = await person.comment(own.id, "two", undefined);
    const third = await person.comment(theirs.id, "three", first.id);
    await person.comment(gone.id, "below what is deleted");
    const deleted = await person.comment(own.id, "deleted");
    expectStatus(await person.delete(`/v1/comments/${deleted.id}`), 204);
    expectStatus(await other.delete(`/v1/stories/${gone.id}`), 204);
    const list = () => person.walk("/v1/accounts/me/comments");
    expect(await list()).toEqual([third, second, first]);
    expectStatus(await other.put(`/v1/blocks/${person.id}`), 204);
    expectStatus(await person.get(`/v1/stories/${theirs.id}`), 404);
    expect(await list()).toEqual([third, second, first]);
    expectStatus(await world.api.send("GET", "/v1/accounts/me/comments"), 401);
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply, type Story } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

const authorMembers = ["id", "handle", "name", "bio", "avatarUrl", "createdAt"];
const storyMembers = [
  "id",
  "author",
  "text",
  "lang",
  "media",
  "link",
  "visibility",
  "createdAt",
  "editedAt",
  "counts",
];
const linkMembers = ["url", "title", "description", "imageUrl"];
const commentMembers = ["id", "storyId", "parentId", "author", "text", "createdAt"];
const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}";
const hat = "x\u0302";
const kibibyte = 1024;

/** A text at the edge of what may be published. */
interface Bound {
  readonly what: string;
  readonly text: string;
  readonly status: number;
  readonly code?: string;
}

const fits = (what: string, text: string): Bound => ({ what, text, status: 201 });
const refused = (what: string, text: string, code: string): Bound => ({
  what,
  text,
  status: 400,
  code,
});

let count = 0;

function newPerson(): Promise<Person> {
  count += 1;
  return world.api.signUp(`storyteller_${String(count)}`);
}

async function countsOf(person: Person, storyId: string): Promise<Story["counts"]> {
  return expectStatus(await person.get(`/v1/stories/${storyId}`), 200).body.story.counts;
}

describe("POST /v1/stories", () => {
  it("gives the story as it stands, and so it is read, with a viewer's part for viewers", async () => {
    const person = await newPerson();
    const reply = expectStatus(await person.post("/v1/stories", { text: "first" }), 201);
    expect(Object.keys(reply.body)).toEqual(["story"]);
    const { story } = reply.body;
    expect(Object.keys(story)).toEqual([...storyMembers, "viewer"]);
    expect(Object.keys(story.author)).toEqual(authorMembers);
    expect(story).toMatchObject({
      author: { id: person.id, handle: person.handle },
      text: "first",
      media: [],
      link: null,
      visibility: "public",
      editedAt: null,
      counts: { likes: 0, comments: 0, reshares: 0 },
      viewer: { liked: false, reshared: false },
    });
    expect(Math.abs(Date.parse(story.createdAt) - Date.now())).toBeLessThan(60_000);
    const own = expectStatus(await person.get(`/v1/stories/${story.id}`), 200);
    expect(own.body).toEqual(reply.body);
    const open = expectStatus(await world.api.send("GET", `/v1/stories/${story.id}`), 200);
    expect(Object.keys(open.body.story)).toEqual(storyMembers);
    const { body } = await person.get("/v1/accounts/me");
    expect(body.account.counts.stories).toBe(1);
  });

  const texts: readonly Bound[] = [
    fits("one character", "a"),
    refused("nothing", "", "stories.text_empty"),
    refused("white space alone", " \n\t\u3000\u200b", "stories.text_empty"),
    fits("5,000 letters", "a".repeat(5000)),
    refused("5,001 letters", "a".repeat(5001), "stories.text_too_long"),
    fits("5,000 emoji", "\u{1f600}".repeat(5000)),
    refused("5,001 emoji", "\u{1f600}".repeat(5001), "stories.text_too_long"),
    fits("5,000 letters with marks", hat.repeat(5000)),
    refused("5,001 letters with marks", hat.repeat(5001), "stories.text_too_long"),
    fits("5,000 letters of Korean, decomposed", "\u1100\u1161".repeat(5000)),
    fits("32 KiB of families", family.repeat(1310)),
    refused("more than 32 KiB of families", family.repeat(1311), "stories.text_too_long"),
    fits("32 KiB exactly", `xx${"\u0302".repeat((32 * kibibyte - 2) / 2)}`),
    refused("a byte more", `x${"\u0302".repeat(16 * kibibyte)}`, "stories.text_too_long"),
    fits("line breaks and tabs", "a\n\tb\r\nc"),
  ];
  let publisher: Person;
  beforeAll(async () => {
    publisher = await newPerson();
  });
  it.each(texts)("answers a text of $what by its bounds", async ({ text, status, code }) => {
    const reply = await publisher.post("/v1/stories", { text });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    if (status === 201) {
      expect(reply.body.story.text).toBe(text.normalize("NFC"));
      const read = await publisher.get(`/v1/stories/${reply.body.story.id}`);
      expect(read.body.story.text).toBe(text.normalize("NFC"));
    } else {
      expect(reply.body.errors[0]?.path).toBe("/text");
    }
  });

  it("keeps what looks like markup as it was written, as JSON that no page takes for its own", async () => {
    const person = await newPerson();
    const text = `<script>alert("&amp;")</script> \u2028 ]]> -- '; \${x}`;
    const reply = await person.post("/v1/stories", { text });
    expect(expectStatus(reply, 201).body.story.text).toBe(text);
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(reply.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("finds the first link of a text, or takes the one that is given", async () => {
    const person = await newPerson();
    const linkOf = async (body: object): Promise<Story["link"]> =>
      expectStatus(await person.post("/v1/stories", body), 201).body.story.link;
    const found = await linkOf({
      text: "see https://one.example/a?b=c#d, and https://two.example",
    });
    expect(Object.keys(found ?? {})).toEqual(linkMembers);
    expect(found?.url).toBe("https://one.example/a?b=c#d");
    const given = await linkOf({ text: "https://one.example/", link: "https://two.example/x" });
    expect(given?.url).toBe("https://two.example/x");
    // Empty or blank only with media or a link.
    expect((await linkOf({ text: "", link: "https://two.example/x" }))?.url).toBe(
      "https://two.example/x",
    );
    expect(await linkOf({ text: "no link: example, 1.2, a@b" })).toBe(null);
    for (const link of ["", "not a link", "ftp://one.example", "javascript:alert(1)", "/a/b"]) {
      const answer = await person.post("/v1/stories", { text: "a", link });
      expect([link, answer.status, answer.body.errors[0]?.path]).toEqual([link, 400, "/link"]);
    }
  });

  it("takes each visibility and language, guesses the language, and knows no media yet", async () => {
    const person = await newPerson();
    const post = (body: object): Promise<Reply> =>
      person.post("/v1/stories", { text: "오늘은 날씨가 좋다", ...body });
    for (const visibility of ["public", "friends", "self"]) {
      const { story } = expectStatus(await post({ visibility }), 201).body;
      expect(story.visibility).toBe(visibility);
    }
    expect((await post({})).body.story.lang).toBe("ko");
    expect((await post({ lang: "en-us" })).body.story.lang).toBe("en-US");
    expect((await post({ text: "きょうはいい天気です" })).body.story.lang).toBe("ja");
    expect((await post({ lang: "no language" })).status).toBe(400);
    expect((await post({ visibility: "everyone" })).status).toBe(400);
    expect((await post({ mediaIds: [] })).status).toBe(201);
    expect((await post({ mediaIds: ["17"] })).body.code).toBe("stories.unknown_media");
    const eleven = Array.from({ length: 11 }, (_, at) => String(at + 1));
    expect((await post({ mediaIds: eleven })).body.code).toBe("request.invalid");
  });
});

describe("PATCH and DELETE /v1/stories/{id}", () => {
  it("change the text and who sees it, and tell when the text was changed", async () => {
    const person = await newPerson();
    const { id } = await person.publish("before");
    const change = async (body: object): Promise<Story> =>
      expectStatus(await person.patch(`/v1/stories/${id}`, body), 200).body.story;
    const edited = await change({ text: "e\u0301 https://a.example/" });
    expect(edited).toMatchObject({ text: "\u00e9 https://a.example/", visibility: "public" });
    expect(edited.link?.url).toBe("https://a.example/");
    expect(Date.parse(edited.editedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(edited.createdAt));
    const narrowed = await change({ visibility: "self" });
    expect(narrowed).toMatchObject({ text: edited.text, visibility: "self" });
    expect(narrowed.editedAt).toBe(edited.editedAt);
    expect(await change({})).toEqual(narrowed);
    expect((await person.get(`/v1/stories/${id}`)).body.story).toEqual(narrowed);
    for (const [body, code] of [
      [{ text: "" }, "stories.text_empty"],
      [{ text: "a".repeat(5001) }, "stories.text_too_long"],
      [{ visibility: "none" }, "request.invalid"],
    ] as const) {
      const answer = await person.patch(`/v1/stories/${id}`, body);
      expect([answer.status, answer.body.code]).toEqual([400, code]);
    }
    expect((await person.get(`/v1/stories/${id}`)).body.story).toEqual(narrowed);
  });

  it("delete it for everyone, as often as the author says so", async () => {
    const [person, reader] = [await newPerson(), await newPerson()];
    const { id } = await person.publish("about to go");
    expect((await reader.delete(`/v1/stories/${id}`)).body.code).toBe("stories.not_author");
    expectStatus(await reader.put(`/v1/stories/${id}/like`), 204);
    for (let times = 0; times < 3; times += 1) {
      expectStatus(await person.delete(`/v1/stories/${id}`), 204);
      expect((await person.get(`/v1/stories/${id}`)).status).toBe(404);
      expect((await person.patch(`/v1/stories/${id}`, { text: "back" })).status).toBe(404);
      expect((await reader.put(`/v1/stories/${id}/like`)).status).toBe(404);
      expect((await reader.delete(`/v1/stories/${id}`)).status).toBe(404);
    }
    expect((await person.get("/v1/accounts/me")).body.account.counts.stories).toBe(0);
  });
});

describe("likes and reshares", () => {
  it.each([
    ["like", "likes", "liked"],
    ["reshare", "reshares", "reshared"],
  ] as const)("each %s counts once, and its end too", async (what, counted, flag) => {
    const [writer, reader] = [await newPerson(), await newPerson()];
    const { id } = await writer.publish("to react to");
    for (const [method, wanted] of [
      ["DELETE", 0],
      ["PUT", 1],
      ["PUT", 1],
      ["DELETE", 0],
      ["DELETE", 0],
      ["PUT", 1],
    ] as const) {
      expectStatus(await reader.send(method, `/v1/stories/${id}/${what}`), 204);
      const { story } = (await reader.get(`/v1/stories/${id}`)).body;
      expect([story.counts[counted], story.viewer[flag]]).toEqual([wanted, wanted === 1]);
    }
    const seen = (await writer.get(`/v1/stories/${id}`)).body.story;
    expect([seen.counts[counted], seen.viewer[flag]]).toEqual([1, false]);
  });

  it("count exactly when many come and go at once", async () => {
    const writer = await newPerson();
    const readers = await Promise.all(Array.from({ length: 6 }, newPerson));
    const { id } = await writer.publish("to react to");
    await Promise.all(
      readers.flatMap((reader, at) => [
        ...Array.from({ length: 3 }, () => reader.put(`/v1/stories/${id}/like`)),
        ...(at % 2 === 0 ? [reader.put(`/v1/stories/${id}/reshare`)] : []),
        reader.comment(id, "me too"),
      ]),
    );
    expect(await countsOf(writer, id)).toEqual({ likes: 6, comments: 6, reshares: 3 });
    await Promise.all(
      readers
        .slice(0, 4)
        .flatMap((reader) => [
          reader.delete(`/v1/stories/${id}/like`),
          reader.delete(`/v1/stories/${id}/like`),
        ]),
    );
    expect(await countsOf(writer, id)).toEqual({ likes: 2, comments: 6, reshares: 3 });
    const likers = await writer.walk(`/v1/stories/${id}/likes`);
    expect(likers.map((liker) => liker.id).sort()).toEqual(
      readers
        .slice(4)
        .map((reader) => reader.id)
        .sort(),
    );
    expect(Object.keys(likers[0] ?? {})).toEqual(authorMembers);
  });

  it("are of public stories alone where they are reshares, and say so", async () => {
    const [writer, friend] = [await newPerson(), await newPerson()];
    await writer.befriend(friend);
    const { id } = await writer.publish("for friends", { visibility: "friends" });
    const answer = await friend.put(`/v1/stories/${id}/reshare`);
    expect(expectStatus(answer, 403).body.code).toBe("stories.not_resharable");
  });
});

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
    fits("1,000 letters with marks", hat.repeat(1000)),
    refused("1,001 letters with marks", hat.repeat(1001), "stories.text_too_long"),
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

describe("POST /v1/stories/{id}/restore", () => {
  it("brings back, as it was and where it was, what was deleted just now", async () => {
    const [writer, friend] = [await newPerson(), await newPerson()];
    const stranger = await newPerson();
    await writer.befriend(friend);
    const { id } = await writer.publish("a slip https://one.example/");
    await writer.publish("newer");
    expectStatus(await friend.put(`/v1/stories/${id}/like`), 204);
    expectStatus(await stranger.put(`/v1/stories/${id}/reshare`), 204);
    await stranger.comment(id, "and what is said of it");
    const target = `/v1/stories/${id}`;
    const everything = async (): Promise<unknown[]> => [
      (await writer.get(target)).body,
      (await friend.get(target)).body,
      await friend.walk("/v1/feed"),
      await stranger.walk("/v1/feed"),
      await stranger.walk(`${target}/comments`),
      await writer.walk(`${target}/likes`),
      await stranger.walk(`/v1/accounts/${writer.id}/stories`),
      (await writer.get("/v1/accounts/me")).body,
    ];
    const before = await everything();
    expectStatus(await writer.delete(target), 204);
    for (const person of [writer, friend, stranger]) {
      expectStatus(await person.get(target), 404);
      expect((await person.walk("/v1/feed")).map(({ story }) => story.id)).not.toContain(id);
    }
    const answer = await writer.post(`${target}/restore`);
    expect(expectStatus(answer, 200).body).toEqual(before[0]);
    expect(answer.headers["maru-position"]).toBeTruthy();
    expect(await everything()).toEqual(before);
  });

  it("is the same again for a story that is there, and by a key", async () => {
    const writer = await newPerson();
    const story = await writer.publish("still here");
    const restore = (headers = {}) =>
      writer.post(`/v1/stories/${story.id}/restore`, undefined, headers);
    expect(expectStatus(await restore(), 200).body).toEqual({ story });
    expectStatus(await writer.delete(`/v1/stories/${story.id}`), 204);
    const headers = { "idempotency-key": `undo-${story.id}` };
    const first = expectStatus(await restore(headers), 200);
    const again = expectStatus(await restore(headers), 200);
    expect([again.text, again.headers["idempotency-replayed"]]).toEqual([first.text, "true"]);
    expectStatus(await restore(), 200);
  });

  it("of what others have written, or nobody, finds nothing", async () => {
    const [writer, other] = [await newPerson(), await newPerson()];
    const { id } = await writer.publish("mine");
    for (const target of [`/v1/stories/${id}/restore`, "/v1/stories/17/restore"]) {
      const answer = expectStatus(await other.post(target), 404);
      expect(answer.body.code).toBe("request.not_found");
    }
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

describe("GET /v1/accounts/{id}/stories", () => {
  it("lists a person's stories, newest first, by id and by handle, without a viewer too", async () => {
    const person = await newPerson();
    const ids: string[] = [];
    for (const text of ["one", "two", "three"]) {
      ids.unshift((await person.publish(text)).id);
    }
    for (const key of [person.id, `@${person.handle}`]) {
      const reply = await world.api.send("GET", `/v1/accounts/${key}/stories`);
      expect(Object.keys(reply.body)).toEqual(["items", "nextCursor"]);
      expect(reply.body.items.map(({ id }) => id)).toEqual(ids);
      expect(reply.body.nextCursor).toBe(null);
      expect(Object.keys(reply.body.items[0] ?? {})).toEqual(storyMembers);
    }
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply, type Story } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";
import {
  authorMembers,
  fits,
  markedLetter,
  refused,
  storyMembers,
  storytellers,
  type Bound,
} from "./storytelling.ts";

const world = startedApi();
const newPerson = storytellers(world);

const linkMembers = ["url", "title", "description", "imageUrl"];
const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}";
const kibibyte = 1024;

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
    fits("5,000 letters with marks", markedLetter.repeat(5000)),
    refused("5,001 letters with marks", markedLetter.repeat(5001), "stories.text_too_long"),
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

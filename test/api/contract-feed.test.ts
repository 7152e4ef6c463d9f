import { describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

let pairs = 0;

async function twoFriends(): Promise<readonly [reader: Person, writer: Person]> {
  pairs += 1;
  const [reader, writer] = await world.api.people(
    `reader_${String(pairs)}`,
    `writer_${String(pairs)}`,
  );
  await reader.befriend(writer);
  return [reader, writer];
}

describe("GET /v1/feed", () => {
  it("gives stories as they are read alone, with their place and the reason", async () => {
    const [reader, writer] = await twoFriends();
    const story = await writer.publish("hello https://one.example/");
    const reply = expectStatus(await reader.get("/v1/feed"), 200);
    expect(Object.keys(reply.body)).toEqual(["items", "nextCursor"]);
    const item = reply.body.items[0]!;
    expect(Object.keys(item)).toEqual(["id", "at", "story", "reason"]);
    expect(item).toMatchObject({
      id: story.id,
      at: story.createdAt,
      reason: { type: "author", by: [], byCount: 0 },
    });
    expect(Object.keys(item.reason)).toEqual(["type", "by", "byCount"]);
    expect(item.story).toEqual((await reader.get(`/v1/stories/${story.id}`)).body.story);
    expect((await writer.get("/v1/feed")).body.items[0]?.story.id).toBe(story.id);
    expect((await world.api.send("GET", "/v1/feed")).status).toBe(401);
  });

  it("shows a reshare at its time, for who does not see the author, once, and does not move it", async () => {
    const people = await world.api.people(
      "far_author",
      "rs_1",
      "rs_2",
      "rs_3",
      "rs_4",
      "rs_reader",
    );
    const [author, ...rest] = people;
    const reader = rest.pop()!;
    for (const resharer of rest) {
      await reader.befriend(resharer);
    }
    const story = await author.publish("from afar");
    const near = await rest[0].publish("from near");
    for (const [at, resharer] of rest.entries()) {
      expectStatus(await resharer.put(`/v1/stories/${story.id}/reshare`), 204);
      const { items } = (await reader.get("/v1/feed")).body;
      expect(items.map((item) => item.story.id)).toEqual([story.id, near.id]);
      const { reason } = items[0]!;
      expect([reason.type, reason.byCount]).toEqual(["reshare", at + 1]);
      expect(reason.by.map(({ handle }) => handle)).toEqual(
        rest.slice(0, Math.min(at + 1, 3)).map(({ handle }) => handle),
      );
    }
    const [placed] = (await reader.get("/v1/feed")).body.items;
    expect(placed?.id).not.toBe(story.id);
    expect(Date.parse(placed?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(near.createdAt));
    // Who sees the author sees the story where it was published, and no reshare of it.
    expectStatus(await reader.put(`/v1/follows/${author.id}`), 204);
    const { items } = (await reader.get("/v1/feed")).body;
    expect(items.map(({ id }) => id)).toEqual([near.id, story.id]);
    expect(items[1]?.reason).toEqual({ type: "author", by: [], byCount: 0 });
    expectStatus(await reader.delete(`/v1/follows/${author.id}`), 204);
    for (const resharer of rest) {
      expectStatus(await resharer.delete(`/v1/stories/${story.id}/reshare`), 204);
    }
    expect((await reader.walk("/v1/feed")).map(({ id }) => id)).toEqual([near.id]);
  });

  it("leaves out the reshare of someone whom one of the two blocks, and of a muted author", async () => {
    const [author, resharer, reader] = await world.api.people("ro_a", "ro_r", "ro_reader");
    await reader.befriend(resharer);
    const story = await author.publish("from afar");
    expectStatus(await resharer.put(`/v1/stories/${story.id}/reshare`), 204);
    const count = async (): Promise<number> => (await reader.walk("/v1/feed")).length;
    for (const [actor, noun, other] of [
      [reader, "mutes", author],
      [reader, "mutes", resharer],
      [reader, "blocks", author],
      [author, "blocks", reader],
    ] as const) {
      expect(await count()).toBe(1);
      expectStatus(await actor.put(`/v1/${noun}/${other.id}`), 204);
      expect([noun, other.handle, await count()]).toEqual([noun, other.handle, 0]);
      expectStatus(await actor.delete(`/v1/${noun}/${other.id}`), 204);
    }
    expectStatus(await author.patch(`/v1/stories/${story.id}`, { visibility: "friends" }), 200);
    expect(await count()).toBe(0);
    expectStatus(await author.patch(`/v1/stories/${story.id}`, { visibility: "public" }), 200);
    expect(await count()).toBe(1);
    expectStatus(await author.delete(`/v1/stories/${story.id}`), 204);
    expect(await count()).toBe(0);
  });
});

describe("the feed's ETag", () => {
  async function etagOf(person: Person): Promise<string> {
    const reply = expectStatus(await person.get("/v1/feed"), 200);
    expect(reply.headers["cache-control"]).toBe("private, no-cache");
    return reply.headers["etag"] ?? "";
  }
  const poll = (person: Person, etag: string): Promise<Reply> =>
    person.get("/v1/feed", { "if-none-match": etag });

  it("is weak, and an unchanged feed is 304 without a body", async () => {
    const [reader, writer] = await twoFriends();
    await writer.publish("hello");
    const etag = await etagOf(reader);
    expect(etag).toMatch(/^W\/"[\x21\x23-\x7e]+"$/);
    expect(await etagOf(reader)).toBe(etag);
    for (const asked of [etag, `"x", ${etag}`, `${etag}, W/"y"`, etag.slice(2), "*"]) {
      const reply = await poll(reader, asked);
      expect([asked, reply.status, reply.text]).toEqual([asked, 304, ""]);
      expect(reply.headers["etag"]).toBe(etag);
      expect(reply.headers["cache-control"]).toBe("private, no-cache");
    }
    for (const asked of ['W/"other"', "", "nonsense"]) {
      expectStatus(await poll(reader, asked), 200);
    }
    expect(await etagOf(writer)).not.toBe("");
  });

  it("changes with what the viewer sees, and not with counts, which come live", async () => {
    const [reader, writer] = await twoFriends();
    const third = await world.api.signUp("etag_third");
    const story = await writer.publish("hello");
    const resharedStory = await third.publish("elsewhere");
    const target = `/v1/stories/${story.id}`;
    const steps: readonly (readonly [what: string, act: () => Promise<Reply>, changes: boolean])[] =
      [
        ["a like by someone else", () => third.put(`${target}/like`), false],
        ["a comment by someone else", () => third.post(`${target}/comments`, { text: "a" }), false],
        ["a like by the viewer", () => reader.put(`${target}/like`), true],
        ["the same like again", () => reader.put(`${target}/like`), false],
        ["the end of the like", () => reader.delete(`${target}/like`), true],
        ["a reshare by the viewer", () => reader.put(`${target}/reshare`), true],
        ["a new story", () => writer.post("/v1/stories", { text: "new" }), true],
        ["a story of the viewer's", () => reader.post("/v1/stories", { text: "mine" }), true],
        ["a story of a stranger's", () => third.post("/v1/stories", { text: "far" }), false],
        ["an edit", () => writer.patch(target, { text: "edited" }), true],
        ["an edit to the same", () => writer.patch(target, { text: "edited" }), false],
        ["a reshare", () => writer.put(`/v1/stories/${resharedStory.id}/reshare`), true],
        ["a new name", () => writer.patch("/v1/accounts/me", { name: "New" }), true],
        ["a mute", () => reader.put(`/v1/mutes/${writer.id}`), true],
        ["the end of the mute", () => reader.delete(`/v1/mutes/${writer.id}`), true],
        ["a deletion", () => writer.delete(target), true],
        ["the end of the friendship", () => writer.delete(`/v1/friends/${reader.id}`), true],
      ];
    let etag = await etagOf(reader);
    for (const [what, act, changes] of steps) {
      expect((await act()).status).toBeLessThan(300);
      const reply = await poll(reader, etag);
      expect([what, reply.status]).toEqual([what, changes ? 200 : 304]);
      etag = reply.headers["etag"] ?? "";
    }
  });

  it("is another for another page", async () => {
    const [reader, writer] = await twoFriends();
    await writer.publish("one");
    await writer.publish("two");
    const first = await reader.get("/v1/feed?limit=1");
    const second = await reader.get(`/v1/feed?limit=1&cursor=${String(first.body.nextCursor)}`);
    expect(first.headers["etag"]).not.toBe(second.headers["etag"]);
    const target = `/v1/feed?limit=1&cursor=${String(first.body.nextCursor)}`;
    const again = await reader.get(target, { "if-none-match": second.headers["etag"] ?? "" });
    expect(again.status).toBe(304);
  });
});

describe("Maru-Position", () => {
  it("comes with every write, and a read that sends it back sees the write", async () => {
    const [reader, writer] = await twoFriends();
    for (let round = 0; round < 5; round += 1) {
      const reply = await writer.post("/v1/stories", { text: `round ${String(round)}` });
      const position = expectStatus(reply, 201).headers["maru-position"] ?? "";
      expect(position).toMatch(/^[\x21-\x7e]+$/);
      const headers = { "maru-position": position };
      const { id } = reply.body.story;
      const seen = await reader.get("/v1/feed", headers);
      expect(seen.body.items[0]?.id).toBe(id);
      expect(expectStatus(await reader.get(`/v1/stories/${id}`, headers), 200).body.story.id).toBe(
        id,
      );
      const liked = await reader.put(`/v1/stories/${id}/like`);
      const again = { "maru-position": liked.headers["maru-position"] ?? "" };
      const counted = await writer.get(`/v1/stories/${id}`, again);
      expect(counted.body.story.counts.likes).toBe(1);
    }
  });

  it("that is none, or of another time, delays a read for a moment and spoils nothing", async () => {
    const [reader, writer] = await twoFriends();
    const { id } = await writer.publish("hello");
    for (const position of [
      "x",
      "MC5tYWluLjEuOTk5OTk5OTk5OTk5",
      "MC5tYWluLjk5LjE",
      "%00",
      "a".repeat(4000),
    ]) {
      const startedMs = performance.now();
      const reply = await reader.get("/v1/feed", { "maru-position": position });
      // Nobody has made up such a position by mistake: it is told, or it changes nothing.
      expect([200, 400]).toContain(reply.status);
      if (reply.status === 200) {
        expect(reply.body.items[0]?.id).toBe(id);
      }
      expect(performance.now() - startedMs).toBeLessThan(3_000);
    }
  });
});

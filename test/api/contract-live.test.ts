import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Reply } from "../support/api-client.ts";
import { listen, type LiveStream } from "../support/api-live.ts";
import { lastWord, listeningFriends, storiesIn } from "./listening.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();
const listeningFriend = listeningFriends(world);

/** Opened first and looked at last: it is quiet meanwhile, but for a comment now and then. */
let quiet: LiveStream;
/** How long nothing was heard before each of its first comments. */
let silencesMs: Promise<readonly number[]>;
const silenceMsMax = 15_000;
const commentsTimed = 2;

beforeAll(async () => {
  quiet = await listen(world.node.url, await world.api.signUp("quiet"));
  silencesMs = silencesOf(quiet);
});

async function silencesOf(stream: LiveStream): Promise<readonly number[]> {
  const silences: number[] = [];
  for (let heardMs = performance.now(); silences.length < commentsTimed;) {
    await stream.until("a comment", ({ comments }) => comments.length > silences.length);
    const nowMs = performance.now();
    silences.push(nowMs - heardMs);
    heardMs = nowMs;
  }
  return silences;
}

afterAll(() => {
  quiet.close();
});

describe("GET /v1/feed/live", () => {
  it("is a stream of events that no cache and no proxy holds back", async () => {
    const { stream } = await listeningFriend();
    expect(stream.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(stream.headers["cache-control"]).toContain("no-cache");
    expect(stream.headers["x-request-id"]).toBeTruthy();
    stream.close();
  });

  it("tells of each story with an id, as the feed shows it, once the feed has it", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const published = await writer.publish("hello https://one.example/");
    const own = await reader.publish("my own");
    await stream.until("two stories", () => stream.of("story").length === 2);
    const told = stream.of("story");
    expect(storiesIn(told)).toEqual([published.id, own.id]);
    expect(told.map(({ data }) => Object.keys(data))).toEqual([["item"], ["item"]]);
    const { items } = (await reader.get("/v1/feed")).body;
    expect(told.map(({ data }) => data.item)).toEqual([...items].reverse());
    expect(stream.events.every(({ id }) => id !== "")).toBe(true);
    stream.close();
  });

  it("tells of an edit, of counts and of a deletion", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const story = await writer.publish("first");
    const target = `/v1/stories/${story.id}`;
    expectStatus(await writer.patch(target, { text: "second" }), 200);
    await stream.until("the edit", () => stream.of("story.updated").length === 1);
    const [updated] = stream.of("story.updated");
    expect(Object.keys(updated?.data ?? {})).toEqual(["story"]);
    expect(updated?.data.story).toEqual((await reader.get(target)).body.story);

    const stranger = await world.api.signUp("counting_stranger");
    expectStatus(await stranger.put(`${target}/like`), 204);
    await writer.comment(story.id, "and I said");
    expectStatus(await stranger.put(`${target}/reshare`), 204);
    const wanted = { likes: 1, comments: 1, reshares: 1 };
    await stream.until("the counts", () =>
      stream
        .of("counts")
        .some(({ data }) => JSON.stringify(data.counts) === JSON.stringify(wanted)),
    );
    const [counted] = stream.of("counts");
    expect(Object.keys(counted?.data ?? {})).toEqual(["id", "counts"]);
    expect(counted?.data.id).toBe(story.id);
    expect(counted?.id).not.toBe("");

    expectStatus(await writer.delete(target), 204);
    await stream.until("the deletion", () => stream.of("story.deleted").length === 1);
    expect(stream.of("story.deleted").map(({ data }) => data)).toEqual([{ id: story.id }]);
    stream.close();
  });

  it("tells of a story that is restored as of one that is new, to be placed by its time", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const author = await world.api.signUp("live_regretful");
    const near = await writer.publish("near");
    const far = await author.publish("far");
    expectStatus(await writer.put(`/v1/stories/${far.id}/reshare`), 204);
    await stream.until("both stories", () => stream.of("story").length === 2);
    const before = (await reader.get("/v1/feed")).body.items;
    for (const [person, { id }] of [
      [writer, near],
      [author, far],
    ] as const) {
      const told = stream.of("story").length;
      expectStatus(await person.delete(`/v1/stories/${id}`), 204);
      await stream.until("its end", () => stream.of("story.deleted").at(-1)?.data.id === id);
      expectStatus(await person.post(`/v1/stories/${id}/restore`), 200);
      await stream.until("the story", () => stream.of("story").length > told);
      const item = before.find(({ story }) => story.id === id);
      expect(stream.of("story").at(-1)?.data).toEqual({ item });
    }
    expect((await reader.get("/v1/feed")).body.items).toEqual(before);
    stream.close();
  });

  it("tells of a story that comes into sight, and of one that leaves it", async () => {
    const { writer, stream } = await listeningFriend();
    const { id } = await writer.publish("not yet", { visibility: "self" });
    const see = async (visibility: string): Promise<void> => {
      expectStatus(await writer.patch(`/v1/stories/${id}`, { visibility }), 200);
    };
    await see("friends");
    await stream.until("the story", () => stream.of("story").length === 1);
    await see("public");
    await stream.until("its change", () => stream.of("story.updated").length === 1);
    await see("self");
    await stream.until("its end", () => stream.of("story.deleted").length === 1);
    expectStatus(await writer.patch(`/v1/stories/${id}`, { text: "in secret" }), 200);
    await lastWord(stream, writer);
    expect(storiesIn(stream.events).slice(0, -1)).toEqual([id]);
    expect(stream.of("story.deleted").map(({ data }) => data.id)).toEqual([id]);
    stream.close();
  });

  it("tells of a reshare, of its end, and of no second one", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const [author, second] = await world.api.people("live_far", "live_second");
    const { id } = await author.publish("from afar");
    await lastWord(stream, writer);
    const before = { resets: stream.of("reset").length, stories: stream.of("story").length };
    await reader.befriend(second);
    // A start over may come late, and then stands for what has come until then.
    await stream.until("the new friend", () => stream.of("reset").length > before.resets);
    const reshare = `/v1/stories/${id}/reshare`;
    expectStatus(await writer.put(reshare), 204);
    await stream.until("the reshare", () => stream.of("story").length === before.stories + 1);
    const told = stream.of("story").at(-1);
    expect(told?.data.item).toEqual((await reader.get("/v1/feed")).body.items[0]);
    expect(told?.data.item.reason).toMatchObject({ type: "reshare", byCount: 1 });
    expectStatus(await second.put(reshare), 204);
    expectStatus(await second.delete(reshare), 204);
    expectStatus(await writer.delete(reshare), 204);
    await stream.until("its end", () => stream.of("story.deleted").length === 1);
    expect(stream.of("story.deleted")[0]?.data).toEqual({ id });
    expect(stream.of("story").length).toBe(before.stories + 1);
    stream.close();
  });

  it("says to start again when whom one sees has changed, and goes on by what holds then", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const third = await world.api.signUp("third");
    expectStatus(await reader.put(`/v1/friends/${third.id}`), 200);
    const changes: readonly (readonly [what: string, act: () => Promise<Reply>, sees: boolean])[] =
      [
        ["befriend", () => third.put(`/v1/friends/${reader.id}`), true],
        ["mute", () => reader.put(`/v1/mutes/${third.id}`), false],
        ["unmute", () => reader.delete(`/v1/mutes/${third.id}`), true],
        ["unfriend", () => third.delete(`/v1/friends/${reader.id}`), false],
        ["follow", () => reader.put(`/v1/follows/${third.id}`), true],
        ["block", () => third.put(`/v1/blocks/${reader.id}`), false],
        ["unblock", () => third.delete(`/v1/blocks/${reader.id}`), false],
        ["follow again", () => reader.put(`/v1/follows/${third.id}`), true],
        ["unfollow", () => reader.delete(`/v1/follows/${third.id}`), false],
      ];
    for (const [what, act, sees] of changes) {
      const before = stream.of("reset").length;
      expect((await act()).status).toBeLessThan(300);
      await stream.until(`the reset after ${what}`, () => stream.of("reset").length > before);
      const { id } = await third.publish(`after ${what}`);
      await lastWord(stream, writer);
      expect([what, storiesIn(stream.events).includes(id)]).toEqual([what, sees]);
    }
    stream.close();
  });

  it("says nothing of what others do among themselves, nor of a mute or a block", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const [one, other] = await world.api.people("among_one", "among_other");
    expectStatus(await one.put(`/v1/mutes/${reader.id}`), 204);
    expectStatus(await one.delete(`/v1/mutes/${reader.id}`), 204);
    await one.befriend(other);
    await one.publish("not for this reader");
    await lastWord(stream, writer);
    expect(stream.events.map(({ type }) => type)).toEqual(["ready", "story"]);
    stream.close();
  });
});

describe("many streams", () => {
  it("all hear the same, and of too many of one person the oldest ends", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const streams = [stream];
    for (let at = 1; at < 20; at += 1) {
      streams.push(await listen(world.node.url, reader));
    }
    const { id } = await writer.publish("to all of them");
    for (const one of streams) {
      await one.until("the story", () => storiesIn(one.events).includes(id));
    }
    const newest = await listen(world.node.url, reader);
    await stream.ended();
    await lastWord(newest, writer);
    for (const one of [...streams, newest]) {
      one.close();
    }
  });
});

describe("a quiet stream", () => {
  it("has a comment at least every 15 seconds, and no event", async () => {
    for (const silenceMs of await silencesMs) {
      expect(silenceMs).toBeLessThan(silenceMsMax);
    }
    expect(quiet.events.map(({ type }) => type)).toEqual(["ready"]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { listen, type LiveEvent, type LiveStream } from "../support/api-live.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

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

let pairs = 0;

interface Listening {
  readonly reader: Person;
  readonly writer: Person;
  readonly stream: LiveStream;
}

async function listeningFriend(): Promise<Listening> {
  pairs += 1;
  const [reader, writer] = await world.api.people(
    `listener_${String(pairs)}`,
    `speaker_${String(pairs)}`,
  );
  await reader.befriend(writer);
  await world.settled();
  return { reader, writer, stream: await listen(world.node.url, reader) };
}

/** Something to wait for, after which everything before it has been told. */
async function lastWord(stream: LiveStream, writer: Person): Promise<void> {
  const { id } = await writer.publish("the last word");
  await stream.until("the last word", ({ events }) =>
    events.some(({ type, data }) => type === "story" && data.item.id === id),
  );
}

function storiesIn(events: readonly LiveEvent[]): string[] {
  return events.flatMap(({ type, data }) => (type === "story" ? [data.item.id] : []));
}

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
    const third = await world.api.signUp(`third_${String(pairs)}`);
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

describe("the viewer's own devices", () => {
  it("hear of likes and reshares, wherever the story stands, with the new counts", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const stranger = await world.api.signUp("live_elsewhere");
    for (const author of [writer, stranger]) {
      const { id } = await author.publish("to be liked");
      for (const [method, what, viewer] of [
        ["put", "like", { liked: true, reshared: false }],
        ["put", "reshare", { liked: true, reshared: true }],
        ["delete", "like", { liked: false, reshared: true }],
        ["delete", "reshare", { liked: false, reshared: false }],
      ] as const) {
        const before = stream.of("viewer").length;
        const counted = stream.of("counts").length;
        expectStatus(await reader[method](`/v1/stories/${id}/${what}`), 204);
        await stream.until(
          `the reader's ${method} of a ${what}`,
          () => stream.of("viewer").length > before && stream.of("counts").length > counted,
        );
        expect(stream.of("viewer").at(-1)?.data).toEqual({ id, viewer });
        const { story } = (await reader.get(`/v1/stories/${id}`)).body;
        expect(stream.of("counts").at(-1)?.data).toEqual({ id, counts: story.counts });
      }
    }
    stream.close();
  });

  it("hear the counts of their own comments, and nobody hears of another's likes", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const [stranger, liker] = await world.api.people("live_farther", "live_liker");
    const { id } = await stranger.publish("far away");
    expectStatus(await liker.put(`/v1/stories/${id}/like`), 204);
    await reader.comment(id, "hello there");
    await stream.until("the counts", () => stream.of("counts").length > 0);
    expect(stream.of("counts")[0]?.data.counts).toEqual({ likes: 1, comments: 1, reshares: 0 });
    await lastWord(stream, writer);
    expect(stream.of("viewer")).toEqual([]);
    stream.close();
  });

  it("hear of changes of the profile and the settings", async () => {
    const { reader, stream } = await listeningFriend();
    const changes = { name: "A new name", bio: "And words", locale: "ja", privacy: "nobody" };
    expectStatus(await reader.patch("/v1/accounts/me", changes), 200);
    await stream.until("the account", () => stream.of("account").length === 1);
    const { account } = (await reader.get("/v1/accounts/me")).body;
    expect(stream.of("account")[0]?.data).toEqual({ account });
    expect(account).toMatchObject(changes);
    stream.close();
  });

  it("hear of all of it when they come back", async () => {
    const { reader, writer, stream } = await listeningFriend();
    await lastWord(stream, writer);
    const [stranger, asking] = await world.api.people("live_back", "live_asking");
    const { id: storyId } = await stranger.publish("meanwhile");
    const { id } = stream.events.at(-1)!;
    stream.close();
    expectStatus(await reader.put(`/v1/stories/${storyId}/like`), 204);
    expectStatus(await asking.put(`/v1/friends/${reader.id}`), 200);
    expectStatus(await reader.patch("/v1/accounts/me", { name: "Back again" }), 200);
    await world.settled();
    const back = await listen(world.node.url, reader, { headers: { "last-event-id": id } });
    await back.until("the account", () => back.of("account").length === 1);
    // The count of the like is told when its turn comes, which may be by then.
    const told = back.events.map(({ type }) => type).filter((type) => type !== "counts");
    expect(told).toEqual(["ready", "viewer", "relationship", "account"]);
    back.close();
  });
});

describe("how two people stand to each other", () => {
  /** What each of two people hears of what one of them does. */
  async function twoListening(name: string) {
    const [one, other] = await world.api.people(`${name}_one`, `${name}_two`);
    const streams = [await listen(world.node.url, one), await listen(world.node.url, other)];
    const [ofOne, ofOther] = streams as [LiveStream, LiveStream];
    return {
      one,
      other,
      ofOne,
      ofOther,
      async told(who: "one" | "other", after: string): Promise<void> {
        const [stream, by, about] = who === "one" ? [ofOne, one, other] : [ofOther, other, one];
        const { relationship } = (await by.get(`/v1/accounts/${about.id}`)).body;
        await stream.until(`what the profile says after: ${after}`, () => {
          const { data } = stream.of("relationship").at(-1) ?? {};
          return (
            data?.account === about.id &&
            JSON.stringify(data.relationship) === JSON.stringify(relationship)
          );
        });
      },
      close() {
        ofOne.close();
        ofOther.close();
      },
    };
  }

  it("is told to both after every change that both may know of", async () => {
    const { one, other, ofOne, ofOther, told, close } = await twoListening("standing");
    const changes: readonly (readonly [string, () => Promise<Reply>])[] = [
      ["ask", () => one.put(`/v1/friends/${other.id}`)],
      ["withdraw", () => one.delete(`/v1/friends/${other.id}`)],
      ["ask again", () => one.put(`/v1/friends/${other.id}`)],
      ["decline", () => other.delete(`/v1/friends/${one.id}`)],
      ["ask once more", () => one.put(`/v1/friends/${other.id}`)],
      ["accept", () => other.put(`/v1/friends/${one.id}`)],
      ["follow", () => other.put(`/v1/follows/${one.id}`)],
      ["unfollow", () => other.delete(`/v1/follows/${one.id}`)],
      ["unfriend", () => one.delete(`/v1/friends/${other.id}`)],
    ];
    for (const [index, [what, act]] of changes.entries()) {
      expect((await act()).status, what).toBeLessThan(300);
      await told("one", what);
      await told("other", what);
      expect(ofOne.of("relationship"), what).toHaveLength(index + 1);
      expect(ofOther.of("relationship"), what).toHaveLength(index + 1);
    }
    close();
  });

  it("is told to the own devices alone after a mute", async () => {
    const { one, other, ofOther, told, close } = await twoListening("muting");
    await one.befriend(other);
    await ofOther.until("request and answer", ({ of }) => of("relationship").length === 2);
    const before = ofOther.of("relationship").length;
    expectStatus(await one.put(`/v1/mutes/${other.id}`), 204);
    await told("one", "mute");
    expectStatus(await one.delete(`/v1/mutes/${other.id}`), 204);
    await told("one", "unmute");
    await lastWord(ofOther, one);
    expect(ofOther.of("relationship")).toHaveLength(before);
    close();
  });

  it("shows a block as the end of what there was, and of nothing where nothing was", async () => {
    const nothing = {
      friend: "none",
      following: false,
      followedBy: false,
      muted: false,
      blocked: false,
    };
    const friends = await twoListening("parting");
    await friends.one.befriend(friends.other);
    await friends.ofOther.until("friendship", ({ of }) => of("relationship").length === 2);
    await friends.ofOther.until("the reset after it", ({ of }) => of("reset").length === 1);
    const resets = friends.ofOther.of("reset").length;
    expectStatus(await friends.one.put(`/v1/blocks/${friends.other.id}`), 204);
    await friends.ofOther.until("the reset", ({ of }) => of("reset").length > resets);
    expect(friends.ofOther.of("relationship").at(-1)?.data).toEqual({
      account: friends.one.id,
      relationship: nothing,
    });
    await friends.ofOne.until("the block", ({ of }) => {
      return of("relationship").at(-1)?.data.relationship["blocked"] === true;
    });
    const told = friends.ofOther.of("relationship").length;
    const later = friends.ofOther.of("reset").length;
    expectStatus(await friends.one.delete(`/v1/blocks/${friends.other.id}`), 204);
    await friends.ofOther.until("the next reset", ({ of }) => of("reset").length > later);
    expect(friends.ofOther.of("relationship")).toHaveLength(told);
    friends.close();

    const strangers = await twoListening("passing");
    expectStatus(await strangers.one.put(`/v1/blocks/${strangers.other.id}`), 204);
    await strangers.ofOther.until("the reset", ({ of }) => of("reset").length > 0);
    expect(strangers.ofOther.of("relationship")).toEqual([]);
    strangers.close();
  });
});

describe("a stream that was cut", () => {
  it.each([
    ["Last-Event-ID", (id: string) => ({ headers: { "last-event-id": id } })],
    ["?after=", (id: string) => ({ query: `?after=${encodeURIComponent(id)}` })],
  ] as const)(
    "goes on after the last event by %s without a miss or a repeat",
    async (_by, options) => {
      const { reader, writer, stream } = await listeningFriend();
      const published: string[] = [];
      const heard: string[] = [];
      let current = stream;
      for (let round = 0; round < 6; round += 1) {
        published.push((await writer.publish(`heard ${String(round)}`)).id);
        await current.until("the story", () => current.of("story").length > 0);
        heard.push(...storiesIn(current.events));
        const { id } = current.events.at(-1)!;
        current.close();
        for (let missed = 0; missed < 3; missed += 1) {
          published.push((await writer.publish(`missed ${String(round)}`)).id);
        }
        current = await listen(world.node.url, reader, options(id));
        await current.until("what was missed", () => current.of("story").length >= 3);
        heard.push(...storiesIn(current.events));
        const last = current.events.at(-1)!;
        current.close();
        current = await listen(world.node.url, reader, options(last.id));
      }
      current.close();
      expect(heard).toEqual(published);
    },
  );

  it("begins where a page of the feed was read, by what the page says", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const shown = await writer.publish("on the page");
    // Whatever has no position yet is told again, the friendship too.
    await stream.until("the story", () => storiesIn(stream.events).includes(shown.id));
    stream.close();
    const page = await reader.get("/v1/feed");
    const after = page.headers["maru-live-after"] ?? "";
    const between = await writer.publish("in between");
    const resumed = await listen(world.node.url, reader, { query: `?after=${after}` });
    await resumed.until("the story", () => storiesIn(resumed.events).includes(between.id));
    resumed.close();
  });

  it("tells the changes that it missed, and nothing of what came and went again", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const kept = await writer.publish("kept");
    await stream.until("the story", () => stream.of("story").length === 1);
    const { id } = stream.events.at(-1)!;
    stream.close();
    const gone = await writer.publish("came and went");
    expectStatus(await writer.delete(`/v1/stories/${gone.id}`), 204);
    expectStatus(await writer.patch(`/v1/stories/${kept.id}`, { text: "changed" }), 200);
    const resumed = await listen(world.node.url, reader, { headers: { "last-event-id": id } });
    await resumed.until("the change", () => resumed.of("story.updated").length === 1);
    expect(storiesIn(resumed.events)).toEqual([]);
    resumed.close();
  });

  it("starts again where its id is not one that the server gave", async () => {
    const { reader, stream } = await listeningFriend();
    stream.close();
    for (const id of [
      "x",
      "1",
      "1.x",
      "-1.5",
      "999.1",
      "1.2.3",
      "1.99999999999999999999",
      "1.-1",
      // Of a log that went on further than this one did, such as before a restore.
      "1.999999999",
      "1e3.4",
    ]) {
      const resumed = await listen(world.node.url, reader, { headers: { "last-event-id": id } });
      expect([id, resumed.events[0]?.type]).toEqual([id, "reset"]);
      expect(resumed.events[0]?.id).not.toBe("");
      resumed.close();
    }
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

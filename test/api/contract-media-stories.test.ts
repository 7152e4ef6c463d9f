import { describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply, type Story } from "../support/api-client.ts";
import { newLargePhoto, newPhoto, newVideo } from "../support/media-files.ts";
import { noFfmpeg } from "../support/media-corpus/ffmpeg.ts";
import { listeningFriends } from "./listening.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { made, mediaOf, readFile, readyPhoto, uploaded } from "./uploading.ts";

const world = startedApi();
const newPerson = storytellers(world);
const newFriends = listeningFriends(world);

const storyOf = async (reader: Person, id: string): Promise<Story> =>
  expectStatus(await reader.get(`/v1/stories/${id}`), 200).body.story;

/** Once it shows its media as they are for everybody. */
async function shownPublicly(reader: Person, id: string): Promise<Story> {
  let story = await storyOf(reader, id);
  await expect
    .poll(async () => {
      story = await storyOf(reader, id);
      return story.media.every(({ url }) => url !== null && !url.includes("?"));
    })
    .toBe(true);
  return story;
}

describe("a story with media", () => {
  it("shows what its author has uploaded, in the order that was asked for", async () => {
    const person = await newPerson();
    const photos = [await readyPhoto(person), await readyPhoto(person), await readyPhoto(person)];
    const [a, b, c] = photos.map(({ id }) => id);
    const { id, media } = await person.publish("three", { mediaIds: [b, c, a] });
    expect(media.map((one) => one.id)).toEqual([b, c, a]);
    const story = await shownPublicly(person, id);
    expect(story.media.map((one) => one.id)).toEqual([b, c, a]);
    await expect.poll(() => mediaOf(person, a ?? "")).toEqual(story.media[2]);
    expect(story.editedAt).toBeNull();
    for (const { url, variants } of story.media) {
      expect((await readFile(world.api, url)).status).toBe(200);
      expect(variants.length).toBeGreaterThan(0);
    }
    const inProfile = async (): Promise<unknown> =>
      (await world.api.send("GET", `/v1/accounts/${person.id}/stories`)).body.items[0]?.media;
    await expect.poll(inProfile).toEqual(story.media);
  });

  it("needs no words, and keeps its media when it is edited", async () => {
    const person = await newPerson();
    const { id: mediaId } = await uploaded(person);
    const { id } = await person.publish("", { mediaIds: [mediaId] });
    expectStatus(await person.patch(`/v1/stories/${id}`, { text: "words" }), 200);
    const edited = expectStatus(await person.patch(`/v1/stories/${id}`, { text: "" }), 200);
    expect(edited.body.story.media.map((one) => one.id)).toEqual([mediaId]);
    const wordless = await person.post("/v1/stories", { text: "", mediaIds: [] });
    expect(wordless.body.code).toBe("stories.text_empty");
  });

  it("shows none of somebody else, none that is not there, none twice, and ten at most", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const { id: own } = await uploaded(person);
    const { id: theirs } = await readyPhoto(other);
    const { id: shown } = await other.publish("everybody sees it", { mediaIds: [theirs] });
    await shownPublicly(person, shown);
    const publish = (...mediaIds: unknown[]): Promise<Reply> =>
      person.post("/v1/stories", { text: "look", mediaIds });
    for (const id of [theirs, "17", "0", "", "x", `0${own}`, "9".repeat(40)]) {
      const reply = await publish(own, id);
      expect([id, reply.status, reply.body.code]).toEqual([id, 400, "stories.unknown_media"]);
      // Which of them it is can be told.
      expect(reply.body.errors.map(({ path }) => path)).toEqual(["/mediaIds/1"]);
    }
    expect((await publish(own, own)).body).toMatchObject({
      code: "request.invalid",
      errors: [{ path: "/mediaIds" }],
    });
    expect((await publish(Number(own))).status).toBe(400);
    const ten: string[] = [];
    for (let n = 0; n < 10; n += 1) {
      ten.push((await uploaded(person)).id);
    }
    expect((await publish(...ten, own)).body.code).toBe("request.invalid");
    expect((await publish(...ten)).body.story.media).toHaveLength(10);
    // The same photo in another story is fine.
    expectStatus(await publish(ten[0]), 201);
  });

  it("shows none that failed; one that fails later says so in the story", async () => {
    const person = await newPerson();
    const whole = await newLargePhoto(60_000);
    const { id } = await uploaded(person, whole.subarray(0, 30_000));
    const { id: storyId } = await person.publish("half a photo", { mediaIds: [id] });
    const failed = await made(person, id);
    expect(failed).toMatchObject({ state: "failed", problem: "broken", url: null, variants: [] });
    await expect.poll(async () => (await storyOf(person, storyId)).media).toEqual([failed]);
    const again = await person.post("/v1/stories", { text: "again", mediaIds: [id] });
    expect(again.body.code).toBe("stories.unknown_media");
  });
});

describe("a story that is deleted and comes back", () => {
  it("shows its media as they are then, and none that is gone", async () => {
    const person = await newPerson();
    const [kept, gone] = [await readyPhoto(person), await readyPhoto(person)];
    const { id } = await person.publish("both", { mediaIds: [kept.id, gone.id] });
    // Another story keeps it as public as it is.
    const other = await person.publish("again", { mediaIds: [kept.id] });
    await shownPublicly(person, id);
    await shownPublicly(person, other.id);
    expectStatus(await person.delete(`/v1/stories/${id}`), 204);
    const removed = async (): Promise<number> =>
      (await person.delete(`/v1/media/${gone.id}`)).status;
    await expect.poll(removed).toBe(204);
    expectStatus(await person.patch(`/v1/media/${kept.id}`, { alt: "a pond" }), 200);
    expectStatus(await person.post(`/v1/stories/${id}/restore`), 200);
    const shown = async (): Promise<readonly (readonly [string, string])[]> =>
      (await storyOf(person, id)).media.map((one) => [one.id, one.alt] as const);
    await expect.poll(shown).toEqual([[kept.id, "a pond"]]);
  });
});

describe("who reads a story with media", () => {
  it("is who sees the story: strangers and visitors a public one, friends one for friends", async () => {
    const [author, friend, stranger] = [await newPerson(), await newPerson(), await newPerson()];
    await author.befriend(friend);
    for (const visibility of ["public", "friends", "self"] as const) {
      const { id: mediaId } = await readyPhoto(author);
      const { id } = await author.publish(visibility, { mediaIds: [mediaId], visibility });
      const readers = [author, friend, stranger, null];
      const wanted = { public: 4, friends: 2, self: 1 }[visibility];
      await expect
        .poll(async () => {
          const statuses = await Promise.all(
            readers.map(async (reader) => {
              const target = `/v1/media/${mediaId}`;
              const reply = await (reader?.get(target) ?? world.api.send("GET", target));
              return reply.status;
            }),
          );
          return statuses;
        })
        .toEqual(readers.map((_, at) => (at < wanted ? 200 : 404)));
      for (const [at, reader] of readers.entries()) {
        const target = `/v1/stories/${id}`;
        const { status, body } = await (reader?.get(target) ?? world.api.send("GET", target));
        expect([visibility, at, status]).toEqual([visibility, at, at < wanted ? 200 : 404]);
        if (status === 200) {
          const [media] = body.story.media;
          expect((await readFile(world.api, media?.url ?? null)).status).toBe(200);
          // Of a public one the signed address of before is good as well, until each node tells the plain one.
          const isSigned = media?.url?.includes("?s=") === true;
          expect(isSigned || visibility === "public").toBe(true);
        }
      }
    }
  });
});

describe("words for a photo", () => {
  it("show in the stories that show it, and are told live", async () => {
    const { reader, writer, stream } = await newFriends();
    const { id } = await readyPhoto(writer);
    const { id: storyId } = await writer.publish("a photo", { mediaIds: [id] });
    await shownPublicly(reader, storyId);
    expectStatus(await writer.patch(`/v1/media/${id}`, { alt: "a red door" }), 200);
    await stream.until("the words", () =>
      stream.of("story.updated").some(({ data }) => data.story.media[0]?.alt === "a red door"),
    );
    const told = stream.of("story.updated").at(-1)?.data.story;
    expect(told?.editedAt).toBeNull();
    await expect.poll(async () => (await storyOf(reader, storyId)).media).toEqual(told?.media);
    stream.close();
  });
});

describe("a photo that is not ready yet", () => {
  const kinds = noFfmpeg === null ? ["photo", "video"] : ["photo"];
  it.each(kinds)("is told live when it is (%s), and the feed changes with it", async (kind) => {
    const { reader, writer, stream } = await newFriends();
    const file = kind === "photo" ? await newPhoto() : newVideo();
    const { id: mediaId } = await uploaded(writer, file);
    const { id } = await writer.publish("wait for it", { mediaIds: [mediaId] });
    await stream.until("the story", () => stream.of("story").length === 1);
    await stream.until("that it is ready", () =>
      stream.of("story.updated").some(({ data }) => {
        const [media] = data.story.media;
        return media?.state === "ready" && media.url?.includes("?") === false;
      }),
    );
    const told = stream.of("story.updated").at(-1)?.data.story;
    expect(told?.id).toBe(id);
    // Of several nodes each has it in its time; the second read of one is from its shared memory.
    for (let n = 0; n < 2; n += 1) {
      await expect
        .poll(async () => {
          const { body } = expectStatus(await reader.get("/v1/feed"), 200);
          return body.items.map(({ story }) => story);
        })
        .toEqual([told]);
    }
    expect((await readFile(world.api, told?.media[0]?.url ?? null)).status).toBe(200);
    stream.close();
  });

  it("makes the feed another one when it changes: what was current before is not", async () => {
    const [reader, writer] = [await newPerson(), await newPerson()];
    await reader.befriend(writer);
    const { id: mediaId } = await readyPhoto(writer);
    const { id } = await writer.publish("look", { mediaIds: [mediaId] });
    // From then on nothing changes but the words.
    await shownPublicly(reader, id);
    const shown = async (): Promise<{
      readonly reply: Reply;
      readonly media: Story["media"][number] | undefined;
    }> => {
      const reply = await reader.get("/v1/feed");
      return { reply, media: reply.body.items[0]?.story.media[0] };
    };
    let tag = "";
    // Of several nodes one may still have it as it was.
    await expect
      .poll(async () => {
        const { reply, media } = await shown();
        tag = reply.headers["etag"] ?? "";
        const current = await reader.get("/v1/feed", { "if-none-match": tag });
        return [media?.url?.includes("?"), current.status, current.text];
      })
      .toEqual([false, 304, ""]);
    expectStatus(await writer.patch(`/v1/media/${mediaId}`, { alt: "described" }), 200);
    await expect
      .poll(async () => {
        const { reply, media } = await shown();
        return [media?.alt, reply.headers["etag"] === tag];
      })
      .toEqual(["described", false]);
    await expect
      .poll(async () => (await reader.get("/v1/feed", { "if-none-match": tag })).status)
      .toBe(200);
  });
});

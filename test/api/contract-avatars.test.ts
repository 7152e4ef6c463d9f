import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { newPhoto, newVideo } from "../support/media-files.ts";
import { noFfmpeg } from "../support/media-corpus/ffmpeg.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { addressesOf, mediaOf, readFile, readyPhoto, uploaded } from "./uploading.ts";

const world = startedApi();
const newPerson = storytellers(world);

const setAvatar = (person: Person, avatarId: unknown): Promise<Reply> =>
  person.patch("/v1/accounts/me", { avatarId });

const avatarUrlOf = async (id: string): Promise<string | null> =>
  (await world.api.send("GET", `/v1/accounts/${id}`)).body.account.avatarUrl;

/** The address of their avatar, once everybody is told of it. */
async function shownAvatar(person: Person, besides: string | null = null): Promise<string> {
  let url = "";
  // Of several nodes another one, asked once more, may not have heard of it yet.
  await expect
    .poll(async () => {
      url = (await avatarUrlOf(person.id)) ?? "";
      return url;
    })
    .not.toBeOneOf(["", besides]);
  return url;
}

describe("PATCH /v1/accounts/me {avatarId}", () => {
  it("shows the picture wherever the person is shown", async () => {
    const [person, friend] = [await newPerson(), await newPerson()];
    await person.befriend(friend);
    const story = await person.publish("from before");
    await person.comment(story.id, "so did I");
    const media = await readyPhoto(person);
    const changed = expectStatus(await setAvatar(person, media.id), 200);
    expect(Object.keys(changed.body.account)).toContain("avatarUrl");
    const url = await shownAvatar(person);
    expect(url).not.toContain("?");
    const file = await readFile(world.api, url);
    expect([file.status, file.headers.get("content-type")]).toEqual([200, "image/webp"]);
    const shown = async (): Promise<readonly unknown[]> => [
      (await person.get("/v1/accounts/me")).body.account.avatarUrl,
      (await friend.get(`/v1/stories/${story.id}`)).body.story.author.avatarUrl,
      (await friend.get("/v1/feed")).body.items[0]?.story.author.avatarUrl,
      (await friend.get(`/v1/stories/${story.id}/comments`)).body.items[0]?.author.avatarUrl,
      (await friend.get("/v1/friends")).body.items[0]?.avatarUrl,
      (await friend.get(`/v1/accounts?handle=${person.handle}`)).body.items[0]?.avatarUrl,
      (await world.api.send("GET", `/v1/accounts/${person.id}/stories`)).body.items[0]?.author
        .avatarUrl,
    ];
    await expect.poll(shown).toEqual(Array(7).fill(url));
  });

  it("shows one that moves as it stands still", async () => {
    const person = await newPerson();
    const frames = await Promise.all([1, 2, 3].map(() => newPhoto()));
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const { id } = await uploaded(person, moving);
    expectStatus(await setAvatar(person, id), 200);
    const { bytes } = await readFile(world.api, await shownAvatar(person));
    const { format, pages = 1 } = await sharp(bytes).metadata();
    expect([format, pages]).toEqual(["webp", 1]);
  });

  it("takes one that is not ready, and shows it when it is", async () => {
    const person = await newPerson();
    const { id } = await uploaded(person);
    expect(expectStatus(await setAvatar(person, id), 200).body.account.avatarUrl).toBeNull();
    expect((await readFile(world.api, await shownAvatar(person))).status).toBe(200);
  });

  it("refuses what is no picture of theirs", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const { id: theirs } = await readyPhoto(other);
    const video = noFfmpeg === null ? (await uploaded(person, newVideo())).id : "x";
    for (const avatarId of [theirs, video, "17", "", "x", 17]) {
      const reply = await setAvatar(person, avatarId);
      expect([avatarId, reply.status, reply.body.errors[0]?.path]).toEqual([
        avatarId,
        400,
        "/avatarId",
      ]);
    }
    expect(await avatarUrlOf(person.id)).toBeNull();
    // What else is wrong is said in the same answer, and nothing of it is changed.
    const both = await person.patch("/v1/accounts/me", { avatarId: "x", name: "" });
    expect(both.status).toBe(400);
  });

  it("takes the former one out of sight, and with it its files", async () => {
    const person = await newPerson();
    const [first, second] = [await readyPhoto(person), await readyPhoto(person)];
    expectStatus(await setAvatar(person, first.id), 200);
    const firstUrl = await shownAvatar(person);
    const told = [firstUrl, ...addressesOf(first), ...addressesOf(await mediaOf(person, first.id))];
    expect((await person.delete(`/v1/media/${first.id}`)).body.code).toBe("media.in_use");
    expectStatus(await setAvatar(person, second.id), 200);
    const secondUrl = await shownAvatar(person, firstUrl);
    expect((await readFile(world.api, secondUrl)).status).toBe(200);
    for (const address of told) {
      await expect.poll(async () => (await readFile(world.api, address)).status).toBe(404);
    }
    const removed = expectStatus(await setAvatar(person, null), 200);
    expect(removed.body.account.avatarUrl).toBeNull();
    expect(await avatarUrlOf(person.id)).toBeNull();
    await expect.poll(async () => (await readFile(world.api, secondUrl)).status).toBe(404);
  });

  it("is the same picture in a story for friends, which then needs no signature", async () => {
    const [person, friend] = [await newPerson(), await newPerson()];
    await person.befriend(friend);
    const { id } = await readyPhoto(person);
    const story = await person.publish("me", { mediaIds: [id], visibility: "friends" });
    const urlInStory = async (): Promise<string> =>
      (await friend.get(`/v1/stories/${story.id}`)).body.story.media[0]?.url ?? "";
    await expect.poll(urlInStory).toContain("?s=");
    expectStatus(await setAvatar(person, id), 200);
    await expect.poll(urlInStory).not.toContain("?");
    const asAvatar = await urlInStory();
    expectStatus(await setAvatar(person, null), 200);
    await expect.poll(urlInStory).toContain("?s=");
    expect((await readFile(world.api, asAvatar)).status).toBe(404);
    expect((await readFile(world.api, await urlInStory())).status).toBe(200);
  });
});

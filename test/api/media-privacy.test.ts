import { describe, expect, it } from "vitest";
import type { MediaJson } from "../../src/modules/media/contract.ts";
import { expectStatus, usualPassword, type Person, type Story } from "../support/api-client.ts";
import { listen } from "../support/api-live.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { addressesOf, mediaOf, readFile, readyPhoto } from "./uploading.ts";

/** Nobody reads a photo by any address but those that are theirs and good now, and learns nothing of it. */

const world = startedApi();
const newPerson = storytellers(world);

/** As long as a file may be read after what showed it is gone. */
const goneWithinMs = 5_000;

const ways: readonly RequestInit[] = [
  {},
  { method: "HEAD" },
  { headers: { range: "bytes=0-9" } },
  { headers: { range: "bytes=99999999-" } },
  { headers: { "if-none-match": "*" } },
  { headers: { "if-match": '"x"' } },
  { headers: { "if-modified-since": new Date().toUTCString() } },
  { headers: { range: "bytes=0-9", "if-range": '"x"' } },
];

/** Of each way to ask: the status, the headers and the body, without what differs in every answer. */
async function answersOf(address: string, token?: string): Promise<readonly string[]> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answers: string[] = [];
  for (const way of ways) {
    const headers = { ...(way.headers as Record<string, string> | undefined), ...authorization };
    const reply = await readFile(world.api, address, { ...way, headers });
    const told = [...reply.headers].filter(([name]) => !["date", "x-request-id"].includes(name));
    const body = reply.bytes.toString().replace(/"requestId":"[^"]*"/, "");
    answers.push(JSON.stringify([reply.status, told, body]));
  }
  return answers;
}

/** What an address of nothing at all is answered. */
const nothing = (): Promise<readonly string[]> =>
  answersOf(`/media/3000000000000000000.${"A".repeat(22)}/320.webp`);

async function expectNothing(addresses: readonly string[], token?: string): Promise<void> {
  const wanted = await nothing();
  expect(wanted.every((answer) => answer.startsWith("[404,"))).toBe(true);
  for (const address of addresses) {
    expect([address, await answersOf(address, token)]).toEqual([address, wanted]);
  }
}

/** Waits until none of these is good any more, and no longer than they may be. */
async function expectGone(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    await expect
      .poll(async () => (await readFile(world.api, address)).status, { timeout: goneWithinMs })
      .not.toBe(200);
  }
  await expectNothing(addresses);
}

interface Shown {
  readonly author: Person;
  readonly friend: Person;
  readonly story: Story;
  readonly media: MediaJson;
}

/** As somebody who may see it is told, once the story stands as it is, by none of the former addresses. */
async function told(
  reader: Person,
  storyId: string,
  wanted: RegExp,
  former: readonly string[] = [],
): Promise<MediaJson> {
  let media: MediaJson | undefined;
  await expect
    .poll(async () => {
      [media] = (await reader.get(`/v1/stories/${storyId}`)).body.story.media;
      const url = media?.url ?? "";
      return former.includes(url) ? "" : url;
    })
    .toMatch(wanted);
  if (media === undefined) throw new Error("the story shows nothing");
  return media;
}

const signed = /\?s=/;
const plain = /^[^?]+$/;

async function shown(visibility: "public" | "friends" | "self"): Promise<Shown> {
  const [author, friend] = [await newPerson(), await newPerson()];
  await author.befriend(friend);
  const { id } = await readyPhoto(author);
  const story = await author.publish("look", { mediaIds: [id], visibility });
  const media = await told(author, story.id, visibility === "public" ? plain : signed);
  await expect
    .poll(async () => (await friend.get(`/v1/media/${id}`)).status)
    .toBe(visibility === "self" ? 404 : 200);
  return { author, friend, story, media };
}

const addressesIn = (text: string, mediaId: string): readonly string[] =>
  [...text.matchAll(/\/media\/(\d+)\.[^"]+/g)].flatMap(([address, id]) =>
    id === mediaId ? [address] : [],
  );

describe("a photo for friends", () => {
  it("is read by no address that is guessed, or made of others", async () => {
    const { author, friend, story, media } = await shown("friends");
    const stranger = await newPerson();
    const url = media.url ?? "";
    expect((await readFile(world.api, url)).status).toBe(200);
    const [path = "", query = ""] = url.split("?");
    const [, folder = "", file = ""] = /^(.*\/)([^/]*)$/.exec(path) ?? [];
    const [keyId = "", end = "", tag = ""] = query.slice(2).split(".");
    const another = await shown("friends");
    const [, otherQuery = ""] = (another.media.url ?? "").split("?");
    const publicly = await shown("public");
    const later = (Number.parseInt(end, 36) + 3_600).toString(36);
    const flipped = `${tag.startsWith("A") ? "B" : "A"}${tag.slice(1)}`;
    const guesses = [
      path,
      `${path}?s=`,
      `${path}?s=${keyId}`,
      `${path}?s=${keyId}.${end}.`,
      `${path}?s=${keyId}.${later}.${tag}`,
      `${path}?s=${keyId}.${end}.${flipped}`,
      `${path}?s=${keyId}.${end}.${tag}A`,
      `${path}?s=${keyId}.0${end}.${tag}`,
      `${path}?s=${keyId}.${end.toUpperCase()}.${tag}`,
      `${path}?s=2.${end}.${tag}`,
      `${path}?${otherQuery}`,
      `${path}?s=${keyId}.${end}.${"A".repeat(22)}`,
      `${folder}original?${query}`,
      `${folder}${file.toUpperCase()}?${query}`,
      `/media/${media.id}/${file}`,
      `/media/${media.id}./${file}`,
      `/media/${media.id}.${"A".repeat(22)}/${file}?${query}`,
      `/media/0${media.id}${path.slice(path.indexOf("."))}?${query}`,
      `/media/${another.media.id}${path.slice(path.indexOf("."))}?${query}`,
      (publicly.media.url ?? "").replace(publicly.media.id, media.id),
    ];
    await expectNothing(guesses);
    // That they are signed in helps nobody, not even the friend or the author.
    for (const { token } of [stranger, friend, author]) {
      await expectNothing([path, `${path}?${otherQuery}`], token);
    }
    for (const target of [`/v1/media/${media.id}`, `/v1/stories/${story.id}`]) {
      expect((await stranger.get(target)).status).toBe(404);
      expect((await world.api.send("GET", target)).status).toBe(404);
    }
    expect((await readFile(world.api, url)).status).toBe(200);
  });

  it("is kept by no cache that others share", async () => {
    const { media } = await shown("friends");
    const { headers } = await readFile(world.api, media.url);
    expect(headers.get("cache-control")).toMatch(/^private, /);
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    const { media: open } = await shown("public");
    const shared = (await readFile(world.api, open.url)).headers.get("cache-control") ?? "";
    expect(shared).toMatch(/^public, max-age=60$/);
    const gone = await readFile(world.api, (media.url ?? "").replace(/\?.*/, ""));
    expect(gone.headers.get("cache-control")).toBe("no-store");
  });
});

describe("an address that was good", () => {
  it("is not when fewer may see the photo; who still may is told another one", async () => {
    const { author, friend, story, media } = await shown("public");
    const before = [...addressesOf(media)];
    expect((await readFile(world.api, media.url)).status).toBe(200);
    for (const visibility of ["friends", "self"] as const) {
      expectStatus(await author.patch(`/v1/stories/${story.id}`, { visibility }), 200);
      await expectGone(before);
      const reader = visibility === "friends" ? friend : author;
      const now = await told(reader, story.id, signed, before);
      expect((await readFile(world.api, now.url)).status).toBe(200);
      before.push(...addressesOf(now));
    }
    expect((await friend.get(`/v1/media/${media.id}`)).status).toBe(404);
    // Wider again: what was told before stays dead, though the story is public as it was.
    expectStatus(await author.patch(`/v1/stories/${story.id}`, { visibility: "public" }), 200);
    const again = await told(friend, story.id, plain, before);
    expect((await readFile(world.api, again.url)).status).toBe(200);
    await expectNothing(before.filter((address) => !address.includes("?s=")));
  });

  it("is not when the story is deleted, and not when it comes back", async () => {
    for (const visibility of ["public", "friends"] as const) {
      const { author, friend, story, media } = await shown(visibility);
      const addresses = [...addressesOf(media), ...addressesOf(await mediaOf(friend, media.id))];
      expectStatus(await author.delete(`/v1/stories/${story.id}`), 204);
      await expectGone(addresses);
      expect((await friend.get(`/v1/media/${media.id}`)).status).toBe(404);
      expectStatus(await author.post(`/v1/stories/${story.id}/restore`), 200);
      const wanted = visibility === "public" ? plain : signed;
      const again = await told(friend, story.id, wanted, addresses);
      expect((await readFile(world.api, again.url)).status).toBe(200);
      await expectNothing(addresses);
    }
  });

  it("is good still where another story shows the photo to as many", async () => {
    const { author, story, media } = await shown("public");
    const second = await author.publish("again", { mediaIds: [media.id] });
    await told(author, second.id, plain);
    expectStatus(await author.delete(`/v1/stories/${story.id}`), 204);
    await expect.poll(async () => (await author.get(`/v1/stories/${story.id}`)).status).toBe(404);
    expect((await readFile(world.api, media.url)).status).toBe(200);
    expectStatus(await author.delete(`/v1/stories/${second.id}`), 204);
    await expectGone(addressesOf(media));
  });

  it("is not when the person has gone", async () => {
    const addresses: string[] = [];
    const { author, media, friend } = await shown("public");
    addresses.push(...addressesOf(media));
    const { id } = await readyPhoto(author);
    addresses.push(...addressesOf(await mediaOf(author, id)));
    const story = await author.publish("for friends", { mediaIds: [id], visibility: "friends" });
    addresses.push(...addressesOf(await told(friend, story.id, signed)));
    const face = await readyPhoto(author);
    expectStatus(await author.patch("/v1/accounts/me", { avatarId: face.id }), 200);
    const avatarUrl = async (): Promise<string> =>
      (await friend.get(`/v1/accounts/${author.id}`)).body.account.avatarUrl ?? "";
    await expect.poll(avatarUrl).not.toBe("");
    addresses.push(await avatarUrl());
    expectStatus(await author.delete("/v1/accounts/me", { password: usualPassword }), 204);
    await expectGone(addresses);
    for (const mediaId of [media.id, id, face.id]) {
      expect((await friend.get(`/v1/media/${mediaId}`)).status).toBe(404);
    }
  });

  it("of an avatar is not when there is another one", async () => {
    const author = await newPerson();
    const [first, second] = [await readyPhoto(author), await readyPhoto(author)];
    const avatarUrl = async (): Promise<string> =>
      (await world.api.send("GET", `/v1/accounts/${author.id}`)).body.account.avatarUrl ?? "";
    expectStatus(await author.patch("/v1/accounts/me", { avatarId: first.id }), 200);
    await expect.poll(avatarUrl).toContain(first.id);
    const url = await avatarUrl();
    expectStatus(await author.patch("/v1/accounts/me", { avatarId: second.id }), 200);
    await expectGone([url, ...addressesOf(first)]);
  });
});

describe("who is blocked", () => {
  it("is told no address by any answer, in either direction", async () => {
    const { author, friend: other, story, media } = await shown("friends");
    const { id: faceId } = await readyPhoto(author);
    expectStatus(await author.patch("/v1/accounts/me", { avatarId: faceId }), 200);
    const openStory = await author.publish("for all", { mediaIds: [media.id] });
    await told(other, openStory.id, plain);
    const third = await newPerson();
    await third.befriend(other);
    expectStatus(await third.put(`/v1/stories/${openStory.id}/reshare`), 204);
    await author.comment(openStory.id, "by the author");
    const targets = [
      `/v1/media/${media.id}`,
      `/v1/media/${faceId}`,
      `/v1/stories/${story.id}`,
      `/v1/stories/${openStory.id}`,
      `/v1/stories/${openStory.id}/comments`,
      `/v1/accounts/${author.id}`,
      `/v1/accounts/@${author.handle}`,
      `/v1/accounts/${author.id}/stories`,
      `/v1/accounts?handle=${author.handle}`,
      "/v1/feed",
      "/v1/friends",
      `/v1/accounts/${third.id}/friends`,
    ];
    const found = async (reader: Person): Promise<readonly string[]> => {
      const texts = await Promise.all(
        targets.map(async (target) => (await reader.get(target)).text),
      );
      return texts.flatMap((text) => [
        ...addressesIn(text, media.id),
        ...addressesIn(text, faceId),
      ]);
    };
    expect((await found(other)).length).toBeGreaterThan(5);
    expectStatus(await author.put(`/v1/blocks/${other.id}`), 204);
    const stream = await listen(world.node.url, other);
    expect(await found(other)).toEqual([]);
    // What happens from now on is not told either.
    expectStatus(await author.patch(`/v1/media/${media.id}`, { alt: "described" }), 200);
    await expect
      .poll(async () => (await third.get(`/v1/stories/${openStory.id}`)).body.story.media[0]?.alt)
      .toBe("described");
    const own = await other.publish("mine");
    await stream.until("their own story", () =>
      stream.of("story").some(({ data }) => data.item.id === own.id),
    );
    expect(addressesIn(JSON.stringify(stream.events), media.id)).toEqual([]);
    stream.close();
    expectStatus(await author.delete(`/v1/blocks/${other.id}`), 204);
    expectStatus(await other.put(`/v1/blocks/${author.id}`), 204);
    expect(await found(other)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMediaWorld, type MediaWorld } from "../../../test/support/media-world.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import type { Id } from "../../kernel/id.ts";
import type { MediaJson } from "./contract.ts";

const dayMs = 24 * 3_600_000;
let world: MediaWorld;
let anna: Id;
let ben: Id;

beforeAll(async () => {
  world = await openMediaWorld({ unusedMax: 5 });
});
afterAll(() => world.close());

function newPeople(): void {
  [anna, ben] = [world.test.ids.mint(), world.test.ids.mint()];
}

async function shown(id: string, as: Id | null = anna): Promise<MediaJson> {
  const { body } = await world.ask("getMedia", { as, id });
  return (body as { media: MediaJson }).media;
}

/** A story that shows it, as the stories module tells of it. */
async function publish(
  mediaIds: readonly string[],
  visibility: "public" | "friends" | "self" = "public",
): Promise<Id> {
  const storyId = world.test.ids.mint();
  await tellStory("published", storyId, 1, { visibility, mediaIds });
  return storyId;
}

async function tellStory(
  what: string,
  storyId: Id,
  version: number,
  data: { visibility: string; status?: string; mediaIds?: readonly string[] },
): Promise<void> {
  const state = { storyId: String(storyId), authorId: String(anna), version, status: "live" };
  await world.tell(`stories.${what}.v1`, storyId, version, { ...state, ...data });
  await world.consume();
}

describe("an upload", () => {
  beforeAll(newPeople);

  it("is there at once, and shown when its files are made", async () => {
    const media = await world.uploaded(anna, "photo of a pond");
    expect(media).toMatchObject({ kind: "image", state: "processing", width: 40, url: null });
    await world.consume();
    const ready = await shown(media.id);
    expect(ready).toMatchObject({ state: "ready", previewUrl: ready.url, problem: null });
    expect(await world.read(ready.url ?? "")).toEqual({ status: 200, text: "photo of a pond" });
  });

  it.each([
    ["media.unsupported", "text"],
    ["media.broken", "photo that is broken"],
    ["media.too_long", "film that is too_long"],
    ["media.no_file", ""],
    ["media.too_large", `photo ${"x".repeat(64 * 1024)}`],
  ])("is refused as %s, and leaves nothing", async (code, content) => {
    const before = await world.keys();
    expect((await world.upload(anna, content)).code).toBe(code);
    expect(await world.keys()).toEqual(before);
  });

  it("without a body is refused, too", async () => {
    expect((await world.ask("uploadMedia", { as: anna })).code).toBe("media.no_file");
  });

  it("that cannot be looked into now is asked for again, and nothing of it is kept", async () => {
    const before = await world.keys();
    const asked = await world.upload(anna, "photo that the process dies of");
    expect([asked.status, asked.code]).toEqual([503, "request.unavailable"]);
    expect(await world.keys()).toEqual(before);
  });

  it("that turns out to be broken later is told to have failed", async () => {
    const { id } = await world.uploaded(anna, "photo, broken later");
    await world.consume();
    expect(await shown(id)).toMatchObject({ state: "failed", problem: "broken", url: null });
  });

  it("that is given up has failed, and is shown once an operator sent it back and it could be made", async () => {
    const { id } = await world.uploaded(anna);
    const [event] = world.test.events.slice(-1);
    const making = world.media.workers?.find(({ name }) => name === "media.making");
    const context = contextOf(null);
    await world.test.record.write(context, (tx) => making!.gaveUp!(context, event!, tx));
    expect(await shown(id)).toMatchObject({ state: "failed", problem: "not_made" });
    const done = await making!.work(context, event!, AbortSignal.timeout(10_000));
    await world.test.record.write(context, done);
    expect(await shown(id)).toMatchObject({ state: "ready", problem: null });
  });

  it("is for its owner alone until somebody is shown it", async () => {
    const { id } = await world.uploaded(anna);
    expect((await world.ask("getMedia", { as: ben, id })).status).toBe(404);
    expect((await world.ask("describeMedia", { as: ben, id, body: { alt: "x" } })).status).toBe(
      404,
    );
    expect((await world.ask("deleteMedia", { as: ben, id })).status).toBe(204);
    expect(await shown(id)).toMatchObject({ id });
    const [own, other] = await Promise.all(
      [anna, ben].map((who) => world.media.contract.usable(contextOf(who), who, [BigInt(id)])),
    );
    expect([own?.[0]?.id, other?.[0]]).toEqual([id, null]);
  });

  it("keeps what it is said to show, in NFC and within bounds", async () => {
    const { body } = await world.upload(anna, "photo", " a pond ");
    const { media } = body as { media: MediaJson };
    expect(media.alt).toBe("a pond");
    const described = await world.ask("describeMedia", {
      as: anna,
      id: media.id,
      body: { alt: "연못".normalize("NFD") },
    });
    expect(described.body).toMatchObject({ media: { alt: "연못" } });
    const tooLong = { alt: "x".repeat(1501) };
    expect((await world.ask("describeMedia", { as: anna, id: media.id, body: tooLong })).code).toBe(
      "media.alt_too_long",
    );
  });

  it("is refused while too many wait to be used", async () => {
    newPeople();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      ids.push((await world.uploaded(anna)).id);
    }
    expect((await world.upload(anna, "photo")).code).toBe("media.too_many_unused");
    await publish(ids.slice(0, 1));
    expect((await world.upload(anna, "photo")).status).toBe(201);
  });
});

describe("who may read a file", () => {
  beforeAll(newPeople);

  it("is everybody, by a plain address, once a public story shows it", async () => {
    const { id } = await world.uploaded(anna);
    await world.consume();
    const before = await shown(id);
    expect(before.url).toContain("?s=");
    await publish([id]);
    const { url } = await shown(id);
    expect(url).not.toContain("?");
    expect((await world.read(url ?? "")).status).toBe(200);
    expect((await world.read(before.url ?? "")).status).toBe(200);
  });

  it("is who has an address that is signed, for a day at most, where it is for friends", async () => {
    const { id } = await world.uploaded(anna);
    await publish([id], "friends");
    const { url } = await shown(id);
    expect((await world.read(url ?? "")).status).toBe(200);
    const plain = (url ?? "").replace(/\?.*/, "");
    expect((await world.read(plain)).status).toBe(404);
    const other = await world.uploaded(anna);
    await publish([other.id], "friends");
    const signature = new URL((await shown(other.id)).url ?? "", "http://x").search;
    // One that is good for another file.
    expect((await world.read(`${plain}${signature}`)).status).toBe(404);
    world.pass(dayMs);
    expect((await world.read(url ?? "")).status).toBe(404);
    expect((await world.read((await shown(id)).url ?? "")).status).toBe(200);
  });

  it("is nobody by an address of before, once fewer may see it", async () => {
    const { id } = await world.uploaded(anna);
    const storyId = await publish([id]);
    const urls = [(await shown(id)).url];
    await tellStory("edited", storyId, 2, { visibility: "friends" });
    urls.push((await shown(id)).url);
    await tellStory("edited", storyId, 3, { visibility: "self" });
    const { url } = await shown(id);
    expect(new Set([...urls, url]).size).toBe(3);
    for (const former of urls) {
      expect((await world.read(former ?? "")).status).toBe(404);
    }
    expect((await world.read(url ?? "")).status).toBe(200);
  });

  it("is nobody once the story is deleted, and everybody by a new address when it comes back", async () => {
    const { id } = await world.uploaded(anna);
    const storyId = await publish([id]);
    const { url } = await shown(id);
    await tellStory("deleted", storyId, 2, { visibility: "public", status: "deleted" });
    expect((await world.read(url ?? "")).status).toBe(404);
    await tellStory("restored", storyId, 3, { visibility: "public" });
    const again = (await shown(id)).url;
    expect((await world.read(url ?? "")).status).toBe(404);
    expect((await world.read(again ?? "")).status).toBe(200);
  });

  it("is who may see it in another story still", async () => {
    const { id } = await world.uploaded(anna);
    const first = await publish([id], "public");
    await publish([id], "friends");
    await tellStory("deleted", first, 2, { visibility: "public", status: "deleted" });
    const { url } = await shown(id);
    expect(url).toContain("?s=");
    expect((await world.read(url ?? "")).status).toBe(200);
  });

  it("does not follow facts that are older than what is known", async () => {
    const { id } = await world.uploaded(anna);
    const storyId = await publish([id]);
    await tellStory("edited", storyId, 3, { visibility: "self" });
    await tellStory("edited", storyId, 2, { visibility: "public" });
    expect((await shown(id)).url).toContain("?s=");
  });

  it("learns nothing from an address that is guessed, or broken", async () => {
    const { id } = await world.uploaded(anna);
    await publish([id]);
    const { url } = await shown(id);
    for (const wrong of [
      `/media/${id}.${"A".repeat(22)}/40.webp`,
      `/media/${id}/40.webp`,
      `/media/${id}.`,
      `/media/x.y/40.webp`,
      `${url ?? ""}x`,
      (url ?? "").replace("40.webp", "original"),
    ]) {
      expect((await world.read(wrong)).status).toBe(404);
    }
  });
});

describe("a photo that is removed while a story with it is published", () => {
  beforeAll(newPeople);

  it("is told to the story, which then shows it no more", async () => {
    const [kept, gone] = [await world.uploaded(anna), await world.uploaded(anna)];
    expect((await world.ask("deleteMedia", { as: anna, id: gone.id })).status).toBe(204);
    const before = world.test.events.length;
    const storyId = await publish([kept.id, gone.id]);
    const told = world.test.events
      .slice(before)
      .filter(({ type, data }) => type === "media.changed.v1" && data["mediaId"] === gone.id);
    expect(told.map(({ data }) => data["storyIds"])).toEqual([[String(storyId)]]);
    const context = contextOf(null);
    expect(await world.media.contract.current(context, [BigInt(gone.id)])).toEqual([null]);
  });
});

describe("what is left", () => {
  beforeAll(newPeople);

  it("of an upload that nobody uses is gone after a day", async () => {
    const { id } = await world.uploaded(anna);
    await world.consume();
    const { url } = await shown(id);
    world.pass(dayMs + 1);
    await world.sweep();
    expect((await world.ask("getMedia", { as: anna, id })).status).toBe(404);
    expect((await world.read(url ?? "")).status).toBe(404);
    expect((await world.keys()).filter((key) => key.startsWith(id))).toEqual([]);
  });

  it("of a story that is deleted is gone soon after it cannot come back", async () => {
    const { id } = await world.uploaded(anna);
    const storyId = await publish([id]);
    await tellStory("deleted", storyId, 2, { visibility: "public", status: "deleted" });
    await world.sweep();
    expect((await world.keys()).filter((key) => key.startsWith(id))).toHaveLength(1);
    world.pass(121_000);
    await world.sweep();
    expect((await world.keys()).filter((key) => key.startsWith(id))).toEqual([]);
  });

  it("of the original is nothing, once its files are made", async () => {
    const { id } = await world.uploaded(anna);
    await world.consume();
    await world.sweep();
    const keys = (await world.keys()).filter((key) => key.startsWith(id));
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/40\.webp$/);
  });

  it("of a node that died in the middle is gone after a while", async () => {
    const id = world.test.ids.mint();
    const key = `${String(id)}/left-behind`;
    await world.test.sql`
      INSERT INTO media.blobs VALUES (${id}, ${key}, 'pending', ${new Date(world.nowMs())})`;
    await world.sweep();
    expect(await world.test.sql`SELECT FROM media.blobs WHERE key = ${key}`).toHaveLength(1);
    world.pass(2 * 3_600_000);
    await world.sweep();
    expect(await world.test.sql`SELECT FROM media.blobs WHERE key = ${key}`).toHaveLength(0);
  });

  it("of a person who is gone is nothing, and nothing new is taken", async () => {
    const { id } = await world.uploaded(anna);
    await world.consume();
    await world.tell("accounts.deleted.v1", anna, 9, { accountId: String(anna), version: 9 });
    await world.sweep();
    expect((await world.keys()).filter((key) => key.startsWith(id))).toEqual([]);
    expect((await world.upload(anna, "photo")).status).toBe(401);
  });

  it("of a picture of a profile is gone once there is another one", async () => {
    newPeople();
    const [first, second] = [await world.uploaded(anna), await world.uploaded(anna)];
    const avatar = (avatarId: string, version: number) =>
      world.tell("accounts.updated.v1", anna, version, {
        accountId: String(anna),
        version,
        avatarId,
      });
    await world.consume();
    await avatar(first.id, 2);
    await world.consume();
    const { url } = await shown(first.id, null);
    expect((await world.read(url ?? "")).status).toBe(200);
    await avatar(second.id, 3);
    await world.consume();
    expect((await world.read(url ?? "")).status).toBe(404);
    expect((await world.ask("deleteMedia", { as: anna, id: second.id })).code).toBe("media.in_use");
    expect((await world.ask("deleteMedia", { as: anna, id: first.id })).status).toBe(204);
    expect((await world.ask("deleteMedia", { as: anna, id: first.id })).status).toBe(204);
  });
});

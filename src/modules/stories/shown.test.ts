import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
  openStoriesWorld,
  type StoriesWorld,
  type StoryJson,
} from "../../../test/support/stories-world.ts";
import type { Id } from "../../kernel/id.ts";
import type { EventEnvelope, JsonObject } from "../../ports/log.ts";

let world: StoriesWorld;
let anna: Id;

beforeAll(async () => {
  world = await openStoriesWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  anna = world.people.add();
});

async function shown(id: Id): Promise<StoryJson> {
  const { body } = await world.ask("getStory", { as: anna, id });
  return (body as { story: StoryJson }).story;
}

/** A fact of another module, as the log brings it. */
async function tell(type: string, data: JsonObject): Promise<void> {
  const event = { type, data } as unknown as EventEnvelope;
  for (const consumer of world.stories.consumers.filter(({ types }) => types.includes(type))) {
    await world.test.record.write(contextOf(null), (tx) =>
      consumer.handle(contextOf(null), event, tx),
    );
  }
}

const changed = (mediaId: string, ...storyIds: readonly Id[]): Promise<void> =>
  tell("media.changed.v1", {
    mediaId,
    ownerId: String(anna),
    version: 2,
    storyIds: storyIds.map(String),
    accountIds: [],
  });

const previewed = (...storyIds: readonly Id[]): Promise<void> =>
  tell("links.previewed.v1", { linkId: "1", storyIds: storyIds.map(String) });

describe("a story's photos", () => {
  it("are shown in the order that was wished for, each once, and need no text", async () => {
    world.media.put(anna, { id: "11" });
    world.media.put(anna, { id: "12" });
    const id = await world.publish(anna, { text: "", mediaIds: ["12", "11"] });
    const { media } = await shown(id);
    expect(media.map((one) => one.id)).toEqual(["12", "11"]);
    expect(media[0]).toMatchObject({ url: "/media/12.secret/640.webp", state: "ready" });
    const [event] = world.test.events.slice(-1);
    expect(event?.data).toMatchObject({ storyId: String(id), mediaIds: ["12", "11"] });
  });

  it.each([
    ["are not somebody else's", ["21"], "stories.unknown_media"],
    ["are there", ["99"], "stories.unknown_media"],
    ["have ids", ["x"], "stories.unknown_media"],
    ["stand there once", ["22", "22"], "request.invalid"],
  ])("%s", async (_name, mediaIds, code) => {
    const ben = world.people.add();
    world.media.put(ben, { id: "21" });
    world.media.put(anna, { id: "22" });
    const asked = await world.ask("publishStory", { as: anna, body: { text: "", mediaIds } });
    expect([asked.status, asked.code]).toEqual([400, code]);
  });

  it("are shown no more when they are gone", async () => {
    world.media.put(anna, { id: "23" });
    world.media.put(anna, { id: "24" });
    const id = await world.publish(anna, { text: "", mediaIds: ["23", "24"] });
    world.media.remove("23");
    await changed("23", id);
    expect((await shown(id)).media.map((one) => one.id)).toEqual(["24"]);
  });

  it("are named by each fact of the story, until it and its author are gone", async () => {
    world.media.put(anna, { id: "25" });
    const before = world.test.events.length;
    const id = await world.publish(anna, { mediaIds: ["25"] });
    await world.ask("editStory", { as: anna, id, body: { visibility: "friends" } });
    await world.ask("deleteStory", { as: anna, id });
    await world.ask("restoreStory", { as: anna, id });
    world.deleteAccount(anna);
    await world.consume();
    const told = world.test.events.slice(before).filter(({ aggregate }) => aggregate.id === id);
    expect(told.map(({ type, data }) => [type, data["mediaIds"]])).toEqual([
      ["stories.published.v1", ["25"]],
      ["stories.edited.v1", ["25"]],
      ["stories.deleted.v1", ["25"]],
      ["stories.restored.v1", ["25"]],
      ["stories.deleted.v1", ["25"]],
    ]);
  });

  it("appear when they are ready, as another version that is not marked as edited", async () => {
    world.media.put(anna, { id: "31", state: "processing", files: [], preview: null });
    const id = await world.publish(anna, { mediaIds: ["31"] });
    expect((await shown(id)).media).toMatchObject([{ state: "processing", url: null }]);
    world.media.put(anna, { id: "31", version: 2 });
    const before = world.test.events.length;
    await changed("31", id);
    expect(await shown(id)).toMatchObject({ media: [{ state: "ready" }], editedAt: null });
    expect(world.test.events.slice(before)).toMatchObject([
      {
        type: "stories.edited.v1",
        actorId: null,
        data: { version: 2, previousVisibility: "public" },
      },
    ]);
    // A fact that comes twice changes nothing.
    await changed("31", id);
    expect(world.test.events).toHaveLength(before + 1);
  });

  it("stay as they are where a fact comes late", async () => {
    world.media.put(anna, { id: "41", version: 3, alt: "new" });
    const id = await world.publish(anna, { mediaIds: ["41"] });
    world.media.put(anna, { id: "41", version: 2, alt: "old" });
    await changed("41", id);
    expect((await shown(id)).media).toMatchObject([{ alt: "new" }]);
  });

  it("are not brought to a story that is gone", async () => {
    world.media.put(anna, { id: "51" });
    const id = await world.publish(anna, { mediaIds: ["51"] });
    await world.ask("deleteStory", { as: anna, id });
    world.media.put(anna, { id: "51", version: 2 });
    const before = world.test.events.length;
    await changed("51", id, world.test.ids.mint());
    expect(world.test.events).toHaveLength(before);
  });

  it("have addresses made anew when their time has come, from memory", async () => {
    const nowS = Math.floor(world.test.clock.nowMs() / 1_000);
    world.media.signedUntilS = nowS + 60;
    world.media.put(anna, { id: "61", access: "signed" });
    const id = await world.publish(anna, { visibility: "friends", mediaIds: ["61"] });
    const urlOf = async (): Promise<string | null | undefined> => (await shown(id)).media[0]?.url;
    const first = await urlOf();
    expect(first).toBe(`/media/61.secret/640.webp?s=${String(nowS + 60)}`);
    world.media.signedUntilS = nowS + 600;
    expect(await urlOf()).toBe(first);
    world.pass(61_000);
    expect(await urlOf()).toBe(`/media/61.secret/640.webp?s=${String(nowS + 600)}`);
    const held = world.stories.contract.held(id);
    expect(held?.body.untilS).toBe(nowS + 600);
  });
});

describe("a story's link", () => {
  it("has a preview once it is fetched, and none of another address", async () => {
    const url = "https://maru.example/pond";
    const id = await world.publish(anna, { text: `see ${url}` });
    const words = { title: "A pond", description: "With geese" };
    const imagePath = "/media/1.x/640.webp";
    const seen = { url, ...words, imageUrl: imagePath };
    world.previews.set(url, { ...words, imagePath });
    await previewed(id);
    const { link, editedAt } = await shown(id);
    expect([link, editedAt]).toEqual([seen, null]);
    await world.ask("editStory", { as: anna, id, body: { text: `look: ${url}` } });
    expect((await shown(id)).link).toEqual(seen);
    await world.ask("editStory", { as: anna, id, body: { text: "https://maru.example/other" } });
    await previewed(id);
    expect((await shown(id)).link).toMatchObject({ title: null, imageUrl: null });
  });

  it("has its picture where operators have pictures read now", async () => {
    const url = "https://maru.example/pond";
    const id = await world.publish(anna, { text: `see ${url}` });
    world.previews.set(url, {
      title: "A pond",
      description: null,
      imagePath: "/media/1.x/640.webp",
    });
    await previewed(id);
    world.media.baseUrl = "https://cdn.example";
    // As a node that starts with the new setting reads it.
    const anew = { ...contextOf(null), bypassViews: true };
    const [body] = await world.stories.contract.bodies(anew, [id]);
    world.media.baseUrl = "";
    expect(body?.membersJson).toContain(`"imageUrl":"https://cdn.example/media/1.x/640.webp"`);
  });

  it("is told of where there is one, so that it is fetched", async () => {
    await world.publish(anna, { text: "https://maru.example/" });
    const [published] = world.test.events.slice(-1);
    expect(published?.data).toMatchObject({ hasLink: true });
    const id = await world.publish(anna, { text: "no link" });
    const [plain] = world.test.events.slice(-1);
    expect(plain?.data).not.toHaveProperty("hasLink");
    expect(await world.stories.contract.linkUrls(contextOf(null), [id])).toEqual([null]);
  });
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Item, Person } from "../../test/support/api-client.ts";
import { openDemoWorld, type DemoWorld } from "../../test/support/demo-world.ts";
import { friendsOf, requests } from "./circles.ts";
import { readSample } from "./members.ts";

const { members } = await readSample();
const handles = members.map(({ handle }) => handle);
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let world: DemoWorld;
let visitors: readonly Person[];

beforeAll(async () => {
  world = await openDemoWorld();
  visitors = await Promise.all(world.community.signIns.map(({ handle }) => world.signIn(handle)));
});
afterAll(() => world.stop());

async function storiesOf(handle: string, as: Person): Promise<readonly Item[]> {
  const { body } = await as.get(`/v1/accounts/@${handle}`);
  return as.walk(`/v1/accounts/${body.account.id}/stories`);
}

describe("the first start of the demo", () => {
  it("makes everybody, in their language, with a name and a bio", async () => {
    const [visitor] = visitors;
    for (const { handle, name, bio, past, signsIn } of members) {
      const { body } = await visitor!.get(`/v1/accounts/@${handle}`);
      expect(body.account).toMatchObject({ handle, name, bio, counts: { stories: past.length } });
      expect(Date.now() - Date.parse(body.account.createdAt)).toBeGreaterThan(21 * dayMs);
      const friends = friendsOf(handle);
      expect(body.account.counts.friends).toBe(friends.length);
      if (!signsIn) {
        expect(friends.length).toBeGreaterThanOrEqual(4);
      }
    }
    const own = await Promise.all(visitors.map((person) => person.get("/v1/accounts/me")));
    expect(own.map(({ body }) => body.account.locale)).toEqual(["ko", "ja", "en"]);
  });

  it("gives each sign-in a full feed of all languages, up to minutes ago", async () => {
    for (const person of visitors) {
      const items = await person.walk("/v1/feed");
      expect(items.length).toBeGreaterThanOrEqual(100);
      const newestMs = Date.now() - Date.parse(items[0]!.at);
      expect(newestMs).toBeLessThan(10 * minuteMs);
      const oldestMs = Date.now() - Date.parse(items.at(-1)!.at);
      expect(oldestMs).toBeGreaterThan(18 * dayMs);
      for (const lang of ["ko", "ja", "en"]) {
        expect(items.filter(({ story }) => story.lang === lang).length).toBeGreaterThan(15);
      }
      expect(items.some(({ reason }) => reason.type === "reshare")).toBe(true);
      expect(items.some(({ story }) => story.visibility === "friends")).toBe(true);
      expect(items.some(({ story }) => story.link !== null)).toBe(true);
      expect(items.some(({ story }) => story.viewer.liked)).toBe(true);
      expect(items.filter(({ story }) => story.counts.likes > 0).length).toBeGreaterThan(80);
      const texts = items.map(({ story }) => story.text);
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  it("keeps the comments as they were told, with their answers", async () => {
    const [visitor] = visitors;
    for (const { handle, past } of members.filter(({ signsIn }) => !signsIn)) {
      const listed = await storiesOf(handle, visitor!);
      for (const story of listed) {
        const told = past.find(({ text }) => text === story.text)!;
        expect(story.counts.comments).toBe(told.comments.length);
      }
      const seen = past.filter(({ friendsOnly }) => !friendsOnly);
      expect(listed.length).toBeGreaterThanOrEqual(seen.length);
    }
    const talked = members
      .flatMap(({ handle, past }) => past.map((story) => ({ handle, story })))
      .find(
        ({ story }) => !story.friendsOnly && story.comments.some((c) => c.answers !== undefined),
      )!;
    const story = (await storiesOf(talked.handle, visitor!)).find(
      ({ text }) => text === talked.story.text,
    )!;
    const comments = await visitor!.walk(`/v1/stories/${story.id}/comments`);
    expect(comments.map(({ author, text }) => [author.handle, text])).toEqual(
      talked.story.comments.map(({ by, text }) => [by, text]),
    );
    const parents = comments.map(({ parentId }) => comments.findIndex(({ id }) => id === parentId));
    expect(parents).toEqual(talked.story.comments.map(({ answers }) => answers ?? -1));
    const times = comments.map(({ createdAt }) => Date.parse(createdAt));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("lets friend requests wait for each sign-in", async () => {
    for (const person of visitors) {
      const asked = await person.walk("/v1/friends/requests?direction=received");
      const expected = requests.filter(([, handle]) => handle === person.handle);
      expect(asked.map(({ handle }) => handle).sort()).toEqual(expected.map(([one]) => one).sort());
      expect(asked.length).toBeGreaterThanOrEqual(3);
    }
  });

  it("tells of itself, and shows on the page whom one may be", async () => {
    const { progress, api, community } = world;
    expect(progress[0]).toEqual({ people: handles.length, stories: 0, storiesTotal: 300 });
    expect(progress.at(-1)).toEqual({ people: handles.length, stories: 300, storiesTotal: 300 });
    const { text } = await api.send("GET", "/client.json");
    expect(JSON.parse(text)).toMatchObject({ demo: { accounts: community.signIns } });
    expect(community.signIns.map(({ locale }) => locale)).toEqual(["ko", "ja", "en"]);
  });

  it("acts for its members alone once it is whole, and says so", async () => {
    const { body } = await visitors[0]!.get("/v1/accounts/@golmok_bakery");
    expect(world.community.actsAs(body.account.id)).toBe(true);
    expect(visitors.filter(({ id }) => world.community.actsAs(id))).toEqual([]);
    expect(world.community.actsAs(null)).toBe(false);
  });

  it("lets nobody sign in as a member who acts by itself", async () => {
    const { password } = world.community.signIns[0]!;
    const body = { handle: "golmok_bakery", password };
    const { status } = await world.api.send("POST", "/v1/sessions", { body });
    expect(status).toBe(401);
  });
});

describe("the next start of the demo", () => {
  it("goes on with what is there, and with what a visitor wrote", async () => {
    const [visitor] = visitors;
    const own = await visitor!.publish("I was here.");
    const before = await visitor!.walk("/v1/feed");
    await world.restart();
    expect(world.progress).toEqual([]);
    const again = await world.signIn(visitor!.handle);
    const after = await again.walk("/v1/feed");
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(after[0]!.story.id).toBe(own.id);
  });

  it("makes nothing twice after a first start that was cut short", async () => {
    const before = await (await world.signIn("maru_en")).walk("/v1/feed");
    await world.restart(async () => {
      const mark = join(world.config.dataDir, "demo.json");
      const text = await readFile(mark, "utf8");
      await writeFile(mark, text.replace(`"filled": true`, `"filled": false`));
    });
    expect(world.progress.at(-1)).toMatchObject({ stories: 300 });
    const visitor = await world.signIn("maru_en");
    const after = await visitor.walk("/v1/feed");
    const shown = (items: readonly Item[]) =>
      items.map(({ story }) => [story.id, story.counts.likes, story.counts.comments]);
    expect(shown(after)).toEqual(shown(before));
    const { body } = await visitor.get("/v1/accounts/me");
    expect(body.account.counts.friends).toBe(friendsOf("maru_en").length);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openMediaWorld, type MediaWorld } from "../../../test/support/media-world.ts";
import type { Id } from "../../kernel/id.ts";
import type { JsonObject } from "../../ports/log.ts";
import type { MediaJson } from "./contract.ts";

/** Facts that come late, twice or not at all, and facts about what is gone. */

let world: MediaWorld;
let anna: Id;
let storyId: Id;
let photo: string;

beforeAll(async () => {
  world = await openMediaWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  anna = world.test.ids.mint();
  storyId = world.test.ids.mint();
  ({ id: photo } = await world.uploaded(anna));
  await world.consume();
});

/** The story as the stories module tells of it, with the photo. */
async function story(
  what: "published" | "edited" | "deleted" | "restored",
  version: number,
  visibility: "public" | "friends" | "self" = "public",
): Promise<void> {
  await world.tell(`stories.${what}.v1`, storyId, version, {
    storyId: String(storyId),
    authorId: String(anna),
    version,
    visibility,
    status: what === "deleted" ? "deleted" : "live",
    mediaIds: [photo],
  });
  await world.consume();
}

async function avatar(avatarId: string | null, version: number): Promise<void> {
  const data = { accountId: String(anna), version, avatarId };
  await world.tell("accounts.updated.v1", anna, version, data);
  await world.consume();
}

async function urlOf(id = photo, as: Id | null = anna): Promise<string | null> {
  const { status, body } = await world.ask("getMedia", { as, id });
  return status === 200 ? (body as { media: MediaJson }).media.url : null;
}

const isPublic = async (id = photo): Promise<boolean> => {
  const plain = (await urlOf(id))?.replace(/\?.*/, "") ?? "";
  return (await world.read(plain)).status === 200;
};

/** What is told of the photo by what `work` does. */
async function told(work: () => Promise<void>): Promise<readonly JsonObject[]> {
  const before = world.test.events.length;
  await work();
  return world.test.events
    .slice(before)
    .filter(({ type }) => type === "media.changed.v1")
    .map(({ data }) => data);
}

const removed = async (): Promise<number> =>
  (await world.ask("deleteMedia", { as: anna, id: photo })).status;

describe("a publication that was given up, and is sent back when more has been told", () => {
  it("makes nothing public of a story that is not any more", async () => {
    await story("edited", 2, "self");
    const url = await urlOf();
    await story("published", 1);
    expect(await isPublic()).toBe(false);
    expect(await urlOf()).toBe(url);
    expect(await removed()).toBe(409);
  });

  it("keeps nothing of a story that is deleted", async () => {
    await story("deleted", 2);
    await story("published", 1);
    expect(await isPublic()).toBe(false);
    world.pass(25 * 3_600_000);
    await world.sweep();
    expect(await urlOf()).toBeNull();
  });
});

describe("a story that comes back", () => {
  it("is told of what was removed while it was away", async () => {
    await story("published", 1);
    await story("deleted", 2);
    expect(await removed()).toBe(204);
    const facts = await told(() => story("restored", 3));
    expect(facts).toEqual([expect.objectContaining({ version: 0, storyIds: [String(storyId)] })]);
  });

  it("is told of what it shows as it is now, though as many see it there as ever", async () => {
    await story("published", 1);
    const other = world.test.ids.mint();
    const state = { storyId: String(other), authorId: String(anna), version: 1, status: "live" };
    const data = { ...state, visibility: "public", mediaIds: [photo] };
    await world.tell("stories.published.v1", other, 1, data);
    await story("deleted", 2);
    const facts = await told(() => story("restored", 3));
    expect(facts.flatMap((fact) => fact["storyIds"])).toContain(String(storyId));
  });
});

describe("an avatar that was given up, and is sent back when there is another", () => {
  it("takes its place from nobody", async () => {
    const { id: second } = await world.uploaded(anna);
    await world.consume();
    await avatar(second, 3);
    await avatar(photo, 2);
    expect([await isPublic(), await isPublic(second)]).toEqual([false, true]);
  });

  it("does not come back when there is none any more", async () => {
    await avatar(photo, 2);
    await avatar(null, 3);
    await avatar(photo, 2);
    expect(await isPublic()).toBe(false);
    await avatar(photo, 4);
    expect(await isPublic()).toBe(true);
  });
});

describe("what is to be removed", () => {
  it("stays where its story has come back meanwhile, however late that is heard", async () => {
    await story("published", 1);
    await story("deleted", 2);
    world.pass(121_000);
    await world.runJobs();
    // In the log, the story's return stands before what the job has told.
    await story("restored", 3);
    await world.sweep();
    expect(await isPublic()).toBe(true);
  });

  it("is all that is overdue, in batches", async () => {
    const count = async (): Promise<number> =>
      (await world.test.sql`SELECT FROM media.media`).length;
    await world.test.sql`
      INSERT INTO media.media (id, owner_id, kind, state, alt, width, height, secret, audience, remove_after)
      SELECT ${world.test.ids.mint()}::bigint + n, ${anna}, 'image', 'ready', '', 1, 1, 'x', 1, now()
      FROM generate_series(1, 250) AS n`;
    expect(await count()).toBeGreaterThan(250);
    world.pass(25 * 3_600_000);
    await world.sweep();
    const kept = await world.test.sql`SELECT FROM media.media WHERE remove_after IS NOT NULL`;
    expect(kept).toHaveLength(0);
  });
});

it("an avatar that was removed while it was chosen is told to the account", async () => {
  expect(await removed()).toBe(204);
  const facts = await told(() => avatar(photo, 2));
  expect(facts).toEqual([expect.objectContaining({ version: 0, accountIds: [String(anna)] })]);
  expect(await world.media.contract.current(contextOf(null), [BigInt(photo)])).toEqual([null]);
});

import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Asked } from "../../../test/support/ask-module.ts";
import { openMediaWorld, type MediaWorld } from "../../../test/support/media-world.ts";
import type { Id } from "../../kernel/id.ts";

let world: MediaWorld;
beforeAll(async () => {
  world = await openMediaWorld();
});
afterAll(() => world.close());

const tus = { "tus-resumable": "1.0.0" };
const kibibyte = 1024;
const length = 1024 * kibibyte;

const begin = (as: Id, bytes = length): Promise<Asked> =>
  world.ask("beginUpload", { as, params: {}, headers: { ...tus, "upload-length": String(bytes) } });

async function idOf(ownerId: Id): Promise<string> {
  const [row] = await world.test.sql<{ id: string }[]>`
    SELECT id::text FROM media.uploads WHERE owner_id = ${ownerId}`;
  return row?.id ?? "";
}

const goOn = (as: Id, id: string, { from, bytes }: { from: number; bytes: number }) =>
  world.ask("continueUpload", {
    as,
    id,
    headers: {
      ...tus,
      "content-type": "application/offset+octet-stream",
      "upload-offset": String(from),
    },
    incoming: Readable.from([Buffer.alloc(bytes)]),
  });

/** As if it had come byte by byte. */
async function hasParts(id: string, count: number): Promise<void> {
  await world.test.sql`
    UPDATE media.uploads SET received = ${count}, parts = (
      SELECT jsonb_agg(jsonb_build_object('key', 'part-' || n, 'bytes', 1)) FROM generate_series(1, ${count}) AS n
    ) WHERE id = ${id}`;
}

async function receivedOf(id: string): Promise<number> {
  const [row] = await world.test.sql<{ received: number }[]>`
    SELECT received::int FROM media.uploads WHERE id = ${id}`;
  return row?.received ?? -1;
}

describe("an upload that comes in many small pieces", () => {
  it("takes no further one, but a larger one, and then a small one again", async () => {
    const anna = world.test.ids.mint();
    await begin(anna);
    const id = await idOf(anna);
    await hasParts(id, 499);
    expect((await goOn(anna, id, { from: 499, bytes: 1 })).status).toBe(204);
    const refused = await goOn(anna, id, { from: 500, bytes: 1 });
    expect([refused.status, refused.code]).toEqual([400, "media.upload_invalid"]);
    expect(await receivedOf(id)).toBe(500);
    const bytes = 512 * kibibyte;
    expect((await goOn(anna, id, { from: 500, bytes })).status).toBe(204);
    expect((await goOn(anna, id, { from: 500 + bytes, bytes: 1 })).status).toBe(204);
    expect((await goOn(anna, id, { from: 501 + bytes, bytes: 1 })).status).toBe(400);
  });

  it("takes the last one, however small", async () => {
    const anna = world.test.ids.mint();
    await begin(anna, 501);
    const id = await idOf(anna);
    await hasParts(id, 500);
    // It cannot be put together, because its parts are in the record alone.
    expect((await goOn(anna, id, { from: 500, bytes: 1 })).status).toBe(404);
    expect(await receivedOf(id)).toBe(501);
  });
});

describe("uploads that are begun", () => {
  it("at the same time are no more than one after another", async () => {
    const anna = world.test.ids.mint();
    const answers = await Promise.all(Array.from({ length: 55 }, () => begin(anna)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(50);
    expect(answers.filter(({ code }) => code === "media.too_many_unused")).toHaveLength(5);
  });

  it("by a person who is gone are none", async () => {
    const anna = world.test.ids.mint();
    await world.tell("accounts.deleted.v1", anna, 2, { accountId: String(anna) });
    expect((await begin(anna)).status).toBe(401);
    expect(await idOf(anna)).toBe("");
  });

  it("go with their parts when the person does", async () => {
    const anna = world.test.ids.mint();
    await begin(anna);
    const before = await world.keys();
    await goOn(anna, await idOf(anna), { from: 0, bytes: 5 });
    expect(await world.keys()).toHaveLength(before.length + 1);
    await world.tell("accounts.deleted.v1", anna, 2, { accountId: String(anna) });
    await world.sweep();
    expect(await world.keys()).toEqual(before);
  });
});

import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Asked } from "../../../test/support/ask-module.ts";
import { openMediaWorld, type MediaWorld } from "../../../test/support/media-world.ts";
import type { Id } from "../../kernel/id.ts";
import type { BlobStore } from "../../ports/blobs.ts";
import type { MediaJson } from "./contract.ts";

let world: MediaWorld;
/** What was asked of the store. */
const asked = { reads: 0, originals: 0 };

const counting = (blobs: BlobStore): BlobStore => ({
  ...blobs,
  read(key, range) {
    asked.reads += 1;
    return blobs.read(key, range);
  },
  put(key, file, about) {
    asked.originals += key.endsWith("-original") ? 1 : 0;
    return blobs.put(key, file, about);
  },
});

beforeAll(async () => {
  world = await openMediaWorld({ unusedMax: 1 }, counting);
});
afterAll(() => world.close());
beforeEach(() => {
  Object.assign(asked, { reads: 0, originals: 0 });
});

const tus = { "tus-resumable": "1.0.0" };
const content = "photo of a pond";

async function sent(as: Id): Promise<{ readonly id: string; readonly answer: Asked }> {
  const length = String(Buffer.byteLength(content));
  const headers = { ...tus, "upload-length": length };
  await world.ask("beginUpload", { as, params: {}, headers });
  const [row] = await world.test.sql<{ id: string }[]>`
    SELECT id::text FROM media.uploads WHERE owner_id = ${as} AND received = 0`;
  const id = row?.id ?? "";
  const type = "application/offset+octet-stream";
  const answer = await world.ask("continueUpload", {
    as,
    id,
    headers: { ...tus, "content-type": type, "upload-offset": "0" },
    incoming: Readable.from([Buffer.from(content)]),
  });
  return { id, answer };
}

const ask = (as: Id, id: string): Promise<Asked> => world.ask("getUploadMedia", { as, id });

describe("an upload that is whole", () => {
  it("is not put together for who has too many already, however often they ask", async () => {
    const anna = world.test.ids.mint();
    await world.uploaded(anna);
    const { id, answer } = await sent(anna);
    asked.originals = 0;
    const answers = [answer, ...(await Promise.all([1, 2, 3].map(() => ask(anna, id))))];
    expect(answers.map(({ code }) => code)).toEqual(Array(4).fill("media.too_many_unused"));
    expect(asked).toEqual({ reads: 0, originals: 0 });
  });

  it("is put together once, however many ask at the same time, and each is told of the same item", async () => {
    const anna = world.test.ids.mint();
    const first = await world.uploaded(anna);
    const { id } = await sent(anna);
    await world.ask("deleteMedia", { as: anna, id: first.id });
    Object.assign(asked, { reads: 0, originals: 0 });
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(anna, id)));
    const found = answers.map(({ body }) => (body as { media: MediaJson }).media.id);
    expect(new Set(found).size).toBe(1);
    expect(asked).toEqual({ reads: 1, originals: 1 });
  });
});

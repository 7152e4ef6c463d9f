import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openMediaWorld, type MediaWorld } from "../../../test/support/media-world.ts";
import type { BlobStore } from "../../ports/blobs.ts";

let world: MediaWorld;
const written: string[] = [];
/** What happens when a made file is about to be written. */
let beforeMade: () => Promise<void>;

const slow = (blobs: BlobStore): BlobStore => ({
  ...blobs,
  async put(key, file, about) {
    if (key.endsWith(".webp")) {
      await beforeMade();
    }
    await blobs.put(key, file, about);
    written.push(key);
  },
});

beforeAll(async () => {
  world = await openMediaWorld({}, slow);
});
afterAll(() => world.close());
beforeEach(() => {
  written.length = 0;
});

/** Of what was written; known or not. */
async function left(): Promise<readonly string[]> {
  const sizes = await Promise.all(written.map((key) => world.blobs.size(key)));
  return written.filter((_key, at) => sizes[at] !== null);
}

describe("of an item that goes while its files are written", () => {
  it("nothing stays in the store", async () => {
    const anna = world.test.ids.mint();
    const { id } = await world.uploaded(anna);
    beforeMade = async () => {
      expect((await world.ask("deleteMedia", { as: anna, id })).status).toBe(204);
      await world.sweep();
    };
    await world.consume();
    expect(written).toHaveLength(2);
    await world.sweep();
    expect(await left()).toEqual([]);
  });

  it("and of a link's picture that nobody waits for any more nothing stays but what is found later", async () => {
    const given = new AbortController();
    beforeMade = async () => {
      given.abort(new Error("given up"));
    };
    const folder = await world.media.contract.workFolder();
    const file = path.join(folder.path, "picture");
    await writeFile(file, "photo of a page");
    const id = world.test.ids.mint();
    const keeping = world.media.contract.keepPreview(contextOf(null), id, file, given.signal);
    await expect(keeping).rejects.toThrow("given up");
    await folder.remove();
    expect(await world.test.sql`SELECT FROM media.media WHERE id = ${id}`).toHaveLength(0);
    world.pass(3 * 3_600_000);
    await world.sweep();
    expect(await left()).toEqual([]);
  });
});

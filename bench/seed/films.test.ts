import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fillUp } from "./films.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maru-films-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

it.each([3_000_000, 3_145_753])(
  "fills a clip up to %i bytes by one box that reaches to its end",
  async (bytes) => {
    const clip = join(folder, "clip");
    const filled = join(folder, "filled");
    const content = Buffer.alloc(1_000, "clip");
    await writeFile(clip, content);
    await fillUp(clip, filled, bytes);
    const found = await readFile(filled);
    expect(found.length).toBe(bytes);
    expect(found.subarray(0, content.length).equals(content)).toBe(true);
    expect(found.readUInt32BE(content.length)).toBe(bytes - content.length);
    expect(found.toString("latin1", content.length + 4, content.length + 8)).toBe("free");
  },
);

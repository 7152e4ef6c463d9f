import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createReadFolder } from "./folder.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "maru-folder-"));
});

afterEach(() => rm(root, { recursive: true }));

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, folder, name, ".."), { recursive: true });
    await writeFile(join(root, folder, name), text);
  }
}

async function textsOf(folder: string): Promise<Record<string, string> | null> {
  const files = await createReadFolder(join(root, folder))();
  return (
    files &&
    Object.fromEntries([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))
  );
}

test("every file is read, in folders too", async () => {
  await write("dist", { "index.html": "page", "assets/a.js": "a", "assets/deep/b.js": "b" });
  expect(await textsOf("dist")).toEqual({
    "index.html": "page",
    "assets/a.js": "a",
    "assets/deep/b.js": "b",
  });
});

test("a folder that is not there is none", async () => {
  expect(await textsOf("gone")).toBeNull();
});

test("while the folder is replaced again and again, what is read is of one of them", async () => {
  const build = (n: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: 30 }, (_, file) => [`file-${file}`, `build ${n}`]));
  await write("dist", build(0));
  const replacing = new AbortController();
  const reading = (async () => {
    while (!replacing.signal.aborted) {
      const texts = await textsOf("dist").catch((error: unknown) => {
        expect(String(error)).toContain("again and again");
        return null;
      });
      if (texts !== null) {
        const builds = new Set(Object.values(texts));
        expect([builds.size, Object.keys(texts).length]).toEqual([1, 30]);
      }
    }
  })();
  for (let n = 1; n <= 20; n += 1) {
    await write("next", build(n));
    await rename(join(root, "dist"), join(root, "old"));
    await rename(join(root, "next"), join(root, "dist"));
    await rm(join(root, "old"), { recursive: true });
  }
  replacing.abort();
  await reading;
  expect(await textsOf("dist")).toEqual(build(20));
});

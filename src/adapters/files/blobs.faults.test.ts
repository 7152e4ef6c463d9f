import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmod,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { anyKey, failureOf, fileOf, textOf } from "../../../test/support/blobs-contract.ts";
import { temporaryFolder } from "../../../test/support/data-folder.ts";
import { fileSystem } from "../../../test/support/file-system.ts";
import { BlobsFull, BlobsUnavailable, type BlobStore } from "../../ports/blobs.ts";
import { createFileBlobs } from "./blobs.ts";
import { placeIn } from "./place.ts";

const mebibyte = 1024 * 1024;
const about = { contentType: "image/webp" };

async function openBlobs(folder: string): Promise<BlobStore> {
  const blobs = await createFileBlobs({ folder });
  onTestFinished(() => blobs.close());
  return blobs;
}

/** All files below the folder, without those that are unfinished. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.parentPath.endsWith("/unfinished"))
    .map((entry) => join(entry.parentPath, entry.name));
}

const unfinishedIn = (folder: string): Promise<string[]> => readdir(join(folder, "unfinished"));

describe("a folder of blobs on a full disk", () => {
  it("refuses what has no room, shows nothing of it, gives back the rest, and takes blobs again", async (test) => {
    const folder = await temporaryFolder();
    const disk = fileSystem(test, folder, "size=8m");
    const blobs = await openBlobs(folder);
    const [old, large, next] = [anyKey(), anyKey(), anyKey()];
    await blobs.put(old, await fileOf("old"), about);

    const file = await fileOf(randomBytes(12 * mebibyte));
    await expect(blobs.put(large, file, about)).rejects.toThrow(BlobsFull);
    expect(await blobs.size(large)).toBeNull();
    expect(await unfinishedIn(folder)).toEqual([]);

    await disk.fill();
    const small = await fileOf("next");
    await expect(blobs.put(next, small, about)).rejects.toThrow(
      `The disk that holds the blobs in ${folder} is full`,
    );
    await expect(blobs.put(old, small, about)).rejects.toThrow(BlobsFull);
    await expect(blobs.check()).rejects.toThrow(BlobsFull);
    expect(await textOf(blobs, old)).toBe("old");
    expect(await filesIn(folder)).toHaveLength(2);
    // A node can start there, and what is removed makes room.
    const other = await openBlobs(folder);
    await other.remove([old]);
    expect(await blobs.size(old)).toBeNull();

    await disk.empty();
    await blobs.put(next, small, about);
    expect(await textOf(blobs, next)).toBe("next");
  });

  it("is unavailable for writing and goes on reading when the disk may only be read", async (test) => {
    const folder = await temporaryFolder();
    const disk = fileSystem(test, folder, "size=8m");
    const blobs = await openBlobs(folder);
    const key = anyKey();
    await blobs.put(key, await fileOf("content"), about);
    disk.remount("ro");
    const file = await fileOf("other");
    await expect(blobs.put(anyKey(), file, about)).rejects.toThrow(BlobsUnavailable);
    await expect(blobs.remove([key])).rejects.toThrow(/read-only file system/);
    await expect(blobs.check()).rejects.toThrow(/read-only file system/);
    expect(await textOf(blobs, key)).toBe("content");
    disk.remount("rw");
  });
});

describe("a folder of blobs that is not there", () => {
  it("is made, for its owner alone, with all that is above it", async () => {
    const folder = join(await temporaryFolder(), "a", "b");
    const blobs = await openBlobs(folder);
    const key = anyKey();
    const file = await fileOf("content");
    await chmod(file, 0o444);
    await blobs.put(key, file, about);
    for (const made of [dirname(folder), folder, placeIn(folder, key).folder]) {
      expect((await stat(made)).mode & 0o777).toBe(0o700);
    }
    expect((await stat(placeIn(folder, key).path)).mode & 0o777).toBe(0o600);
  });

  it("is named where it cannot be made", async () => {
    const file = await fileOf("a file");
    await expect(createFileBlobs({ folder: join(file, "blobs") })).rejects.toThrow(
      `The blobs in ${file}/blobs cannot be got at: ENOTDIR`,
    );
    await expect(createFileBlobs({ folder: join(file, "blobs") })).rejects.toThrow(
      BlobsUnavailable,
    );
  });

  it("is not taken for an empty one, nor made again, when it goes away meanwhile", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "blobs");
    const blobs = await openBlobs(folder);
    const key = anyKey();
    const file = await fileOf("content");
    await blobs.put(key, file, about);
    await rename(folder, join(root, "elsewhere"));
    for (const isMountPoint of [false, true]) {
      if (isMountPoint) await mkdir(folder);
      await expect(blobs.read(key)).rejects.toThrow(BlobsUnavailable);
      await expect(blobs.size(key)).rejects.toThrow(BlobsUnavailable);
      await expect(blobs.remove([key])).rejects.toThrow(BlobsUnavailable);
      await expect(blobs.put(key, file, about)).rejects.toThrow(BlobsUnavailable);
      await expect(blobs.check()).rejects.toThrow(BlobsUnavailable);
    }
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
    await rename(join(root, "elsewhere"), folder);
    expect(await textOf(blobs, key)).toBe("content");
  });
});

describe("symbolic links in a folder of blobs", () => {
  it("may lead to the folder, and nowhere from there", async () => {
    const root = await temporaryFolder();
    const [folder, link, outside] = ["real", "link", "outside"].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(folder);
    await mkdir(outside);
    await symlink(folder, link);
    const blobs = await openBlobs(link);
    const [detoured, key] = [anyKey(), anyKey()];
    await blobs.put(key, await fileOf("content"), about);

    const way = placeIn(folder, detoured);
    await mkdir(dirname(way.folder), { recursive: true });
    await symlink(outside, way.folder);
    const victim = join(outside, way.path.split("/").at(-1)!);
    await writeFile(victim, "not a blob");
    const file = await fileOf("hostile");
    await expect(blobs.put(detoured, file, about)).rejects.toThrow(/leads somewhere else/);
    await expect(blobs.read(detoured)).rejects.toThrow(/leads somewhere else/);
    await expect(blobs.size(detoured)).rejects.toThrow(/leads somewhere else/);
    await expect(blobs.remove([detoured])).rejects.toThrow(/leads somewhere else/);
    expect((await stat(victim)).size).toBe("not a blob".length);
    expect(await unfinishedIn(folder)).toEqual([]);

    const { path } = placeIn(folder, key);
    await rm(path);
    await symlink(victim, path);
    await expect(blobs.read(key)).rejects.toThrow(BlobsUnavailable);
    await expect(blobs.size(key)).rejects.toThrow(BlobsUnavailable);
    await blobs.put(key, file, about);
    expect(await textOf(blobs, key)).toBe("hostile");
    expect((await stat(victim)).size).toBe("not a blob".length);
  });
});

describe("what a node that was killed has left in a folder of blobs", () => {
  it("is removed at a start once it is old, and nothing else is", async () => {
    const folder = await temporaryFolder();
    await openBlobs(folder);
    const unfinished = join(folder, "unfinished");
    const hourMs = 3_600_000;
    const left = [
      { name: `${randomUUID()}.part`, ageMs: 2 * hourMs },
      { name: `${randomUUID()}.part`, ageMs: hourMs / 2 },
      { name: "somebody's.txt", ageMs: 100 * hourMs },
    ] as const;
    for (const { name, ageMs } of left) {
      await writeFile(join(unfinished, name), "half");
      const at = new Date(Date.now() - ageMs);
      await utimes(join(unfinished, name), at, at);
    }
    await openBlobs(folder);
    expect(new Set(await readdir(unfinished))).toEqual(new Set([left[1].name, left[2].name]));
  });

  it("is never a blob that is not whole", async () => {
    const folder = await temporaryFolder();
    const [a, b] = [Buffer.alloc(3 * mebibyte, "a"), Buffer.alloc(3 * mebibyte, "b")];
    const files = [await fileOf(a), await fileOf(b)];
    const blobs = await openBlobs(folder);
    for (let round = 0; round < 5; round += 1) {
      const key = anyKey();
      const child = spawn(
        process.execPath,
        ["--input-type=module", "--eval", putAgainAndAgain, moduleUrl, folder, key, ...files],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const lines = createInterface({ input: child.stdout });
      for (let put = 0; put <= round; put += 1) await once(lines, "line");
      child.kill("SIGKILL");
      await once(child, "exit");
      const found = await buffer((await blobs.read(key))!);
      expect(found.equals(a) || found.equals(b)).toBe(true);
    }
    expect(await filesIn(folder)).toHaveLength(5);
  });
});

const moduleUrl = new URL("./blobs.ts", import.meta.url).href;
/** Says so after each put. */
const putAgainAndAgain = `
const [url, folder, key, ...files] = process.argv.slice(1);
const { createFileBlobs } = await import(url);
const blobs = await createFileBlobs({ folder });
for (let n = 0; ; n += 1) {
  await blobs.put(key, files[n % files.length], { contentType: "image/webp" });
  console.log("put");
}
`;

it("many blobs are spread over folders, none of which is a key's own", () => {
  const perFolder = new Map<string, number>();
  for (let n = 0; n < 100_000; n += 1) {
    const { folder } = placeIn("/blobs", `${n}/${n}.webp`);
    perFolder.set(folder, (perFolder.get(folder) ?? 0) + 1);
  }
  expect(perFolder.size).toBeGreaterThan(45_000);
  expect(Math.max(...perFolder.values())).toBeLessThan(20);
  const place = placeIn("/blobs", "12/34.webp");
  expect(place.path).toBe(join(place.folder, "12+34.webp"));
});

it("a blob that gets shorter while it is read ends with an error", async () => {
  const folder = await temporaryFolder();
  const blobs = await openBlobs(folder);
  const key = anyKey();
  await blobs.put(key, await fileOf(Buffer.alloc(4 * mebibyte)), about);
  const stream = (await blobs.read(key))!;
  await once(stream, "data");
  stream.pause();
  await truncate(placeIn(folder, key).path, 1);
  expect(await failureOf(stream)).toBeInstanceOf(BlobsUnavailable);
});

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { open, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AssertionError } from "../../src/kernel/assert.ts";
import type { Blobs, BlobStore } from "../../src/ports/blobs.ts";
import { temporaryFolder } from "./data-folder.ts";

/** A store, as the nodes that share it see it. */
export interface BlobsWorld {
  /** Another node on the same store. */
  open(): Promise<BlobStore>;
  /** How many files or answers of the store are open at the moment. */
  held(): number | Promise<number>;
  /** What is there of blobs that were never finished. */
  unfinished(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const mebibyte = 1024 * 1024;
const largeBytes = 64 * mebibyte;
/** Of a large blob, so much may be in memory at a time: some parts while it is put, little while it is read. */
const puttingBytesMax = 40 * mebibyte;
const readingBytesMax = 8 * mebibyte;
const pauseRatio = 3;
const readerPauseMs = 1_000;
const manyKeys = 2_500;
const about = { contentType: "application/octet-stream" };

export function anyKey(): string {
  return `${randomUUID()}/file.bin`;
}

/** The path of a file of the test, with this in it. */
export async function fileOf(content: Buffer | string): Promise<string> {
  const path = join(await temporaryFolder(), "content");
  await writeFile(path, content);
  return path;
}

/** What is there, as text; null: there is none. */
export async function textOf(blobs: Blobs, key: string): Promise<string | null> {
  const stream = await blobs.read(key);
  return stream === null ? null : (await buffer(stream)).toString();
}

/** A file with this many random bytes, written piece by piece. */
async function largeFile(): Promise<{ readonly path: string; readonly hash: string }> {
  const path = await fileOf("");
  const file = await open(path, "w");
  const hash = createHash("sha256");
  for (let bytes = 0; bytes < largeBytes; bytes += mebibyte) {
    const piece = randomBytes(mebibyte);
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  return { path, hash: hash.digest("hex") };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function bufferedBytes(): number {
  // What the first finds is given back by another thread, for which the second waits.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** The most that buffers have taken while it ran. */
async function mostBuffered(work: () => Promise<unknown>): Promise<number> {
  const before = bufferedBytes();
  const under = new AbortController();
  let most = 0;
  const watching = (async () => {
    while (!under.signal.aborted) {
      const beganMs = performance.now();
      most = Math.max(most, bufferedBytes() - before);
      // Collecting garbage takes its time; most of it is left to the work.
      await pause(pauseRatio * (performance.now() - beganMs));
    }
  })();
  await work().finally(() => {
    under.abort();
  });
  await watching;
  return most;
}

/** What every store does while nothing fails. */
export function describeBlobs(title: string, openWorld: () => Promise<BlobsWorld>): void {
  describe(`blobs in ${title}`, () => {
    let world: BlobsWorld;
    let blobs: BlobStore;

    beforeAll(async () => {
      world = await openWorld();
      blobs = await world.open();
    });
    afterAll(async () => {
      await blobs.close();
      await world.stop();
    });

    async function put(key: string, content: Buffer | string): Promise<void> {
      await blobs.put(key, await fileOf(content), about);
    }

    it("gives back what was put, to other nodes, too, and leaves the file as it was", async () => {
      const key = anyKey();
      const content = randomBytes(300_000);
      const file = await fileOf(content);
      await blobs.put(key, file, about);
      expect(await blobs.size(key)).toBe(content.length);
      expect(await buffer((await blobs.read(key))!)).toEqual(content);
      expect((await stat(file)).size).toBe(content.length);
      const other = await world.open();
      expect(await buffer((await other.read(key))!)).toEqual(content);
      await other.close();
    });

    it("does not depend on the file any more once it is put", async () => {
      const key = anyKey();
      const file = await fileOf("first");
      await blobs.put(key, file, about);
      await writeFile(file, "SECOND");
      expect(await textOf(blobs, key)).toBe("first");
      await rm(file);
      expect(await textOf(blobs, key)).toBe("first");
    });

    it.each([
      ["the first byte", 0, 0, "0"],
      ["the last byte", 9, 9, "9"],
      ["some in the middle", 3, 5, "345"],
      ["all of it", 0, 9, "0123456789"],
      ["up to the end, where the range goes beyond", 7, 1_000_000, "789"],
      ["nothing, where the range begins at the end", 10, 12, ""],
      ["nothing, where the range begins beyond it", 5_000_000_000, 5_000_000_001, ""],
    ])("reads a range: %s", async (_, start, end, expected) => {
      const key = anyKey();
      await put(key, "0123456789");
      const stream = await blobs.read(key, { start, end });
      expect((await buffer(stream!)).toString()).toBe(expected);
    });

    it.each([
      { start: -1, end: 3 },
      { start: 3, end: 2 },
      { start: 0.5, end: 2 },
      { start: 0, end: Number.NaN },
      { start: 0, end: Number.POSITIVE_INFINITY },
    ])("takes the range $start to $end for a bug", async (range) => {
      await expect(blobs.read(anyKey(), range)).rejects.toThrow(AssertionError);
    });

    it("keeps an empty blob, of which every range is empty", async () => {
      const key = anyKey();
      await put(key, "");
      expect(await blobs.size(key)).toBe(0);
      expect(await textOf(blobs, key)).toBe("");
      expect(await buffer((await blobs.read(key, { start: 0, end: 0 }))!)).toHaveLength(0);
    });

    it("has nothing where nothing was put", async () => {
      const key = anyKey();
      expect(await blobs.size(key)).toBeNull();
      expect(await blobs.read(key)).toBeNull();
      expect(await blobs.read(key, { start: 0, end: 0 })).toBeNull();
    });

    it("replaces what is there, with something shorter as well", async () => {
      const key = anyKey();
      await put(key, "a long one");
      await put(key, "short");
      expect(await textOf(blobs, key)).toBe("short");
      expect(await blobs.size(key)).toBe(5);
      await put(key, "longer again");
      expect(await textOf(blobs, key)).toBe("longer again");
    });

    it("removes, and removes again, and takes what is put there later", async () => {
      const key = anyKey();
      await put(key, "content");
      await blobs.remove([key]);
      expect(await blobs.read(key)).toBeNull();
      expect(await blobs.size(key)).toBeNull();
      await blobs.remove([key]);
      await put(key, "back");
      expect(await textOf(blobs, key)).toBe("back");
    });

    it("removes many at once, whether they are there or not, and none besides", async () => {
      const keys = Array.from({ length: manyKeys }, (_, n) => `many/${n}`);
      const there = [keys[0]!, keys[999]!, keys[1_000]!, keys[manyKeys - 1]!];
      for (const key of [...there, "many/besides"]) await put(key, key);
      await blobs.remove(keys);
      for (const key of there) expect(await blobs.size(key)).toBeNull();
      expect(await textOf(blobs, "many/besides")).toBe("many/besides");
      await blobs.remove([]);
    });

    it("keeps apart keys that look alike", async () => {
      const folder = randomUUID();
      const keys = ["a", "a/b", "a/b.c", "a.b", "A", "a_b", "a-b", "a/b/c"].map(
        (name) => `${folder}/${name}`,
      );
      for (const key of keys) await put(key, key);
      await blobs.remove([keys[3]!]);
      const texts = await Promise.all(keys.map((key) => textOf(blobs, key)));
      expect(texts).toEqual(keys.map((key, n) => (n === 3 ? null : key)));
    });

    it("takes the longest keys", async () => {
      for (const key of ["k".repeat(200), Array.from({ length: 100 }, () => "k").join("/") + "k"]) {
        await put(key, "long");
        expect(await textOf(blobs, key)).toBe("long");
        await blobs.remove([key]);
      }
    });

    it("has one whole version when several are put at once, and at every moment meanwhile", async () => {
      const key = anyKey();
      const other = await world.open();
      const versions = ["a", "b", "c", "d"].map((letter) => letter.repeat(400_000));
      await put(key, versions[0]!);
      const putting = new AbortController();
      const seen = new Set<string>();
      const reading = (async () => {
        while (!putting.signal.aborted) seen.add((await textOf(other, key))!);
      })();
      const files = await Promise.all(versions.map((text) => fileOf(text)));
      await Promise.all(
        files.map((file, n) => (n % 2 === 0 ? blobs : other).put(key, file, about)),
      );
      putting.abort();
      await reading;
      seen.add((await textOf(blobs, key))!);
      expect([...seen].filter((text) => !versions.includes(text))).toEqual([]);
      await other.close();
    });

    it("holds little of a large blob in memory, whether it is put or read", async () => {
      const key = anyKey();
      const { path, hash } = await largeFile();
      expect(await mostBuffered(() => blobs.put(key, path, about))).toBeLessThan(puttingBytesMax);
      expect(await blobs.size(key)).toBe(largeBytes);
      const read = createHash("sha256");
      let chunks = 0;
      const most = await mostBuffered(async () => {
        for await (const chunk of (await blobs.read(key))!) {
          read.update(chunk as Buffer);
          chunks += 1;
          // The store may not run ahead of a reader who takes its time.
          if (chunks === 1) await pause(readerPauseMs);
        }
      });
      expect(most).toBeLessThan(readingBytesMax);
      expect(read.digest("hex")).toBe(hash);
      const tail = await blobs.read(key, { start: largeBytes - 3, end: largeBytes + 3 });
      expect(await buffer(tail!)).toHaveLength(3);
      await blobs.remove([key]);
    });

    it("lets go of what is not read to its end", async () => {
      const key = anyKey();
      await put(key, randomBytes(8 * mebibyte));
      await expect.poll(() => world.held()).toBe(0);
      for (let n = 0; n < 10; n += 1) {
        const streams = await Promise.all(Array.from({ length: 30 }, () => blobs.read(key)));
        await Promise.all(
          streams.map(async (stream, at) => {
            // Some are given up before their first byte.
            if (at % 2 === 0) await new Promise((resolve) => stream!.once("data", resolve));
            stream!.destroy();
          }),
        );
      }
      await expect.poll(() => world.held()).toBe(0);
      expect(await blobs.size(key)).toBe(8 * mebibyte);
    });

    it("lets go of what has been read", async () => {
      const key = anyKey();
      await put(key, "content");
      for (let n = 0; n < 20; n += 1) await textOf(blobs, key);
      await expect.poll(() => world.held()).toBe(0);
    });

    it("says so in the file system's words when the file to be put is missing, and keeps nothing", async () => {
      const key = anyKey();
      const file = await fileOf("");
      await rm(file);
      await expect(blobs.put(key, file, about)).rejects.toMatchObject({ code: "ENOENT" });
      expect(await blobs.size(key)).toBeNull();
    });

    it.each(
      [
        ...["", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/../b", "a/..", "a/.b", ".a", "a\0"],
        ...["a b", "a\\b", "a%2fb", "a+b", "é", "a\n", "a:b", "k".repeat(201), "unfinished/../a"],
      ].map((key) => [JSON.stringify(key), key] as const),
    )("refuses %s as a key, and does nothing", async (_, key) => {
      const file = await fileOf("hostile");
      await expect(blobs.put(key, file, about)).rejects.toThrow(AssertionError);
      await expect(blobs.read(key)).rejects.toThrow(AssertionError);
      await expect(blobs.size(key)).rejects.toThrow(AssertionError);
      const good = anyKey();
      await put(good, "good");
      await expect(blobs.remove([good, key])).rejects.toThrow(AssertionError);
      expect(await textOf(blobs, good)).toBe("good");
    });

    it("is well, leaves nothing of what it writes to find that out, and can be asked by many", async () => {
      const other = await world.open();
      await Promise.all([blobs, other, blobs, other].map((store) => store.check()));
      expect(await blobs.read("maru-check")).toBeNull();
      await other.close();
    });

    it("has nothing unfinished in the end, and holds nothing", async () => {
      expect(await world.unfinished()).toEqual([]);
      await expect.poll(() => world.held()).toBe(0);
    });
  });
}

/** A stream that is expected to fail: what it fails with. */
export async function failureOf(stream: Readable): Promise<unknown> {
  try {
    for await (const _ of stream);
  } catch (error) {
    return error;
  }
  throw new Error("the stream has come to its end");
}

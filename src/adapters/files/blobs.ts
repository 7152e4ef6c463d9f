import { constants } from "node:fs";
import { access, lstat, open, rename, rm, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assert } from "../../kernel/assert.ts";
import { isByteRange, type BlobStore } from "../../ports/blobs.ts";
import { codeOf, failureIn } from "./failure.ts";
import { streamFile } from "./file-stream.ts";
import { makeFolder, openFolder, refuseDetour, syncFolder } from "./folders.ts";
import { placeIn, type Place } from "./place.ts";
import { createUnfinished } from "./unfinished.ts";

export interface FileBlobsDeps {
  /** Made if it is missing. Several nodes may share it. */
  readonly folder: string;
}

const sweepEveryMs = 3_600_000;
/** Each waits for the disk; more would keep the process's other file operations waiting. */
const removedAtOnce = 4;
/** What a check writes, and takes away again. */
const checkKey = "maru-check";

/** Blobs as files under a folder, of which nobody ever sees a half. */
export async function createFileBlobs({ folder }: FileBlobsDeps): Promise<BlobStore> {
  const root = await openFolder(folder).catch((error: unknown) => {
    throw failureIn(folder, error);
  });
  const unfinished = createUnfinished(join(root, "unfinished"));
  /** Folders of which it is known that they outlast a power cut. */
  const lasting = new Set<string>();

  async function inStore<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw failureIn(root, error);
    }
  }

  /** Null: there is no such file, in a store that is there. A disk that is not mounted any more is none. */
  async function orMissing<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      await access(unfinished.folder);
      return null;
    }
  }

  async function makeFolderOf({ folder: own }: Place): Promise<void> {
    const above = dirname(own);
    await makeFolder(above);
    await makeFolder(own);
    await refuseDetour(own);
    if (lasting.has(own)) return;
    // Another node may have made them just now, so that they do not last yet.
    await syncFolder(above);
    await syncFolder(root);
    lasting.add(own);
  }

  async function place(written: string, at: Place): Promise<void> {
    try {
      await makeFolderOf(at);
      await rename(written, at.path);
      await syncFolder(at.folder);
    } catch (error) {
      await rm(written, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async function openBlob(at: Place): Promise<FileHandle> {
    await refuseDetour(at.folder);
    return await open(at.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  }

  async function sizeOf(at: Place): Promise<number> {
    await refuseDetour(at.folder);
    const entry = await lstat(at.path);
    if (!entry.isFile()) throw new Error(`${at.path} is no file`);
    return entry.size;
  }

  async function removeOne(at: Place): Promise<void> {
    await refuseDetour(at.folder);
    await unlink(at.path);
    await syncFolder(at.folder);
  }

  await inStore(() => makeFolder(unfinished.folder));
  await unfinished.sweep();
  const sweeping = setInterval(() => void unfinished.sweep(), sweepEveryMs);
  sweeping.unref();

  return {
    async put(key, file) {
      const at = placeIn(root, key);
      const source = await open(file, "r");
      try {
        await inStore(async () => {
          await place(await unfinished.copy(source, file), at);
        });
      } finally {
        await source.close();
      }
    },
    async size(key) {
      const at = placeIn(root, key);
      return await inStore(() => orMissing(() => sizeOf(at)));
    },
    async read(key, range) {
      const at = placeIn(root, key);
      assert(range === undefined || isByteRange(range), "a range has a start and an end in order");
      const blob = await inStore(() => orMissing(() => openBlob(at)));
      if (blob === null) return null;
      try {
        const { size } = await blob.stat();
        const { start, end } = range ?? { start: 0, end: size };
        const there = { start, end: Math.min(end, size - 1) };
        return streamFile(blob, there, (error) => failureIn(root, error));
      } catch (error) {
        await blob.close();
        throw failureIn(root, error);
      }
    },
    async remove(keys) {
      const all = keys.map((key) => placeIn(root, key));
      await inStore(async () => {
        for (let n = 0; n < all.length; n += removedAtOnce) {
          const some = all.slice(n, n + removedAtOnce);
          await Promise.all(some.map((at) => orMissing(() => removeOne(at))));
        }
      });
    },
    async check() {
      const at = placeIn(root, checkKey);
      await inStore(async () => {
        await place(await unfinished.write("check"), at);
        // Another node that checks may have been quicker.
        await orMissing(() => removeOne(at));
      });
    },
    async close() {
      clearInterval(sweeping);
    },
  };
}

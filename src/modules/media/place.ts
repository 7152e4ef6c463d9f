import { writeFile } from "node:fs/promises";
import path from "node:path";
import { internalContext } from "../../kernel/context.ts";
import { unavailable } from "../../kernel/problem.ts";
import { BlobsFull, BlobsUnavailable, type Blobs, type BlobStore } from "../../ports/blobs.ts";
import type { HealthCheck } from "../../ports/module.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { newSecret } from "./address.ts";
import { claimStore, readStoreId } from "./store-place.ts";
import type { WorkFolders } from "./work-folders.ts";

/**
 * Makes sure that this node was given the store in which the community's files are: a node with another
 * one, such as a folder of its own beside a shared record, would lose what it takes. Until that is known
 * nothing is written or read, and all the rest of the node works. It goes on looking, so that operators
 * learn of a store that is gone.
 */
export interface Place {
  /** The store, for as long as it is the right one. */
  readonly blobs: Blobs;
  /**
   * Throws a problem of status 503 while nothing can be kept: what takes long is not begun then, only to be
   * lost in the end and begun again. Known from what failed last; one look for all finds out when that is over.
   */
  mayKeep(): void;
  /** There is no room on this node's own disk, on which files are made. */
  diskIsFull(error: unknown): void;
  readonly healthCheck: HealthCheck;
  start(): Promise<void>;
  stop(): void;
}

const lookEveryMs = 30_000;
/** While something is wrong. */
const lookAgainMs = 10_000;
/** Less than most photos that are made. */
const diskCheckBytes = 64 * 1024;
const markerOf = (id: string): string => `maru-store-${id}`;
const notYet = "the store of photos and videos has not been looked at yet";
const notOurs =
  "MARU_BLOB_URL names a store that the community's photos and videos are not in; every node needs the same one";

export function createPlace(deps: {
  readonly record: RecordPort;
  readonly blobs: BlobStore;
  readonly folders: WorkFolders;
  readonly logger: Logger;
}): Place {
  const { record, blobs, folders, logger } = deps;
  let trouble: string | null = notYet;
  /** Why nothing can be kept, where what there is can be read. */
  let hindrance: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function claim(): Promise<string> {
    const id = newSecret().replace(/^-/, "_");
    const folder = await folders.open();
    try {
      const file = path.join(folder.path, "marker");
      await writeFile(file, `The photos and videos of a community of Maru: ${id}\n`);
      await blobs.put(markerOf(id), file, { contentType: "text/plain" });
    } finally {
      await folder.remove();
    }
    const { value } = await record.write(internalContext("media store"), (tx) =>
      claimStore(tx.sql, id),
    );
    if (value !== id) {
      await blobs.remove([markerOf(id)]);
    }
    return value;
  }

  /** Before it is in the store, what is kept lies on this disk. */
  async function checkDisk(): Promise<void> {
    const folder = await folders.open();
    try {
      await writeFile(path.join(folder.path, "check"), Buffer.alloc(diskCheckBytes));
    } finally {
      await folder.remove();
    }
  }

  /** What takes nothing more shows what it has, and needs to be relieved of what is not needed. */
  async function checkKeeping(): Promise<void> {
    try {
      await blobs.check();
      await checkDisk();
      hindrance = null;
    } catch (error) {
      if (trouble !== null && error instanceof BlobsUnavailable) {
        throw error;
      }
      hindrance = (error as Error).message;
    }
  }

  async function find(): Promise<string | null> {
    try {
      if (trouble !== null || hindrance !== null) {
        // What it may not do is found out before somebody's photo is.
        await checkKeeping();
      }
      const known = await record.read(internalContext("media store"), readStoreId);
      const id = known ?? (await claim());
      return (await blobs.size(markerOf(id))) === null ? notOurs : null;
    } catch (error) {
      const away = `the store of photos and videos does not answer: ${(error as Error).message}`;
      // A record that is away says so itself.
      return error instanceof BlobsUnavailable || trouble !== null ? away : null;
    }
  }

  async function look(): Promise<void> {
    const found = await find();
    if (found !== trouble) {
      trouble = found;
      if (found !== null) {
        logger.warn({}, `Photos and videos are not taken or shown: ${found}`);
      }
    }
    lookIn(found === null && hindrance === null ? lookEveryMs : lookAgainMs);
  }

  function lookIn(ms: number): void {
    clearTimeout(timer);
    if (!isStopped) {
      timer = setTimeout(() => void look(), ms);
      timer.unref();
    }
  }

  function hinder(error: unknown): void {
    if (hindrance === null) {
      lookIn(lookAgainMs);
    }
    hindrance = (error as Error).message;
  }

  async function put(...all: Parameters<Blobs["put"]>): Promise<void> {
    const store = available();
    try {
      await store.put(...all);
    } catch (error) {
      if (error instanceof BlobsFull || error instanceof BlobsUnavailable) {
        hinder(error);
      }
      throw error;
    }
  }

  function available(): Blobs {
    if (trouble !== null) {
      throw new BlobsUnavailable(trouble);
    }
    return blobs;
  }

  return {
    blobs: {
      put,
      size: async (key) => available().size(key),
      read: async (...all) => available().read(...all),
      remove: async (keys) => available().remove(keys),
      close: () => blobs.close(),
    },
    mayKeep() {
      const why = trouble ?? hindrance;
      if (why !== null) {
        throw unavailable({ cause: new BlobsUnavailable(why) });
      }
    },
    diskIsFull: hinder,
    healthCheck: { name: "media store", check: () => trouble ?? hindrance, isBearable: true },
    start: look,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { internalContext } from "../../kernel/context.ts";
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
  readonly healthCheck: HealthCheck;
  start(): Promise<void>;
  stop(): void;
}

const lookEveryMs = 30_000;
/** While something is wrong. */
const lookAgainMs = 10_000;
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

  async function find(): Promise<string | null> {
    try {
      if (trouble !== null) {
        // What it may not do is found out before somebody's photo is.
        await blobs.check().catch(unlessFull);
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
    if (!isStopped) {
      timer = setTimeout(() => void look(), found === null ? lookEveryMs : lookAgainMs);
      timer.unref();
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
      put: async (...all) => available().put(...all),
      size: async (key) => available().size(key),
      read: async (...all) => available().read(...all),
      remove: async (keys) => available().remove(keys),
      close: () => blobs.close(),
    },
    healthCheck: { name: "media store", check: () => trouble, isBearable: true },
    start: look,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** What is full shows what it has, and needs to be relieved of what is not needed. */
function unlessFull(error: unknown): void {
  if (!(error instanceof BlobsFull)) {
    throw error;
  }
}

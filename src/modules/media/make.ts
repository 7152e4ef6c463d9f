import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { present } from "../../kernel/assert.ts";
import { internalContext, type Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { unavailable } from "../../kernel/problem.ts";
import { BlobsFull, BlobsUnavailable, type Blobs } from "../../ports/blobs.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DurableWorker, EventEnvelope } from "../../ports/log.ts";
import type { Made, MediaProcessing } from "../../ports/processing.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import { isFullDisk } from "./accept.ts";
import { newBlobPrefix } from "./address.ts";
import type { Uploaded } from "./events.ts";
import type { Place } from "./place.ts";
import { announceBlobs, doomBlobs, keepBlobs, type BlobName } from "./store-blobs.ts";
import { lockMedia, mediaById, updateMedia, type KeptFile, type MediaRow } from "./store-media.ts";
import { usesOf } from "./store-uses.ts";
import { changedEvent } from "./uses.ts";
import type { WorkFolders } from "./work-folders.ts";

/** Makes what is shown of an upload, off the way of requests. */
export interface MakeDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly blobs: Blobs;
  readonly processing: MediaProcessing;
  readonly folders: WorkFolders;
  readonly place: Pick<Place, "mayKeep" | "diskIsFull">;
  /** Files that are made at once on a node. */
  readonly atOnceMax: number;
  /** Of one attempt, in milliseconds. */
  readonly timeoutMs: number;
}

const attemptsMax = 4;
/** Of a file of which no attempt could make anything, without saying why. */
const problemUnknown = "not_made";

/** What was given up may be sent back by an operator. */
function isWaiting({ state, original }: MediaRow): boolean {
  return state === "processing" || (state === "failed" && original !== null);
}

export interface KeptFiles {
  readonly files: readonly KeptFile[];
  readonly blobs: readonly BlobName[];
}

export function createMaking(deps: MakeDeps): DurableWorker {
  const { record, clock, blobs, processing, place } = deps;

  async function makeIn(folder: string, row: MediaRow, signal: AbortSignal) {
    const original = path.join(folder, "original");
    const key = present(row.original, "the upload's blob");
    const source = await blobs.read(key);
    if (source === null) {
      throw new Error(`the blob of the upload ${String(row.id)} is not there`);
    }
    await pipeline(source, createWriteStream(original), { signal });
    return processing.make(original, folder, signal);
  }

  function onDisk<T>(work: () => Promise<T>): Promise<T> {
    return orAway(async () => {
      try {
        return await work();
      } catch (error) {
        if (isFullDisk(error)) {
          place.diskIsFull(error);
        }
        throw error;
      }
    });
  }

  return {
    name: "media.making",
    types: ["media.uploaded.v1"],
    attemptsMax,
    atOnceMax: deps.atOnceMax,
    timeoutMs: deps.timeoutMs,
    async work(context, event, signal) {
      const id = idOf(event);
      const [row] = await record.read(context, (sql) => mediaById(sql, [id]));
      if (row === undefined || !isWaiting(row)) {
        return async () => undefined;
      }
      if (row.kind === "video" && processing.videoMissing !== null) {
        // Another node may have what is missing here.
        throw new Error(`no video can be made here: ${processing.videoMissing}`);
      }
      place.mayKeep();
      const folder = await onDisk(() => deps.folders.open());
      try {
        const made = await onDisk(() => makeIn(folder.path, row, signal));
        if ("fault" in made) {
          return (tx) => fail(tx, id, { problem: made.fault, atMs: clock.nowMs() });
        }
        const kept = await keepFiles(deps, id, made);
        return (tx) => finish(tx, id, { made, kept, atMs: clock.nowMs() });
      } finally {
        await folder.remove();
      }
    },
    gaveUp: (_context, event, tx) => giveUp(tx, idOf(event)),
  };
}

function idOf(event: EventEnvelope): Id {
  return BigInt((event.data as unknown as Uploaded).mediaId);
}

/** Puts files into the store. Nobody knows of them until a transaction says so (`keepBlobs`). */
export async function keepFiles(
  { record, clock, blobs }: Pick<MakeDeps, "record" | "clock" | "blobs">,
  mediaId: Id,
  made: Pick<Made, "files">,
): Promise<KeptFiles> {
  const context: Context = internalContext(`media ${String(mediaId)}`);
  const prefix = newBlobPrefix(mediaId);
  const files = made.files.map((file): KeptFile => {
    const { name, contentType: type, width, bytes } = file;
    return { name, type, width, bytes, key: `${prefix}-${name}` };
  });
  const names = files.map(({ key }) => ({ mediaId, key }));
  await record.write(context, (tx) => announceBlobs(tx.sql, names, clock.nowMs()));
  for (const [at, { key, type }] of files.entries()) {
    const { path: file } = present(made.files[at], "the file that was made");
    await orAway(() => blobs.put(key, file, { contentType: type }));
  }
  return { files, blobs: names };
}

/** A store that is away, or a disk that is full, says nothing of the file: the work waits, and is not counted. */
async function orAway<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isAway = error instanceof BlobsUnavailable || error instanceof BlobsFull;
    throw isAway || isFullDisk(error) ? unavailable({ cause: error }) : error;
  }
}

interface Finished {
  readonly made: Made;
  readonly kept: KeptFiles;
  readonly atMs: number;
}

async function finish(tx: Transaction, id: Id, { made, kept, atMs }: Finished): Promise<void> {
  const [row] = await lockMedia(tx.sql, [id]);
  if (row === undefined || !isWaiting(row) || !(await keepBlobs(tx.sql, kept.blobs))) {
    await doomBlobs(tx.sql, kept.blobs, atMs);
    return;
  }
  const { width, height, durationMs, blurhash, preview } = made;
  await change(tx, row, {
    after: {
      ...row,
      state: "ready",
      problem: null,
      width,
      height,
      durationMs,
      blurhash,
      preview,
      files: kept.files,
    },
    atMs,
  });
}

async function fail(
  tx: Transaction,
  id: Id,
  { problem, atMs }: { readonly problem: string; readonly atMs: number },
): Promise<void> {
  const [row] = await lockMedia(tx.sql, [id]);
  if (row !== undefined && isWaiting(row)) {
    await change(tx, row, { after: { ...row, state: "failed", problem }, atMs });
  }
}

/** What was uploaded stays, for another attempt, as long as something shows it. */
async function giveUp(tx: Transaction, id: Id): Promise<void> {
  const [row] = await lockMedia(tx.sql, [id]);
  if (row?.state === "processing") {
    const version = row.version + 1;
    const after: MediaRow = { ...row, state: "failed", problem: problemUnknown, version };
    await updateMedia(tx.sql, after);
    tx.append(changedEvent(after, await usesOf(tx.sql, [id])));
  }
}

/** What was uploaded is not needed any more: it tells where and when it was taken. */
async function change(
  tx: Transaction,
  row: MediaRow,
  { after, atMs }: { readonly after: MediaRow; readonly atMs: number },
): Promise<void> {
  const next: MediaRow = { ...after, original: null, version: row.version + 1 };
  await updateMedia(tx.sql, next);
  if (row.original !== null) {
    await doomBlobs(tx.sql, [{ mediaId: row.id, key: row.original }], atMs);
  }
  tx.append(changedEvent(next, await usesOf(tx.sql, [row.id])));
}

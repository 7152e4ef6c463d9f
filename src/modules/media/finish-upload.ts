import { createWriteStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { open } from "node:fs/promises";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound } from "../../kernel/problem.ts";
import type { Blobs } from "../../ports/blobs.ts";
import { accept, enter, orProblem, parseAlt, sniff, type Accepted } from "./accept.ts";
import * as errors from "./errors.ts";
import { headBytes } from "./multipart.ts";
import { doomBlobs } from "./store-blobs.ts";
import { mediaById, type MediaRow } from "./store-media.ts";
import * as store from "./store-uploads.ts";
import { orForgotten, type UploadStoreDeps } from "./upload-store.ts";

/** Makes a media item of an upload that is whole. Who asks twice gets the same item. */
export async function finishUpload(
  deps: UploadStoreDeps,
  context: Context,
  { ownerId, id }: { readonly ownerId: Id; readonly id: Id },
): Promise<MediaRow> {
  const { record } = deps;
  const upload = await record.read(context, (sql) => store.uploadById(sql, id));
  if (upload?.ownerId !== ownerId) {
    throw notFound();
  }
  if (upload.mediaId !== null) {
    return mediaOf(deps, context, upload.mediaId);
  }
  if (upload.received < upload.bytes) {
    throw errors.uploadUnfinished();
  }
  const alt = parseAlt(upload.metadata["alt"] ?? "");
  const folder = await orProblem(() => deps.folders.open());
  try {
    const file = path.join(folder.path, "upload");
    await orProblem(() => assemble(deps.blobs, upload.parts, file));
    const made = await orForgotten(deps, context, id, async () => {
      await sniff(deps, await headOf(file));
      return accept(deps, context, {
        path: file,
        work: (accepted) => enterOnce(deps, context, { ownerId, id, alt, accepted }),
      });
    });
    return typeof made === "bigint" ? await mediaOf(deps, context, made) : made;
  } finally {
    await folder.remove();
  }
}

/** Or the id of what somebody else has made of it meanwhile. */
async function enterOnce(
  deps: UploadStoreDeps,
  context: Context,
  { ownerId, id, alt, accepted }: Entering,
): Promise<MediaRow | Id> {
  const { value } = await deps.record.write(context, async (tx) => {
    const locked = await store.lockUpload(tx.sql, id);
    if (locked === null) {
      throw notFound();
    }
    if (locked.mediaId !== null) {
      return locked.mediaId;
    }
    const parts = locked.parts.map(({ key }) => ({ mediaId: id, key }));
    const row = await enter(deps, tx, { ownerId, alt, accepted });
    await store.endUpload(tx.sql, id, row.id);
    await doomBlobs(tx.sql, parts, deps.clock.nowMs());
    return row;
  });
  return value;
}

interface Entering {
  readonly ownerId: Id;
  readonly id: Id;
  readonly alt: string;
  readonly accepted: Accepted;
}

async function mediaOf(
  { record }: Pick<UploadStoreDeps, "record">,
  context: Context,
  id: Id,
): Promise<MediaRow> {
  const [row] = await record.read(context, (sql) => mediaById(sql, [id]));
  if (row === undefined) {
    throw notFound();
  }
  return row;
}

async function assemble(
  blobs: Blobs,
  parts: readonly store.UploadPart[],
  file: string,
): Promise<void> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const { key } of parts) {
      const part = await blobs.read(key);
      if (part === null) {
        // It has been given up meanwhile.
        throw notFound();
      }
      yield* part as AsyncIterable<Buffer>;
    }
  }
  await pipeline(Readable.from(bytes(), { objectMode: false }), createWriteStream(file));
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

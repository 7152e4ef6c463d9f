import { createWriteStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { open } from "node:fs/promises";
import { createBulkhead } from "../../kernel/bulkhead.ts";
import type { Context } from "../../kernel/context.ts";
import { noDeadline, orDeadline } from "../../kernel/deadline.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound } from "../../kernel/problem.ts";
import type { Blobs } from "../../ports/blobs.ts";
import type { Sql } from "../../ports/record.ts";
import { accept, enter, orProblem, parseAlt, sniff, type Accepted } from "./accept.ts";
import * as errors from "./errors.ts";
import { headBytes } from "./multipart.ts";
import { createOwnerTurns } from "./owner-turns.ts";
import { uploadsMax } from "./settings.ts";
import { doomBlobsOf } from "./store-blobs.ts";
import { countUnused, mediaById, type MediaRow } from "./store-media.ts";
import * as store from "./store-uploads.ts";
import { orForgotten, type UploadStoreDeps } from "./upload-store.ts";

/** Makes a media item of an upload that is whole. Who asks twice gets the same item. */
export type Finishing = (
  context: Context,
  upload: { readonly ownerId: Id; readonly id: Id },
) => Promise<MediaRow>;

/** Files that are put together at once: each is a copy on the node's own disk. */
const atOnceMax = 4;
const waitingMax = 200;

/**
 * However often an upload is asked for, it is put together once at a time on a node, and one after another
 * of a person's. Whoever asks waits no longer than their deadline; the work goes on without them.
 */
export function createFinishing(deps: UploadStoreDeps): Finishing {
  const { record } = deps;
  const underWay = new Map<Id, Promise<MediaRow | Id>>();
  const inTurn = createOwnerTurns(uploadsMax);
  const places = createBulkhead({ concurrencyMax: atOnceMax, queueMax: waitingMax });

  function begin(context: Context, ownerId: Id, id: Id): Promise<MediaRow | Id> {
    const lasting = { ...context, deadline: noDeadline };
    const work = inTurn(ownerId, noDeadline, () =>
      places.run(noDeadline, () => putTogether(deps, lasting, { ownerId, id })),
    ).finally(() => underWay.delete(id));
    underWay.set(id, work);
    return work;
  }

  return async (context, { ownerId, id }) => {
    const upload = await record.read(context, (sql) => ownUpload(sql, { ownerId, id }));
    const found =
      upload.mediaId ??
      (await orDeadline(context.deadline, underWay.get(id) ?? begin(context, ownerId, id)));
    return typeof found === "bigint" ? await mediaOf(deps, context, found) : found;
  };
}

/** One that is whole. */
async function ownUpload(
  sql: Sql,
  { ownerId, id }: { readonly ownerId: Id; readonly id: Id },
): Promise<store.UploadRow> {
  const upload = await store.uploadById(sql, id);
  if (upload?.ownerId !== ownerId) {
    throw notFound();
  }
  if (upload.received < upload.bytes) {
    throw errors.uploadUnfinished();
  }
  return upload;
}

async function putTogether(
  deps: UploadStoreDeps,
  context: Context,
  { ownerId, id }: { readonly ownerId: Id; readonly id: Id },
): Promise<MediaRow | Id> {
  const { record, settings } = deps;
  // It may have waited long, and what would be refused in the end is not copied.
  const upload = await record.read(context, (sql) => ownUpload(sql, { ownerId, id }));
  if (upload.mediaId !== null) {
    return upload.mediaId;
  }
  const unused = await record.read(context, (sql) => countUnused(sql, ownerId, settings.unusedMax));
  if (unused >= settings.unusedMax) {
    throw errors.tooManyUnused();
  }
  const alt = parseAlt(upload.metadata["alt"] ?? "");
  const folder = await orProblem(() => deps.folders.open());
  try {
    const file = path.join(folder.path, "upload");
    await orProblem(() => assemble(deps.blobs, upload.parts, file));
    return await orForgotten(deps, context, id, async () => {
      await sniff(deps, await headOf(file));
      return accept(deps, context, {
        ownerId,
        path: file,
        work: (accepted) => enterOnce(deps, context, { ownerId, id, alt, accepted }),
      });
    });
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
    const row = await enter(deps, tx, { ownerId, alt, accepted });
    await store.endUpload(tx.sql, id, row.id);
    await doomBlobsOf(tx.sql, [id], deps.clock.nowMs());
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

import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { DataStore, ERRORS, Upload } from "@tus/server";
import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import { noDeadline } from "../../kernel/deadline.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import { notFound, unauthenticated } from "../../kernel/problem.ts";
import type { Transaction } from "../../ports/record.ts";
import type { Answer, Call } from "../../ports/routes.ts";
import { bytesMaxOf, orProblem, parseAlt, sniff, tooLargeFor, type AcceptDeps } from "./accept.ts";
import { newBlobPrefix } from "./address.ts";
import * as errors from "./errors.ts";
import { headBytes } from "./multipart.ts";
import { uploadForMs, uploadsMax } from "./settings.ts";
import { announceBlobs, doomBlobs, doomBlobsOf, keepBlobs } from "./store-blobs.ts";
import { lockOwner } from "./store-media.ts";
import * as store from "./store-uploads.ts";
import type { UploadRow } from "./store-uploads.ts";
import type { WorkFolders } from "./work-folders.ts";

/**
 * Where the tus server keeps what has come in: parts as blobs, how far they go in the record. So any
 * node can go on with an upload, and what is lost with a connection or a node is at most one part.
 */
export interface UploadStoreDeps extends AcceptDeps {
  readonly folders: WorkFolders;
}

/** What a connection that is lost in the middle loses at most; what of a part has come is kept, too. */
const partBytesMax = 8 * 1024 * 1024;
/**
 * Parts that an upload may have, so that nobody makes thousands of a few bytes: so many of any size, and one
 * more for each of these bytes. Whoever loses connection upon connection is never further than one such piece
 * from being let go on.
 */
const smallPartsMax = 500;
const bytesPerPart = 256n * 1024n;

/** Of tus 1.0, beside its core. */
export const extensions = [
  "creation",
  "creation-with-upload",
  "termination",
  "expiration",
] as const;

export type AnyCall = Call<unknown, unknown, unknown>;

export class UploadStore extends DataStore {
  readonly #deps: UploadStoreDeps;
  readonly #context: Context;
  readonly #ownerId: Id;
  readonly #command: AnyCall["command"];
  /** Of the creation; its location is the upload's id. */
  #answer: Answer | null = null;

  constructor(
    deps: UploadStoreDeps,
    { context, command }: Pick<AnyCall, "context" | "command">,
    ownerId: Id,
  ) {
    super();
    this.extensions = [...extensions];
    this.#deps = deps;
    this.#context = context;
    this.#command = command;
    this.#ownerId = ownerId;
  }

  /** Of the creation's answer, what is not the library's to say. */
  get headers(): Readonly<Record<string, string>> {
    const { location: _location, ...headers } = this.#answer?.headers ?? {};
    return headers;
  }

  /** It was begun by an earlier request with the same key. */
  get #isReplayed(): boolean {
    return this.headers["idempotency-replayed"] !== undefined;
  }

  override async create(upload: Upload): Promise<Upload> {
    const { clock, settings } = this.#deps;
    const bytes = present(upload.size, "the length, which is never deferred");
    const metadata = upload.metadata ?? {};
    checkMetadata(metadata);
    if (bytes === 0) {
      throw errors.noFile();
    }
    const { imageBytesMax, videoBytesMax } = settings;
    if (bytes > Math.max(imageBytesMax, videoBytesMax)) {
      throw tooLargeFor(settings, imageBytesMax > videoBytesMax ? "image" : "video");
    }
    if (metadata["filetype"]?.startsWith("image/") === true && bytes > imageBytesMax) {
      throw tooLargeFor(settings, "image");
    }
    const begin = async (tx: Transaction): Promise<Answer> => {
      if (!(await lockOwner(tx.sql, this.#ownerId))) {
        throw unauthenticated();
      }
      if ((await store.countUploads(tx.sql, this.#ownerId)) >= uploadsMax) {
        throw errors.tooManyUnused();
      }
      await store.insertUpload(tx.sql, {
        id: BigInt(upload.id),
        ownerId: this.#ownerId,
        bytes: BigInt(bytes),
        metadata,
        expiresAtMs: clock.nowMs() + uploadForMs,
      });
      return { status: 201, headers: { location: upload.id } };
    };
    this.#answer = await this.#command(begin, { hashed: () => ({ bytes, metadata }) });
    upload.id = present(this.#answer.headers?.["location"], "the id that it was begun with");
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const row = await this.#own(id);
    return new Upload({
      id,
      size: Number(row.bytes),
      offset: Number(row.received),
      metadata: { ...row.metadata },
      creation_date: new Date(row.expiresAtMs - uploadForMs).toISOString(),
    });
  }

  /** Gives how much there is then. What has come before an error is kept. */
  override write(source: Readable, id: string, offset: number): Promise<number> {
    return this.#isReplayed
      ? this.#leave(source, id)
      : orProblem(() => this.#take(source, id, offset));
  }

  /** What stands beside a creation that was replayed has come already, or is sent by another request. */
  async #leave(source: Readable, id: string): Promise<number> {
    await finished(source.resume());
    return Number((await this.#own(id)).received);
  }

  async #take(source: Readable, id: string, offset: number): Promise<number> {
    const row = await this.#own(id);
    const folder = await this.#deps.folders.open();
    let received = BigInt(offset);
    let count = row.parts.length;
    try {
      for await (const part of partsOf(source, folder.path)) {
        if (received === 0n) {
          await orForgotten(this.#deps, this.#context, row.id, () =>
            this.#lookAtHead(part.file, row),
          );
        }
        const after = received + BigInt(part.bytes);
        count += 1;
        if (count > smallPartsMax + Number(after / bytesPerPart) && after < row.bytes) {
          throw errors.uploadInvalid({
            detail: "Send at least 256 KiB at once: it has too many small pieces.",
          });
        }
        await this.#keep({ id: row.id, received }, part);
        received = after;
        await rm(part.file);
        if (part.error !== null) {
          throw part.error;
        }
      }
    } finally {
      await folder.remove();
    }
    return Number(received);
  }

  override async remove(id: string): Promise<void> {
    const row = await this.#own(id);
    const { record, clock } = this.#deps;
    await record.write(this.#context, async (tx) => {
      await store.deleteUpload(tx.sql, row.id);
      await doomBlobsOf(tx.sql, [row.id], clock.nowMs());
    });
  }

  override getExpiration(): number {
    return uploadForMs;
  }

  /** Others learn nothing of it. */
  async #own(idText: string): Promise<UploadRow> {
    const id = parseId(idText);
    const row =
      id === undefined
        ? null
        : await this.#deps.record.read(this.#context, (sql) => store.uploadById(sql, id));
    if (row?.ownerId !== this.#ownerId) {
      throw notFound();
    }
    return row;
  }

  /** What is not taken is refused as soon as that can be seen. */
  async #lookAtHead(file: string, row: UploadRow): Promise<void> {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      if (bytesRead < headBytes && BigInt(bytesRead) < row.bytes) {
        return;
      }
      const { kind } = await sniff(this.#deps, buffer.subarray(0, bytesRead));
      if (row.bytes > bytesMaxOf(this.#deps.settings, kind)) {
        throw tooLargeFor(this.#deps.settings, kind);
      }
    } finally {
      await handle.close();
    }
  }

  /** Also for a client that has gone meanwhile, which will ask how far it got. */
  async #keep(upload: { readonly id: Id; readonly received: bigint }, part: Part): Promise<void> {
    const { record, clock, blobs } = this.#deps;
    const context = { ...this.#context, deadline: noDeadline };
    const key = `${newBlobPrefix(upload.id)}-part`;
    const blob = { mediaId: upload.id, key };
    await record.write(context, (tx) => announceBlobs(tx.sql, [blob], clock.nowMs()));
    const about = { contentType: "application/octet-stream" };
    await blobs.put(key, part.file, about);
    await record.write(context, async (tx) => {
      const isAdded = await store.addPart(tx.sql, upload, { key, bytes: part.bytes });
      if (!isAdded || !(await keepBlobs(tx.sql, [blob]))) {
        await doomBlobs(tx.sql, [blob], clock.nowMs());
        throw Object.assign(new Error(ERRORS.INVALID_OFFSET.body), ERRORS.INVALID_OFFSET);
      }
    });
  }
}

/** What is wrong with it is said before the file is sent. */
function checkMetadata(metadata: Readonly<Record<string, string | null>>): void {
  parseAlt(metadata["alt"] ?? "");
  if (Object.values(metadata).some((value) => value?.includes("\0") === true)) {
    throw errors.uploadInvalid({ detail: "Upload-Metadata contains U+0000." });
  }
}

/** Of an upload whose file is refused nothing is kept: it would be refused again. */
export async function orForgotten<T>(
  { record, clock }: Pick<UploadStoreDeps, "record" | "clock">,
  context: Context,
  id: Id,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (errors.isOfFile(error)) {
      await record.write(context, async (tx) => {
        await store.deleteUpload(tx.sql, id);
        await doomBlobsOf(tx.sql, [id], clock.nowMs());
      });
    }
    throw error;
  }
}

interface Part {
  readonly file: string;
  readonly bytes: number;
  /** Why there is nothing after it; null: there may be, or it is the end. */
  readonly error: Error | null;
}

/** The stream as files of at most so many bytes; the last one also where it ends with an error. */
async function* partsOf(source: Readable, folder: string): AsyncGenerator<Part> {
  const pieces = new Pieces(source);
  for (let n = 0; !pieces.isOver; n += 1) {
    const file = path.join(folder, `part-${String(n)}`);
    let bytes = 0;
    const fill = async function* (): AsyncGenerator<Buffer> {
      let piece = await pieces.next(partBytesMax);
      while (piece !== null) {
        bytes += piece.length;
        yield piece;
        piece = await pieces.next(partBytesMax - bytes);
      }
    };
    await pipeline(fill, createWriteStream(file));
    const { error } = pieces;
    if (bytes > 0) {
      yield { file, bytes, error };
    } else if (error !== null) {
      throw error;
    }
  }
}

/** What comes in, cut to the size that is asked for. */
class Pieces {
  isOver = false;
  /** Why it is over; null: it came to its end. */
  error: Error | null = null;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer | null = null;

  constructor(source: Readable) {
    this.#chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Null: it is over, or nothing more was asked for. */
  async next(bytesMax: number): Promise<Buffer | null> {
    if (bytesMax === 0) {
      return null;
    }
    const chunk = this.#rest ?? (await this.#read());
    this.#rest = chunk !== null && chunk.length > bytesMax ? chunk.subarray(bytesMax) : null;
    return chunk?.subarray(0, bytesMax) ?? null;
  }

  async #read(): Promise<Buffer | null> {
    try {
      const { done = false, value } = (await this.#chunks.next()) as IteratorResult<
        Buffer,
        undefined
      >;
      this.isOver = done;
      return value ?? null;
    } catch (error) {
      this.isOver = true;
      this.error = error as Error;
      return null;
    }
  }
}

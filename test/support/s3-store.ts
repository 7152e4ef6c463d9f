import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, type ReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Where s3rver keeps objects. Its own store writes into the very file that others read, gives all of an
 * object to who asks for its first byte, and takes a request that was cut off for one that is under way
 * for ever. Here an object is there as a whole or not at all, as in S3.
 */
export interface S3Store {
  /** What s3rver asks for. */
  readonly forServer: object;
  /** The multipart uploads that have neither been completed nor been taken back. */
  uploads(): readonly string[];
  /** Takes one back, which s3rver does not know. */
  abort(upload: string): Promise<void>;
  /** As "key content-type". */
  objects(): readonly string[];
}

type Headers = Readonly<Record<string, string>>;

interface ObjectToPut {
  readonly key: string;
  readonly content: Readable;
  readonly metadata: Headers;
}

interface Kept {
  readonly path: string;
  readonly size: number;
  readonly md5: string;
  readonly metadata: Headers;
  readonly changed: Date;
}

interface Upload {
  readonly key: string;
  readonly metadata: Headers;
  readonly parts: Map<number, Kept>;
}

interface Range {
  readonly start?: number;
  readonly end?: number;
}

export function createS3Store(folder: string, bucketName: string): S3Store {
  const objects = new Map<string, Kept>();
  const uploads = new Map<string, Upload>();

  async function keep(content: Readable, metadata: Headers): Promise<Kept> {
    const path = join(folder, randomUUID());
    const hash = createHash("md5");
    await pipeline(
      content,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path),
    ).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
    const { size } = await stat(path);
    return { path, size, md5: hash.digest("hex"), metadata, changed: new Date() };
  }

  async function replace(key: string, next: Kept | undefined): Promise<void> {
    const before = objects.get(key);
    if (next === undefined) objects.delete(key);
    else objects.set(key, next);
    if (before !== undefined) await rm(before.path);
  }

  async function putObject({ key, content, metadata }: ObjectToPut): Promise<Kept> {
    const kept = await keep(content, { "content-type": metadata["content-type"] ?? "" });
    await replace(key, kept);
    return kept;
  }

  const forServer = {
    getBucket: async (name: string) => (name === bucketName ? { name } : null),
    getSubresource: async () => null,
    existsObject: async (_: string, key: string) => objects.has(key),
    deleteObject: (_: string, key: string) => replace(key, undefined),
    putObject,
    async getObject(_: string, key: string, asked: Range = {}) {
      const kept = objects.get(key);
      if (kept === undefined) return null;
      const { start = 0, end = kept.size - 1 } = asked;
      const range = { start, end: Math.min(end, kept.size - 1) };
      const isAsked = asked.start !== undefined;
      return {
        metadata: {
          ...kept.metadata,
          etag: JSON.stringify(kept.md5),
          "last-modified": kept.changed.toUTCString(),
          "content-length": kept.size,
        },
        size: kept.size,
        lastModifiedDate: kept.changed,
        ...(isAsked ? { range } : {}),
        content:
          isAsked && range.start > range.end
            ? null
            : await opened(createReadStream(kept.path, kept.size === 0 ? {} : range)),
      };
    },
    async initiateUpload(_: string, key: string, id: string, metadata: Headers) {
      uploads.set(id, { key, metadata, parts: new Map() });
    },
    async putPart(_: string, id: string, number: string, content: Readable) {
      const kept = await keep(content, {});
      uploads.get(id)?.parts.set(Number(number), kept);
      return kept;
    },
    async putObjectMultipart(_: string, id: string) {
      const { key, metadata, parts } = uploads.get(id)!;
      const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
      const content = Readable.from(
        (async function* () {
          for (const { path } of inOrder) yield* createReadStream(path);
        })(),
      );
      const kept = await putObject({ key, content, metadata });
      uploads.delete(id);
      return kept;
    },
  };
  return {
    forServer,
    uploads: () => [...uploads.keys()],
    async abort(id) {
      const parts = uploads.get(id)?.parts ?? [];
      uploads.delete(id);
      for (const [, { path }] of parts) await rm(path);
    },
    objects: () =>
      [...objects].map(([key, { metadata }]) => `${key} ${metadata["content-type"] ?? ""}`),
  };
}

/** Whoever replaces the object from now on does not take it from this reader. */
async function opened(stream: ReadStream): Promise<ReadStream> {
  await new Promise((resolve, reject) => {
    stream.once("open", resolve).once("error", reject);
  });
  return stream;
}

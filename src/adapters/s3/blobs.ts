import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { assert, present } from "../../kernel/assert.ts";
import { createBulkhead } from "../../kernel/bulkhead.ts";
import { deadlineAfter } from "../../kernel/deadline.ts";
import { Problem } from "../../kernel/problem.ts";
import { blobKeyPattern, isByteRange, type BlobStore, type ByteRange } from "../../ports/blobs.ts";
import { streamBody } from "./body.ts";
import { createClient, type S3ClientOptions } from "./client.ts";
import { failureOf, nameOf } from "./failure.ts";

/** What may be said of one question. */
type HttpHandlerOptions = NonNullable<Parameters<S3Client["send"]>[1]>;

export interface S3BlobsOptions extends S3ClientOptions {
  readonly bucket: string;
  /** What all keys begin with, before a slash; null: nothing. */
  readonly prefix: string | null;
  /** Blobs that are read at once. Each takes a connection for as long as its reader likes. */
  readonly readersMax: number;
}

/** How long the store may take. */
export interface S3Patience {
  /** For all attempts at a question together, up to the beginning of the answer. */
  readonly questionMs: number;
  /** For one of them. */
  readonly attemptMs: number;
  /** How long a blob that is to be put waits for those before it. */
  readonly turnMs: number;
  /** For one attempt at a part of what is put. */
  readonly partMs: number;
  /** How long nothing may come while more of an answer is waited for. */
  readonly silentMs: number;
}

const patienceDefault: S3Patience = {
  questionMs: 10_000,
  attemptMs: 4_000,
  turnMs: 60_000,
  partMs: 30_000,
  silentMs: 30_000,
};

/** Questions are answered at once, and wait neither for readers nor for what is put. */
const askingSockets = 16;
const mebibyte = 1024 * 1024;
/** Of each blob that is being put, two such parts are in memory. */
const partBytes = 8 * mebibyte;
const partsAtOnce = 2;
/** Further ones wait here: the SDK would count their waiting for a connection as the store's silence. */
const putsAtOnce = 16;
const putsWaitingMax = 512;
const fileChunkBytes = mebibyte;
/** S3's own bounds. */
const partsMax = 10_000;
const removedAtOnce = 1_000;
/** What a check writes, and takes away again. */
const checkKey = "maru-check";

/** Blobs as objects of a bucket in S3, or in a store that speaks its language. */
export function createS3Blobs(options: S3BlobsOptions, patience = patienceDefault): BlobStore {
  const { bucket: Bucket, prefix, endpoint, region } = options;
  const { questionMs, attemptMs, turnMs, partMs, silentMs } = patience;
  const host = endpoint === null ? `AWS ${region ?? ""}`.trim() : new URL(endpoint).host;
  const failure = (error: unknown): Error => failureOf(error, { bucket: Bucket, host });
  const asking = createClient(options, { sockets: askingSockets, answerMs: attemptMs, silentMs });
  // A reader may leave an answer alone for a while; `streamBody` looks after the time.
  const reading = createClient(options, {
    sockets: options.readersMax,
    answerMs: attemptMs,
    silentMs: 0,
  });
  const putting = createClient(options, {
    sockets: putsAtOnce * partsAtOnce,
    answerMs: partMs,
    silentMs,
  });
  const turns = createBulkhead({ concurrencyMax: putsAtOnce, queueMax: putsWaitingMax });

  function nameOfBlob(key: string): string {
    assert(blobKeyPattern.test(key), "a blob's key is made of names, with slashes between them");
    return prefix === null ? key : `${prefix}/${key}`;
  }

  /** The answer, or what stands in `expected` for the error that it is. */
  async function ask<T, Expected = never>(
    question: (within: HttpHandlerOptions) => Promise<T>,
    expected: Readonly<Record<string, Expected>> = {},
  ): Promise<T | Expected> {
    const impatience = new AbortController();
    const timer = setTimeout(() => {
      impatience.abort();
    }, questionMs);
    try {
      return await question({ abortSignal: impatience.signal, requestTimeout: attemptMs });
    } catch (error) {
      const instead = expected[nameOf(error)];
      if (instead === undefined) throw failure(error);
      return instead;
    } finally {
      clearTimeout(timer);
    }
  }

  async function get(client: S3Client, Key: string, range?: ByteRange): Promise<Readable | null> {
    const Range = range === undefined ? undefined : `bytes=${range.start}-${range.end}`;
    const answer = await ask(
      (within) => client.send(new GetObjectCommand({ Bucket, Key, Range }), within),
      { NoSuchKey: "missing", NotFound: "missing", InvalidRange: "beyond" } as const,
    );
    if (answer === "missing") return null;
    if (answer === "beyond") return Readable.from([]);
    const { Body, ContentRange } = answer;
    assert(Body instanceof Readable, "in Node, the body of an answer is a stream");
    const stream = streamBody(Body, { silentMs, failure });
    if (range !== undefined && ContentRange === undefined) {
      stream.destroy();
      throw failure(new Error("it gives all of a blob where a part is asked for"));
    }
    return stream;
  }

  async function removeSome(names: readonly string[]): Promise<void> {
    const Objects = names.map((Key) => ({ Key }));
    const { Errors = [] } = await ask((within) =>
      asking.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }), within),
    );
    const [first] = Errors.filter(({ Code }) => Code !== "NoSuchKey");
    if (first === undefined) return;
    const reason = `${first.Code ?? "unknown"}: ${first.Message ?? ""}`;
    throw failure(
      new Error(`of ${names.length} blobs, ${Errors.length} were not removed: ${reason}`),
    );
  }

  async function putFile(
    file: string,
    object: { readonly Key: string; readonly ContentType: string },
  ): Promise<void> {
    const source = await open(file, "r");
    const Body = source.createReadStream({ highWaterMark: fileChunkBytes });
    try {
      const { size } = await source.stat();
      // What fails half-way is taken back by it, unless the store is away.
      const upload = new Upload({
        client: putting,
        params: { ...object, Bucket, Body },
        partSize: Math.max(partBytes, Math.ceil(size / partsMax)),
        queueSize: partsAtOnce,
      });
      await upload.done();
    } catch (error) {
      throw failure(error);
    } finally {
      Body.destroy();
      await source.close();
    }
  }

  return {
    async put(key, file, { contentType }) {
      const object = { Key: nameOfBlob(key), ContentType: contentType };
      const turn = deadlineAfter(turnMs, () => performance.now());
      try {
        await turns.run(turn, () => putFile(file, object));
      } catch (error) {
        throw error instanceof Problem ? failure(error) : error;
      }
    },
    async size(key) {
      const Key = nameOfBlob(key);
      const head = await ask(
        (within) => asking.send(new HeadObjectCommand({ Bucket, Key }), within),
        { NotFound: null, NoSuchKey: null },
      );
      if (head !== null) return present(head.ContentLength, "the length in an answer to HEAD");
      // The answer is the same where the bucket is missing; one to GET says which of them is.
      (await get(asking, Key, { start: 0, end: 0 }))?.destroy();
      return null;
    },
    async read(key, range) {
      assert(range === undefined || isByteRange(range), "a range has a start and an end in order");
      return await get(reading, nameOfBlob(key), range);
    },
    async remove(keys) {
      const names = keys.map(nameOfBlob);
      for (let n = 0; n < names.length; n += removedAtOnce) {
        await removeSome(names.slice(n, n + removedAtOnce));
      }
    },
    async check() {
      const Key = nameOfBlob(checkKey);
      await ask((within) =>
        asking.send(new PutObjectCommand({ Bucket, Key, Body: "check" }), within),
      );
      (await get(asking, Key))?.destroy();
      await removeSome([Key]);
    },
    async close() {
      for (const client of [asking, reading, putting]) client.destroy();
    },
  };
}

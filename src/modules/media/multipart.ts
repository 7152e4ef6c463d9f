import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import busboy, { type BusboyInstance } from "@fastify/busboy";
import { jsonPointer } from "../../kernel/json-pointer.ts";
import { invalid, Problem } from "../../kernel/problem.ts";
import type { MediaProcessing } from "../../ports/processing.ts";
import { bytesMaxOf, sniff, tooLargeFor, type Sniffed } from "./accept.ts";
import * as errors from "./errors.ts";
import type { MediaSettings } from "./settings.ts";

/**
 * Reads an upload as a form sends it: the file goes to the disk as it comes, and no further than its kind
 * may be long. Beside it there may be an `alt`, wherever that is; nothing is parsed any more once something is
 * refused.
 */
export interface ReceivedForm extends ReceivedFile {
  readonly alt: string;
}

interface ReceivedFile {
  readonly sniffed: Sniffed;
  /** Of the file's bytes: two with the same are the same file. */
  readonly sha256: string;
}

export interface ReceiveDeps {
  readonly processing: MediaProcessing;
  readonly settings: MediaSettings;
}

/** Enough for every kind that is taken to be known by. */
export const headBytes = 4_100;
/** What comes twice is seen to. */
const [fieldsMax, filesMax] = [2, 2];
const fieldBytesMax = 64 * 1024;

export async function receiveForm(
  deps: ReceiveDeps,
  incoming: Readable,
  form: { readonly contentType: string; readonly file: string },
): Promise<ReceivedForm> {
  const parser = parserOf(form.contentType);
  const found: { alt: string | null; file: Promise<ReceivedFile> | null } = {
    alt: null,
    file: null,
  };
  const ending = new AbortController();
  /** Of a part that is not one of these, or comes twice, nobody learns that it was for nothing. */
  function isWanted(kind: keyof typeof found, name: string): boolean {
    if (name === kind && found[kind] === null) {
      return true;
    }
    const message = name === kind ? "is there more than once" : "is not a known field";
    parser.destroy(invalid(jsonPointer([name]), message));
    return false;
  }
  parser.on("field", (name, value) => {
    if (isWanted("alt", name)) {
      found.alt = value;
    }
  });
  parser.on("file", (name, stream) => {
    if (!isWanted("file", name)) {
      stream.resume();
      return;
    }
    found.file = receiveFile(deps, stream, { file: form.file, signal: ending.signal });
    found.file.catch((error: unknown) => {
      // Nothing more of the body is wanted.
      parser.destroy(error as Error);
    });
  });
  try {
    await pipeline(incoming, parser);
  } catch (error) {
    // The parser does not end a file that it has begun.
    ending.abort();
    await found.file?.catch(() => undefined);
    throw asProblem(error);
  }
  if (found.file === null) {
    throw errors.noFile();
  }
  return { ...(await found.file), alt: found.alt ?? "" };
}

function parserOf(contentType: string): BusboyInstance {
  try {
    return new busboy.Busboy({
      headers: { "content-type": contentType },
      limits: { fields: fieldsMax, fieldSize: fieldBytesMax, files: filesMax },
    });
  } catch (error) {
    throw asProblem(error);
  }
}

/** A form that ends too soon, or is none, is the client's fault. */
function asProblem(error: unknown): unknown {
  const isOfForm =
    error instanceof Error && /multipart|boundary|unexpected end|content-type/i.test(error.message);
  return error instanceof Problem || !isOfForm
    ? error
    : errors.noFile({ detail: "The body is no whole form.", cause: error });
}

/** To the disk, and no longer than its kind may be. */
async function receiveFile(
  { processing, settings }: ReceiveDeps,
  source: Readable,
  { file, signal }: { readonly file: string; readonly signal: AbortSignal },
): Promise<ReceivedFile> {
  const hash = createHash("sha256");
  let head = Buffer.alloc(0);
  let sniffed: Sniffed | null = null;
  let bytes = 0;

  async function look(chunk: Buffer): Promise<void> {
    bytes += chunk.length;
    hash.update(chunk);
    if (sniffed === null) {
      head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
      if (head.length >= headBytes) {
        sniffed = await sniff({ processing }, head);
      }
    }
    if (sniffed !== null && bytes > bytesMaxOf(settings, sniffed.kind)) {
      throw tooLargeFor(settings, sniffed.kind);
    }
  }

  const looking = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      look(chunk).then(
        () => {
          done(null, chunk);
        },
        (error: unknown) => {
          done(error as Error);
        },
      );
    },
  });
  await pipeline(source, looking, createWriteStream(file), { signal });
  if (bytes === 0) {
    throw errors.noFile();
  }
  sniffed ??= await sniff({ processing }, head);
  return { sniffed, sha256: hash.digest("hex") };
}

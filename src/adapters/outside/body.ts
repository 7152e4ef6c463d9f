import type { IncomingMessage } from "node:http";
import { pipeline, type Transform } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";
import type { Wanted } from "../../ports/outside-web.ts";
import { Faulty } from "./fault.ts";

/** For the header `Accept-Encoding`. */
export const encodings = "gzip, deflate, br, zstd";

/** 8 MiB, which is what answers may ask of a browser. */
const zstdWindowBitsMax = 23;
/** What is packed is no longer than what is in it, save for some frame around it. */
const frameBytesMax = 64 * 1024;

/**
 * The body, unpacked as it comes, so that what is held never exceeds the bound by more than a piece,
 * whatever it would unpack to. Throws a fault, or the stream's own error where that is destroyed.
 */
export async function readBody(
  response: IncomingMessage,
  { bytesMax, ifLarger }: Pick<Wanted, "bytesMax" | "ifLarger">,
): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of await unpacked(response, bytesMax + frameBytesMax)) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > bytesMax) {
      if (ifLarger === "fail") {
        throw new Faulty("too_large");
      }
      break;
    }
  }
  return Buffer.concat(pieces).subarray(0, bytesMax);
}

async function unpacked(
  response: IncomingMessage,
  packedBytesMax: number,
): Promise<AsyncIterable<Buffer>> {
  const encoding = (response.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") {
    return response;
  }
  const packed = bounded(response, packedBytesMax);
  if (encoding === "deflate") {
    const first = await packed.next();
    const head = first.done === true ? Buffer.alloc(0) : first.value;
    const unpacking = hasZlibHeader(head) ? createInflate() : createInflateRaw();
    return through(joined(head, packed), unpacking);
  }
  return through(packed, unpackingOf(encoding));
}

function unpackingOf(encoding: string): Transform {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "br":
      return createBrotliDecompress();
    case "zstd":
      return createZstdDecompress({
        params: { [constants.ZSTD_d_windowLogMax]: zstdWindowBitsMax },
      });
    default:
      // One that was not asked for, or several, one in another.
      throw new Faulty("broken");
  }
}

function through(packed: AsyncIterable<Buffer>, unpacking: Transform): AsyncIterable<Buffer> {
  // Its failure is that of the last stream, which is what is read.
  return pipeline(packed, unpacking, () => undefined);
}

/** Of what is packed: some ways of packing nothing have no end. */
async function* bounded(source: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.length;
    if (bytes > bytesMax) {
      throw new Faulty("too_large");
    }
    yield piece;
  }
}

async function* joined(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

/** `deflate` means this, but some servers leave the header out, and browsers bear it. */
function hasZlibHeader(bytes: Buffer): boolean {
  return (
    bytes.length >= 2 && ((bytes[0] as number) & 0x0f) === 8 && bytes.readUInt16BE() % 31 === 0
  );
}

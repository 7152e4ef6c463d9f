import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ByteRange } from "../../ports/blobs.ts";

/** What one reader holds in memory. */
const chunkBytes = 128 * 1024;

/** Reads from a file as it is asked for, and closes it at its end or when it is destroyed. */
export function streamFile(
  file: FileHandle,
  { start, end }: ByteRange,
  failure: (error: unknown) => Error,
): Readable {
  let at = start;

  async function next(stream: Readable): Promise<void> {
    const wanted = Math.min(chunkBytes, end + 1 - at);
    if (wanted <= 0) {
      stream.push(null);
      return;
    }
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
    if (bytesRead === 0) throw new Error("the file ends before its time");
    at += bytesRead;
    stream.push(buffer.subarray(0, bytesRead));
  }

  return new Readable({
    highWaterMark: chunkBytes,
    read() {
      next(this).catch((error: unknown) => this.destroy(failure(error)));
    },
    destroy(error, done) {
      // It waits for a read that is under way.
      file.close().then(
        () => {
          done(error);
        },
        (closing: unknown) => {
          done(error ?? failure(closing));
        },
      );
    },
  });
}

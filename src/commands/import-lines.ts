import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";

/** Reads a file of any size line by line; what is held is one chunk and one line. */

interface Place {
  /** From 1. */
  readonly number: number;
  /** Bytes of the file up to the end of this line. */
  readonly endByte: number;
  /** Of this line alone. */
  readonly bytes: number;
}

/** A line without its end, or why there is none to speak of. */
export type Line = Place & ({ readonly text: string } | { readonly fault: string });

export interface Splitter {
  /** The lines that end in these bytes, which may be overwritten afterwards. */
  push(bytes: Buffer): readonly Line[];
  /** The last line, where the file does not end with a line's end. */
  end(): readonly Line[];
}

/** A text of 32 KiB, every byte of it written as `\u0041`, with what stands around it. */
const lineBytesMax = 256 * 1024;
/** Some thousand lines: enough to fill a batch, little enough to forget. */
const chunkBytes = 256 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from("\ufeff");

/** Lines end with LF or CRLF; a byte order mark at the beginning is no part of the first. */
export function createSplitter(bytesMax: number = lineBytesMax): Splitter {
  let number = 0;
  let endByte = 0;
  let parts: Buffer[] = [];
  let partBytes = 0;

  /** Keeps the beginning of a line, unless it is too long to be used anyway. */
  function keep(bytes: Buffer): void {
    partBytes += bytes.length;
    endByte += bytes.length;
    parts = partBytes > bytesMax ? [] : [...parts, Buffer.from(bytes)];
  }

  function finish(last: Buffer, endBytes: number): Line {
    number += 1;
    endByte += last.length + endBytes;
    const bytes = partBytes + last.length;
    const isLong = bytes > bytesMax;
    const whole = isLong || parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    partBytes = 0;
    if (isLong) {
      return { number, endByte, bytes, fault: `is longer than ${bytesMax} bytes` };
    }
    const from = number === 1 && whole.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0;
    const to = whole.at(-1) === carriageReturn ? whole.length - 1 : whole.length;
    const line = whole.subarray(from, Math.max(from, to));
    return isUtf8(line)
      ? { number, endByte, bytes, text: line.toString("utf8") }
      : { number, endByte, bytes, fault: "is not valid UTF-8" };
  }

  return {
    push(bytes) {
      const lines: Line[] = [];
      let from = 0;
      for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, from)) {
        lines.push(finish(bytes.subarray(from, at), 1));
        from = at + 1;
      }
      if (from < bytes.length) {
        keep(bytes.subarray(from));
      }
      return lines;
    },
    end: () => (partBytes === 0 ? [] : [finish(Buffer.alloc(0), 0)]),
  };
}

/** Chunk by chunk, the lines that end in it; a chunk in which none ends gives an empty list. */
export async function* readLines(path: string): AsyncGenerator<readonly Line[]> {
  const file = await open(path);
  try {
    const splitter = createSplitter();
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
      if (bytesRead === 0) {
        break;
      }
      yield splitter.push(chunk.subarray(0, bytesRead));
    }
    yield splitter.end();
  } finally {
    await file.close();
  }
}

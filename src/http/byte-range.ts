/** The first and the last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A first byte, a last byte, or both; with only a last one it is how many from the end. */
const single = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * What a `Range` asks for of so many bytes (RFC 9110, 14.1.2). Null: all of them, as if it had not been
 * sent. So are several ranges, which no player needs, and what does not parse.
 */
export function byteRangeOf(header: string, bytes: number): ByteRange | "unsatisfiable" | null {
  const [, first = "", last = ""] = single.exec(header) ?? [];
  if (first === "") {
    return last === "" ? null : suffixOf(Number(last), bytes);
  }
  const start = Number(first);
  const end = last === "" ? Number.POSITIVE_INFINITY : Number(last);
  if (end < start) {
    return null;
  }
  return start < bytes ? { start, end: Math.min(end, bytes - 1) } : "unsatisfiable";
}

function suffixOf(length: number, bytes: number): ByteRange | "unsatisfiable" | null {
  if (length === 0) {
    return "unsatisfiable";
  }
  // Of nothing the last bytes are all there is, which no Content-Range can say.
  return bytes === 0 ? null : { start: Math.max(0, bytes - length), end: bytes - 1 };
}

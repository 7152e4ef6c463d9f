/**
 * Bytes of pages, written one page after another into large pieces of memory, because a buffer for
 * each page costs more than its writing. A page is never touched again once it is given away: the
 * socket may still be sending it.
 */
export interface PageText {
  begin(): void;
  /** ASCII alone. */
  string(text: string): void;
  bytes(from: Uint8Array, at: number, length: number): void;
  whole(bytes: Uint8Array): void;
  /** What was written since `begin`. */
  end(): Uint8Array;
}

const pieceBytes = 1024 ** 2;

export function createPageText(): PageText {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let start = 0;
  let at = 0;

  /** A page that does not fit the rest of its piece moves on to a new one. */
  function need(bytes: number): void {
    if (at + bytes <= piece.length) {
      return;
    }
    const written = piece.subarray(start, at);
    piece = Buffer.allocUnsafeSlow(Math.max(pieceBytes, 2 * (written.length + bytes)));
    piece.set(written);
    start = 0;
    at = written.length;
  }

  return {
    begin() {
      // Also after a page that was begun and given up.
      at = start;
    },
    string(text) {
      need(text.length);
      at += piece.write(text, at, "latin1");
    },
    bytes(from, offset, length) {
      need(length);
      piece.set(from.subarray(offset, offset + length), at);
      at += length;
    },
    whole(bytes) {
      need(bytes.length);
      piece.set(bytes, at);
      at += bytes.length;
    },
    end() {
      const page = piece.subarray(start, at);
      start = at;
      return page;
    },
  };
}

/**
 * Bytes of pages, written one after another into large pieces of memory. A page that is given away
 * is not touched again, because the socket may still be sending it, unless `release` says that it has
 * been sent: then the next one is written over it, into memory that the processor still has at hand.
 */
export interface PageText {
  begin(): void;
  /** ASCII alone. */
  string(text: string): void;
  comma(): void;
  /** A whole number, not negative. */
  number(value: number): void;
  bytes(from: Buffer, at: number, length: number): void;
  whole(bytes: Buffer): void;
  /** What was written since `begin`. */
  end(): Uint8Array;
  /** Nobody needs the page any more. Its memory is used again if it is the last one that is kept. */
  release(page: Uint8Array): void;
}

const pieceBytes = 1024 ** 2;
const digitsMax = 10;
const comma = 44;
const zero = 48;
const ten = 10;

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
    comma() {
      need(1);
      piece[at] = comma;
      at += 1;
    },
    number(value) {
      need(digitsMax);
      let digits = 1;
      for (let rest = value; rest >= ten; rest = Math.floor(rest / ten)) {
        digits += 1;
      }
      let rest = value;
      for (let i = digits - 1; i >= 0; i -= 1) {
        piece[at + i] = zero + (rest % ten);
        rest = Math.floor(rest / ten);
      }
      at += digits;
    },
    bytes(from, offset, length) {
      need(length);
      // Twice as fast as `set`, which needs an object for the part.
      at += from.copy(piece, at, offset, offset + length);
    },
    whole(bytes) {
      need(bytes.length);
      at += bytes.copy(piece, at);
    },
    end() {
      const page = piece.subarray(start, at);
      start = at;
      return page;
    },
    release(page) {
      if (page.buffer === piece.buffer && page.byteOffset + page.length === start) {
        start = page.byteOffset;
      }
    },
  };
}

/**
 * Bytes of pages, written one after another into large pieces of memory. A page that is given away
 * is not touched again, because the socket may still be sending it, unless `reuse` says that it has
 * been sent: then the next one is written over it, into memory that the processor still has at hand.
 */
export interface PageText {
  begin(): void;
  /** ASCII alone. */
  string(text: string): void;
  /** A whole number, not negative. */
  number(value: number): void;
  bytes(from: Uint8Array, at: number, length: number): void;
  whole(bytes: Uint8Array): void;
  /** What was written since `begin`. */
  end(): Uint8Array;
  /** Nobody needs the page that was ended last any more. */
  reuse(): void;
}

const pieceBytes = 1024 ** 2;
const digitsMax = 10;
const zero = 48;
const ten = 10;

export function createPageText(): PageText {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let lastStart = 0;
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
      lastStart = start;
      start = at;
      return page;
    },
    reuse() {
      start = lastStart;
    },
  };
}

/**
 * Reads answers of a kept-alive connection, one after the other, and no more of each than is asked
 * for: status and length from the head, the body's bytes counted. That is what makes a generator
 * cheap beside the server that it measures.
 */
export interface Answer {
  readonly status: number;
  /** As it came, with its line ends; in Latin-1. */
  readonly head: string;
  /** Empty unless it was wanted. */
  readonly body: string;
  readonly bytes: number;
}

export interface AnswerReader {
  /** Takes the next bytes, which may be overwritten after the call. Throws on what is no answer that can be read. */
  take(chunk: Buffer, from: number, to: number): void;
}

const headEnd = "\r\n\r\n";
/** Far above what any server sends; more means that this is no HTTP. */
const headBytesMax = 64 * 1024;
const headBytesUsual = 1024;
const lengthPattern = /\r\ncontent-length: ?(\d+)/iu;
const chunkedPattern = /\r\ntransfer-encoding: ?chunked/iu;
const statusFrom = "HTTP/1.1 ".length;
const statusDigits = 3;
const noContent = 204;
const notModified = 304;

export function createAnswerReader(
  wantsBody: () => boolean,
  onAnswer: (answer: Answer) => void,
): AnswerReader {
  let head = "";
  /** Null while a head is read. */
  let left: number | null = null;
  let status = 0;
  let bytes = 0;
  let isWanted = false;
  let parts: Buffer[] = [];

  function finish(): void {
    const answer = { status, head, body: Buffer.concat(parts).toString("utf8"), bytes };
    head = "";
    left = null;
    parts = [];
    onAnswer(answer);
  }

  function beginBody(): void {
    status = Number(head.slice(statusFrom, statusFrom + statusDigits));
    if (!head.startsWith("HTTP/1.") || !(status >= 100)) {
      throw new Error("the answer is no HTTP");
    }
    const hasNone = status === noContent || status === notModified;
    const length = lengthPattern.exec(head)?.[1];
    if (!hasNone && (length === undefined || chunkedPattern.test(head))) {
      throw new Error(`the answer with status ${status} has no length`);
    }
    bytes = hasNone ? 0 : Number(length);
    left = bytes;
    isWanted = wantsBody();
  }

  /** The end of the head in these bytes, or -1. A head that comes in pieces is put together in `head`. */
  function takeHead(chunk: Buffer, from: number, to: number): number {
    // Most of what comes is body: a short look finds the end of nearly every head.
    const pieceOf = (bytesMax: number): string =>
      head + chunk.toString("latin1", from, Math.min(to, from + bytesMax));
    let text = pieceOf(headBytesUsual);
    let end = text.indexOf(headEnd);
    if (end < 0 && to - from > headBytesUsual) {
      text = pieceOf(headBytesMax);
      end = text.indexOf(headEnd);
    }
    if (end < 0) {
      if (text.length >= headBytesMax) {
        throw new Error("the head of the answer has no end");
      }
      head = text;
      return -1;
    }
    const taken = end + headEnd.length - head.length;
    head = text.slice(0, end + headEnd.length);
    return from + taken;
  }

  return {
    take(chunk, from, to) {
      let at = from;
      while (at < to) {
        if (left === null) {
          at = takeHead(chunk, at, to);
          if (at < 0) {
            return;
          }
          beginBody();
        }
        const rest: number = left ?? 0;
        const here = Math.min(rest, to - at);
        if (isWanted && here > 0) {
          parts.push(Buffer.from(chunk.subarray(at, at + here)));
        }
        at += here;
        left = rest - here;
        if (left === 0) {
          finish();
        }
      }
    },
  };
}

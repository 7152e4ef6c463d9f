import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as pass } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Behaviour } from "./hostile-web.ts";

/** What servers answer, from the harmless to the worst. */

export interface AnswerHead {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const line = "\r\n";

function head({ status = 200, headers = {} }: AnswerHead): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${String(status)} So be it`, ...lines, "", ""].join(line);
}

/** A whole answer, as servers give it every day. */
export function whole(body: string | Uint8Array, options: AnswerHead = {}): Behaviour {
  const bytes = Buffer.from(body);
  const headers = {
    "Content-Type": "text/html",
    "Content-Length": String(bytes.length),
    ...options.headers,
  };
  return (socket) => {
    socket.write(head({ ...options, headers }));
    socket.end(bytes);
  };
}

export function redirect(location: string | null, status = 302): Behaviour {
  const headers = location === null ? undefined : { Location: location };
  return whole("", { status, ...(headers === undefined ? {} : { headers }) });
}

/** Just these bytes, and then nothing; the connection stays open, or ends. */
export function raw(bytes: string | Uint8Array, ending: "open" | "end" | "reset"): Behaviour {
  return (socket) => {
    socket.write(bytes, () => {
      if (ending === "reset") {
        socket.resetAndDestroy();
      } else if (ending === "end") {
        socket.end();
      }
    });
  };
}

/** The same piece again and again for as long as somebody reads, or as often as is said. */
export function repeated(
  first: string,
  piece: string | Uint8Array,
  {
    times = Number.POSITIVE_INFINITY,
    everyMs = 0,
    told = (_bytes: number): void => undefined,
  } = {},
): Behaviour {
  return async (socket) => {
    socket.write(first);
    for (let i = 0; i < times && !socket.destroyed; i += 1) {
      await written(socket, piece);
      told(piece.length);
      if (everyMs > 0) {
        await pass(everyMs);
      }
    }
    socket.end();
  };
}

async function written(socket: Socket, piece: string | Uint8Array): Promise<void> {
  if (!socket.write(piece)) {
    await Promise.race([once(socket, "drain"), once(socket, "close")]);
  } else {
    // So that the other side has its turn in the same process.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const pageHead = head({ headers: { "Content-Type": "text/html", Connection: "close" } });

export function packedHead(encoding: string): string {
  return head({ headers: { "Content-Type": "text/html", "Content-Encoding": encoding } });
}

/** A MiB of zeros, packed to a kilobyte; one after another they are one file. */
export const packedMebibyte: Uint8Array = gzipSync(Buffer.alloc(1024 * 1024));
/** A file of nothing; any number of them are one file of nothing. */
export const packedNothing: Uint8Array = gzipSync(Buffer.alloc(0));

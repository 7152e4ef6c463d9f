import { Agent, request as requestOf, type IncomingHttpHeaders } from "node:http";

export interface Uploaded {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Bytes of the body that were handed over before the answer was read. */
  readonly sentBytes: number;
  /** The server asked for the body (`Expect: 100-continue`). */
  readonly wasInvited: boolean;
}

export interface Upload {
  readonly path: string;
  readonly bytes: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without it the length is announced. */
  readonly isChunked?: boolean;
  /** Sends the body when it is asked for, and not before. */
  readonly asksFirst?: boolean;
  /** Called before each piece; what it gives is waited for. */
  readonly beforePiece?: (sentBytes: number) => unknown;
}

const piece = Buffer.alloc(64 * 1024, "maru");

/** What the body of an upload is. */
export function uploadedBytes(count: number): Buffer {
  return Buffer.alloc(count, piece);
}

/** Sends a body piece by piece, as fast as it is taken, and stops when the answer is there. */
export function upload(port: number, options: Upload): Promise<Uploaded> {
  const { path, bytes, isChunked = false, asksFirst = false } = options;
  const agent = new Agent();
  return new Promise<Uploaded>((resolve, reject) => {
    const request = requestOf({
      agent,
      port,
      host: "127.0.0.1",
      path,
      method: options.method ?? "POST",
      headers: {
        "content-type": "application/octet-stream",
        ...(isChunked ? {} : { "content-length": String(bytes) }),
        ...(asksFirst ? { expect: "100-continue" } : {}),
        ...options.headers,
      },
    });
    let sentBytes = 0;
    let wasInvited = false;
    let isAnswered = false;
    /** Lets the sender go on, or see that it is over. */
    let wake = (): void => undefined;
    for (const event of ["drain", "close", "response"]) {
      request.on(event, () => {
        wake();
      });
    }
    const send = async (): Promise<void> => {
      while (sentBytes < bytes && !isAnswered && !request.destroyed) {
        await options.beforePiece?.(sentBytes);
        const next = piece.subarray(0, Math.min(piece.length, bytes - sentBytes));
        sentBytes += next.length;
        if (!request.write(next)) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      if (sentBytes === bytes) {
        request.end();
      }
    };
    request.prependListener("response", (response) => {
      isAnswered = true;
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text, sentBytes, wasInvited });
      });
    });
    request.on("error", (error) => {
      if (!isAnswered) reject(error);
    });
    request.on("continue", () => {
      wasInvited = true;
      void send();
    });
    if (asksFirst) {
      request.flushHeaders();
    } else {
      void send();
    }
  }).finally(() => {
    agent.destroy();
  });
}

import {
  Agent,
  request as requestInside,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { finished } from "node:stream";
import { forgetRequest, noteRequest } from "./socket-notes.ts";
import { announcesBody, leavesMuch, linger } from "./unread-body.ts";

/**
 * Hands a request to the main thread, over a socket inside the machine, and its answer back: as it
 * is, streams of events included. What belongs to a connection stays with its connection.
 */
const connectionHeaders = new Set(["connection", "keep-alive", "proxy-connection", "upgrade"]);
/** Only proxies that are trusted may say these. */
const forwardedHeaders = /^(?:x-forwarded-.*|forwarded)$/i;
const addressHeader = "X-Forwarded-For";
/** Of one thread; requests beyond it wait. */
export const forwardedMax = 4_096;

export function createForward(options: {
  /** Of the main thread's socket. */
  readonly socketPath: string;
  readonly isClosing: () => boolean;
  readonly isTrusted: (address: string) => boolean;
  readonly refuse: (request: IncomingMessage, response: ServerResponse, cause: unknown) => void;
}): { forward(request: IncomingMessage, response: ServerResponse): void; close(): void } {
  const { socketPath, isClosing } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: forwardedMax });

  function withoutConnection(raw: readonly string[], mayForward: boolean): string[] {
    const kept: string[] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = raw[i] ?? "";
      const isAllowed = mayForward || !forwardedHeaders.test(name);
      if (isAllowed && !connectionHeaders.has(name.toLowerCase())) {
        kept.push(name, raw[i + 1] ?? "");
      }
    }
    return kept;
  }

  return {
    forward(request, response) {
      const address = request.socket.remoteAddress ?? "";
      const headers = withoutConnection(request.rawHeaders, options.isTrusted(address));
      headers.push(addressHeader, address);
      const inside = requestInside({
        agent,
        socketPath,
        method: request.method,
        path: request.url,
        headers,
        setHost: false,
      });
      if (!request.complete && announcesBody(request)) {
        // The main thread limits how long it takes, so it has to know of it now.
        noteRequest(request, "patient");
        inside.flushHeaders();
      }
      let isAnswered = false;
      inside.on("response", (answer) => {
        const isMuchLeft = leavesMuch(request);
        const answerHeaders = withoutConnection(answer.rawHeaders, true);
        if (isMuchLeft || isClosing() || answer.headers.connection === "close") {
          answerHeaders.push("Connection", "close");
        }
        response.sendDate = false;
        response.writeHead(answer.statusCode ?? 0, answer.statusMessage, answerHeaders);
        response.flushHeaders();
        answer.pipe(response, { end: false });
        finished(answer, { writable: false }, (error) => {
          if (error) {
            // Less than was announced must not look whole.
            response.destroy();
            return;
          }
          isAnswered = true;
          if (isMuchLeft) {
            request.unpipe(inside);
            inside.destroy();
            linger(request, response);
          } else {
            response.end();
          }
        });
      });
      inside.on("continue", () => {
        response.writeContinue();
      });
      inside.on("error", (error) => {
        if (isAnswered) {
          return;
        }
        if (response.headersSent) {
          response.destroy();
        } else if (!response.destroyed) {
          options.refuse(request, response, error);
        }
      });
      response.on("close", () => {
        forgetRequest(request);
        if (!response.writableFinished) {
          inside.destroy();
        }
      });
      // An answer may come before the body is read, so neither ends with the other.
      request.pipe(inside);
    },
    close() {
      agent.destroy();
    },
  };
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AtOnceHost } from "./at-once.ts";
import type { Admitting } from "./refusals.ts";
import { connectionsWaitingMax, serverOptions } from "./listener.ts";
import { answerSocketError } from "./socket-errors.ts";

/**
 * The server of a thread that reads: it shares the port with the main thread, answers what shared
 * memory answers, and forwards everything else to the main thread.
 */
export interface ReadingServer {
  /** Port 0 takes a free one; the answer tells which. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  connections(): number;
  /** Takes no more connections, and ends those that are idle; resolves when none is left. */
  stop(): Promise<void>;
  /** Ends what is left. */
  close(): void;
}

/** How often connections that became idle while stopping are closed. */
const idleCheckEveryMs = 50;

export function createReadingServer(options: {
  readonly admitting: Admitting;
  readonly answerAtOnce: AtOnceHost;
  readonly forward: (request: IncomingMessage, response: ServerResponse) => void;
  readonly nextRequestId: () => string;
  readonly connectionsMax: number;
}): ReadingServer {
  const { admitting, answerAtOnce, forward } = options;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (!answerAtOnce(request, response)) {
      forward(request, response);
    }
  };
  const server: Server = createServer(serverOptions, admitting(serve));
  // The main thread says what may be expected.
  server.on("checkExpectation", admitting(forward));
  server.on("checkContinue", admitting(forward));
  server.on("clientError", (error, socket) => {
    answerSocketError(error, socket, options.nextRequestId());
  });
  server.maxConnections = options.connectionsMax;
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    socket.once("close", () => {
      connections -= 1;
    });
  });

  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port, reusePort: true, backlog: connectionsWaitingMax }, () => {
          server.off("error", reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    connections: () => connections,
    stop() {
      const idleChecks = setInterval(() => {
        server.closeIdleConnections();
      }, idleCheckEveryMs);
      return new Promise((resolve) => {
        server.close(() => {
          clearInterval(idleChecks);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
    close() {
      server.closeAllConnections();
    },
  };
}

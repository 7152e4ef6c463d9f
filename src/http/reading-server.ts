import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { MonotonicMs } from "../kernel/deadline.ts";
import type { AtOnceHost } from "./at-once.ts";
import type { Admitting } from "./entrance.ts";
import { createDoors } from "./doors.ts";
import { serverOptions } from "./listener.ts";
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
  readonly monotonicMs: MonotonicMs;
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
  const doors = createDoors(server, options);

  return {
    listen: (address) => doors.open(address, "another"),
    connections: doors.connections,
    async stop() {
      const idleChecks = setInterval(() => {
        server.closeIdleConnections();
      }, idleCheckEveryMs);
      const closed = doors.close();
      server.closeIdleConnections();
      await closed;
      clearInterval(idleChecks);
    },
    close() {
      server.closeAllConnections();
    },
  };
}

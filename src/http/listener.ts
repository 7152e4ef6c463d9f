import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { assert } from "../kernel/assert.ts";
import type { MonotonicMs } from "../kernel/deadline.ts";
import type { Problem } from "../kernel/problem.ts";
import type { AtOnceHost } from "./at-once.ts";
import { connectionOptions, createDoors, startListening, type Doors } from "./doors.ts";
import { parseJsonBody } from "./json-body.ts";
import { malformedRequest, urlTooLong } from "./problems.ts";
import type { Admitting } from "./entrance.ts";
import {
  headerBytesMax,
  headersTimeoutMs,
  keepAliveTimeoutMs,
  receiveTimeoutMs,
  urlBytesMax,
  type HttpSettings,
} from "./settings.ts";
import { answerSocketError } from "./socket-errors.ts";
import { createTrust } from "./trusted.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Other threads of the node listen on the same port, and the system spreads connections over them. */
  readonly isShared?: boolean;
}

/** A server socket with Fastify behind it, and how it begins and ends. */
export interface Listener {
  readonly app: FastifyInstance;
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Takes what the node's other threads forward. */
  listenInside(socketPath: string): Promise<void>;
  /** "serving" until it drains; "stopping" once answers end their connections. */
  phase(): Phase;
  connections(): number;
  /** Goes on serving for a while, then finishes what runs and ends. Safe to call again. */
  drain(): Promise<void>;
  /** Ends at once what a drain would let finish. Safe to call again. */
  close(): Promise<void>;
}

export type Phase = "idle" | "serving" | "draining" | "stopping";

export interface ListenerOptions {
  readonly settings: HttpSettings;
  readonly admitting: Admitting;
  /** Answers what memory can; false: it did nothing. */
  readonly answerAtOnce: AtOnceHost;
  readonly nextRequestId: () => string;
  /** What Fastify refuses before it has a route. */
  readonly onFrameworkError: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
  /** Answers what Fastify is not to see at all. */
  readonly onRefused: (
    request: IncomingMessage,
    response: ServerResponse,
    problem: Problem,
  ) => void;
  readonly onServerError: (error: Error) => void;
  readonly monotonicMs: MonotonicMs;
  /** Ends what would not end by itself, such as streams of events. */
  readonly onStopping: () => void;
}

/** How often Node looks for connections that have timed out. */
const timeoutCheckEveryMs = 2_000;
/** How often connections that became idle during a drain are closed. */
const idleCheckEveryMs = 50;
const hostMissing = "There is no Host header.";
const expectationUnmet = "Nothing but 100-continue can be expected of the server.";
const noQuery = Object.freeze({});

/** Of every server of the API: how long clients may take, and how much they may send as headers. */
export const serverOptions: ServerOptions = {
  headersTimeout: headersTimeoutMs,
  requestTimeout: receiveTimeoutMs,
  keepAliveTimeout: keepAliveTimeoutMs,
  connectionsCheckingInterval: timeoutCheckEveryMs,
  maxHeaderSize: headerBytesMax,
  // Node would refuse it without a word; it is refused with a problem.
  requireHostHeader: false,
  ...connectionOptions,
};

export function createListener(options: ListenerOptions): Listener {
  const { settings } = options;
  let server: Server | undefined;
  let doors: Doors | undefined;
  /** For what the node's other threads forward. */
  let inner: Server | undefined;
  let phase: Phase = "idle";
  /** Of the node's other threads. */
  const insiders = new Set<Socket>();

  const app = fastify({
    serverFactory: (handler) => {
      const { admitting } = options;
      const serve: RequestListener = (request, response) => {
        if ((request.url ?? "").length > urlBytesMax) {
          options.onRefused(request, response, urlTooLong());
        } else if (request.headers.host === undefined && request.httpVersion !== "1.0") {
          options.onRefused(request, response, malformedRequest({ detail: hostMissing }));
        } else if (!options.answerAtOnce(request, response)) {
          handler(request, response);
        }
      };
      const open = (): Server =>
        createServer(serverOptions, admitting(serve))
          // Whoever takes the body says that it may come.
          .on("checkContinue", admitting(serve))
          .on(
            "checkExpectation",
            admitting((request, response) => {
              options.onRefused(request, response, malformedRequest({ detail: expectationUnmet }));
            }),
          );
      server = open();
      inner = open();
      inner.on("connection", (socket) => {
        insiders.add(socket);
        socket.once("close", () => insiders.delete(socket));
      });
      inner.on("clientError", (error, socket) => {
        answerSocketError(error, socket, options.nextRequestId());
      });
      doors = createDoors(server, { ...settings, monotonicMs: options.monotonicMs });
      return server;
    },
    clientErrorHandler: (error, socket) => {
      answerSocketError(error, socket, options.nextRequestId());
    },
    frameworkErrors: options.onFrameworkError,
    genReqId: options.nextRequestId,
    requestIdHeader: false,
    bodyLimit: settings.bodyBytesMax,
    trustProxy: trustOf(settings.trustedProxies),
    return503OnClosing: false,
    // The query is parsed by its route's schema.
    routerOptions: { maxParamLength: urlBytesMax, querystringParser: () => noQuery },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.decorateRequest("exchange", null);
  app.decorateRequest("context", null);

  function present(): Server {
    assert(server !== undefined, "Fastify makes its server when it is created");
    return server;
  }

  /** Threads let go when what they have forwarded is answered. */
  async function untilAlone(): Promise<void> {
    for (const socket of insiders) {
      await new Promise((resolve) => socket.once("close", resolve));
    }
  }

  let draining: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  async function stop(patienceMs: number): Promise<void> {
    const wasListening = present().listening;
    phase = "stopping";
    const closed = doors?.close();
    options.onStopping();
    const idleChecks = setInterval(() => {
      present().closeIdleConnections();
    }, idleCheckEveryMs);
    present().closeIdleConnections();
    const patience = new AbortController();
    if (wasListening) {
      await Promise.race([
        Promise.all([closed, untilAlone()]),
        delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
    }
    patience.abort();
    clearInterval(idleChecks);
    present().closeAllConnections();
    inner?.close();
    inner?.closeAllConnections();
    await app.close();
  }

  return {
    app,
    async listen({ host, port, isShared = false }) {
      await app.ready();
      assert(doors !== undefined, "Fastify makes its server when it is created");
      try {
        const opened = await doors.open({ host, port }, isShared ? "first" : "alone");
        present().on("error", options.onServerError);
        phase = "serving";
        return { host, port: opened };
      } catch (error) {
        throw cannotListen(error as NodeJS.ErrnoException, { host, port });
      }
    },
    async listenInside(socketPath) {
      assert(inner !== undefined, "Fastify makes its servers when it is created");
      await startListening(inner, { path: socketPath });
      inner.on("error", options.onServerError);
    },
    phase: () => phase,
    connections: () => doors?.connections() ?? 0,
    drain() {
      draining ??= (async () => {
        phase = "draining";
        await delay(settings.drainDelayMs);
        await (closing ?? stop(settings.drainTimeoutMs));
      })();
      return draining;
    },
    close() {
      closing ??= stop(0);
      return closing;
    },
  };
}

/**
 * A thread of the node that forwards has no address, and is believed: it has left out what its
 * client may not say.
 */
function trustOf(
  proxies: readonly string[],
): (address: string | undefined, hop: number) => boolean {
  const isTrusted = createTrust(proxies);
  return (address, hop) => (address === undefined ? hop === 0 : isTrusted(address));
}

const reasons: Readonly<Record<string, string>> = {
  ENOTSUP: "this system does not let several threads share a port; leave out --threads",
  EADDRINUSE: "the port is in use by another program",
  EACCES: "this user may not listen on that port",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "the host name is not known",
};

function cannotListen(error: NodeJS.ErrnoException, address: ListenAddress): Error {
  const reason = reasons[error.code ?? ""] ?? error.message;
  return new Error(`cannot listen on ${address.host}:${address.port}: ${reason}`, { cause: error });
}

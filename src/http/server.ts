import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Viewer } from "../kernel/context.ts";
import type { Keyring } from "../kernel/keyring.ts";
import type { Clock } from "../ports/clock.ts";
import type { LogPort } from "../ports/log.ts";
import type { HealthCheck } from "../ports/module.ts";
import type { RecordPort } from "../ports/record.ts";
import type { AnswerUnmatched, Authenticate, Route } from "../ports/routes.ts";
import type { AccessLog, Logger, Metrics, RequestMetrics, Tracer } from "../ports/telemetry.ts";
import { createCommands } from "./commands.ts";
import { register, type DispatchDeps } from "./dispatch.ts";
import { createEventStreams } from "./event-streams.ts";
import { createAtOnceHost, type AtOnceRoute } from "./at-once.ts";
import { createAccounting, type Exchange } from "./exchange.ts";
import { createFailures } from "./failures.ts";
import { createFileAnswers } from "./file-answers.ts";
import { createIncomingBodies } from "./incoming-bodies.ts";
import { createListener, type ListenAddress } from "./listener.ts";
import {
  countRefused,
  createLoadGuard,
  loadsOf,
  measureLoad,
  partsOf,
  unguarded,
} from "./load-guard.ts";
import { createEntrance } from "./entrance.ts";
import { createPatience } from "./patience.ts";
import { methodNotAllowed, routeNotFound } from "./problems.ts";
import { createRefuse } from "./refusals.ts";
import { createRequestIds } from "./request-id.ts";
import { createResponder } from "./respond.ts";
import { createMethodIndex } from "./routing.ts";
import type { HttpSettings } from "./settings.ts";
import { createAjv } from "./validation.ts";

/** What a server on any port needs. */
export interface ServerDeps {
  /** In metrics: `main` or `admin`. */
  readonly name: string;
  readonly settings: HttpSettings;
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  /** Whether the node may answer now; without it, it may. */
  readonly mayServe?: () => boolean;
  /** The viewer of a token, if memory tells without a pause; without it nothing is answered at once. */
  readonly viewerOf?: (token: string) => Viewer | null;
  /** Asked before a GET without a route is refused. */
  readonly answerUnmatched?: AnswerUnmatched;
  readonly record: RecordPort;
  readonly log: Pick<LogPort, "waitFor">;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accessLog: AccessLog;
  readonly metrics: Metrics;
  readonly requests: RequestMetrics;
  readonly tracer: Tracer;
}

export interface HttpServer {
  /** Port 0 takes a free one; the answer tells which. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Takes what the node's other threads forward. */
  listenInside(socketPath: string): Promise<void>;
  /** Says no once a drain has begun, and before the server listens. */
  readonly healthCheck: HealthCheck;
  /** Streams of events that are open. */
  streams(): number;
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** A node that may not serve any more ends streams so soon, also those that tell nothing. */
const checkStreamsEveryMs = 100;
/** A path without a route is accounted to no path, because anyone may make up many. */
const unmatchedPattern = "-";

export function createHttpServer(deps: ServerDeps): HttpServer {
  const nextRequestId = createRequestIds(deps.clock);
  const accounting = createAccounting(deps);
  const responder = createResponder(() => listener.phase() === "stopping");
  const failures = createFailures(responder, deps.logger);
  const mayServe = deps.mayServe ?? ((): boolean => true);
  const streams = createEventStreams(mayServe);
  const checking = setInterval(streams.check, checkStreamsEveryMs);
  checking.unref();
  const methodsOf = createMethodIndex(deps.routes);
  const unmatched = accounting.measure("-", unmatchedPattern);
  const publicHost = deps.settings.publicUrl === null ? null : new URL(deps.settings.publicUrl);

  const beginUnmatched = (
    requestId: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Exchange => accounting.begin(requestId, { request, response, route: unmatched });

  function fail(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
    request.exchange ??= beginUnmatched(request.id, request.raw, reply.raw);
    failures.answer(request.exchange, error);
  }

  const monotonicMs = (): number => deps.clock.monotonicMs();
  const bodies = createIncomingBodies({ limits: deps.settings.incoming, monotonicMs });
  const sentBytes = deps.metrics.counter(
    `maru_http_${deps.name}_file_bytes_total`,
    "Bytes of files that were sent as they were read.",
  );
  const files = createFileAnswers({
    responder,
    logger: deps.logger,
    isClosing: () => listener.phase() === "stopping",
    limits: deps.settings.sending,
    monotonicMs,
    onSent: (bytes) => {
      sentBytes.add(bytes);
    },
  });
  const isGuarded = deps.settings.load !== unguarded;
  const refused = isGuarded ? countRefused(deps.metrics) : null;
  const guard = createLoadGuard({
    settings: deps.settings.load,
    trustedProxies: deps.settings.trustedProxies,
    loads: loadsOf(deps.routes),
    parts: partsOf(deps.routes),
    monotonicMs,
    onRefused: (of, why) => {
      refused?.add(1, { class: of, why });
    },
  });
  const refuse = createRefuse({
    nextRequestId,
    requests: deps.requests,
    logger: deps.logger,
    monotonicMs,
    isClosing: () => listener.phase() === "stopping",
  });
  const patience = createPatience({ mayServe, monotonicMs });
  const entrance = createEntrance({ guard, refuse, monotonicMs, patience });
  const ajv = createAjv();
  const answerAtOnce = createAtOnceHost({
    routes: deps.routes.filter((route): route is Route & AtOnceRoute => route.atOnce !== undefined),
    ajv,
    viewerOf: deps.viewerOf ?? (() => null),
    accounting,
    responder,
    guard,
    refuse,
    nextRequestId,
    monotonicMs,
  });

  const listener = createListener({
    admitting: entrance.admitting,
    answerAtOnce,
    settings: deps.settings,
    nextRequestId,
    monotonicMs,
    onFrameworkError: (error, request, reply) => {
      fail(request, reply, error);
    },
    onRefused: (request, response, problem) => {
      const exchange = beginUnmatched(nextRequestId(), request, response);
      failures.answer(exchange, problem);
    },
    onServerError: (error) => {
      deps.logger.error({ error }, "the server socket failed");
    },
    onStopping: () => {
      streams.endAll();
    },
  });
  const { app } = listener;
  app.setErrorHandler((error, request, reply) => {
    // That there is no such route matters more than what is wrong with the body sent to it.
    if (request.is404) {
      refuseUnmatched(request, reply);
    } else {
      fail(request, reply, error);
    }
  });
  app.setNotFoundHandler(refuseUnmatched);

  function refuseUnmatched(request: FastifyRequest, reply: FastifyReply): void {
    const [path = ""] = request.url.split("?", 1);
    const methods = methodsOf(path);
    const exchange = beginUnmatched(request.id, request.raw, reply.raw);
    if (methods.length > 0) {
      failures.answer(exchange, methodNotAllowed(), methods.join(", "));
      return;
    }
    const isRead = request.method === "GET" || request.method === "HEAD";
    const headers = request.headers as Readonly<Record<string, string | undefined>>;
    const answer = isRead ? (deps.answerUnmatched?.(path, headers) ?? null) : null;
    if (answer === null) {
      failures.answer(exchange, routeNotFound());
    } else {
      responder.answer(exchange, answer);
    }
  }

  const dispatch: DispatchDeps = {
    ajv,
    accounting,
    responder,
    failures,
    streams,
    files,
    bodies,
    incoming: deps.settings.incoming,
    bodyBytesMax: deps.settings.bodyBytesMax,
    guard,
    refuse,
    commands: createCommands(deps),
    authenticate: deps.authenticate,
    mayServe,
    log: deps.log,
    monotonicMs,
    requestTimeoutMs: deps.settings.requestTimeoutMs,
    alwaysSecure: publicHost?.protocol === "https:",
    hostsOf: (request) =>
      publicHost === null
        ? [request.host.toLowerCase()]
        : [publicHost.host, request.host.toLowerCase()],
  };
  for (const route of inOrder(deps.routes)) {
    register(app, route, dispatch);
  }

  countIn(deps.metrics, {
    [`maru_http_${deps.name}_in_flight`]: [
      "Requests without an answer yet, streams included.",
      accounting.inFlight,
    ],
    [`maru_http_${deps.name}_streams`]: ["Streams of events that are open.", streams.count],
    [`maru_http_${deps.name}_incoming`]: ["Bodies that come in as streams.", bodies.count],
    [`maru_http_${deps.name}_sending`]: ["Files that are being sent.", files.count],
    [`maru_http_${deps.name}_connections`]: ["Connections of clients.", listener.connections],
  });

  if (isGuarded) {
    measureLoad(deps.metrics, { ...guard.readings, waiting: entrance.waiting });
  }

  return {
    listen: listener.listen,
    listenInside: listener.listenInside,
    healthCheck: {
      name: `http.${deps.name}`,
      check() {
        const phase = listener.phase();
        return phase === "serving" ? null : phase === "idle" ? "not listening yet" : "draining";
      },
    },
    streams: streams.count,
    drain: listener.drain,
    close() {
      clearInterval(checking);
      bodies.stop();
      guard.stop();
      return listener.close();
    },
  };
}

/** Fastify answers HEAD by the GET of a path, unless it knows by then of a route for it. */
function inOrder(routes: readonly Route[]): readonly Route[] {
  const isHead = ({ method }: Route): boolean => method === "HEAD";
  return [...routes.filter(isHead), ...routes.filter((route) => !isHead(route))];
}

type Gauges = Readonly<Record<string, readonly [help: string, read: () => number]>>;

function countIn(metrics: Metrics, gauges: Gauges): void {
  for (const [name, [help, read]] of Object.entries(gauges)) {
    metrics.gauge(name, help, read);
  }
}

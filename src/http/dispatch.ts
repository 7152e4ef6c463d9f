import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Ajv } from "ajv";
import { notFound, unauthenticated } from "../kernel/problem.ts";
import type { MonotonicMs } from "../kernel/deadline.ts";
import type { LogPort } from "../ports/log.ts";
import type { Authenticate, Route } from "../ports/routes.ts";
import { credentialOf, refuseCrossSite } from "./authentication.ts";
import { RouteCall, type CallDeps } from "./call.ts";
import { refuseMalformedKey } from "./commands.ts";
import type { EventStreams } from "./event-streams.ts";
import type { Accounting, Exchange } from "./exchange.ts";
import type { Failures } from "./failures.ts";
import { compileQuery, queryTextOf, type Query } from "./query.ts";
import { createRequestContext, deadlineHeader, type RequestContext } from "./request-context.ts";
import type { Responder } from "./respond.ts";
import { routerPath } from "./routing.ts";
import { compileBody, refuseBody } from "./validation.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set before a body is read, so that whatever fails later is accounted to its route. */
    exchange: Exchange | null;
    context: RequestContext | null;
  }
}

export interface DispatchDeps extends CallDeps {
  readonly ajv: Ajv;
  readonly accounting: Accounting;
  readonly responder: Responder;
  readonly failures: Failures;
  readonly streams: EventStreams;
  readonly authenticate: Authenticate;
  readonly log: Pick<LogPort, "waitFor">;
  readonly monotonicMs: MonotonicMs;
  readonly requestTimeoutMs: number;
  /** Names of this site, for requests by cookie. */
  readonly hostsOf: (request: FastifyRequest) => readonly string[];
}

/** How long a read waits for a write that its client has seen elsewhere, before it asks the record. */
const positionWaitMs = 200;

/**
 * Registers routes. The steps of a request, in this order: who asks, then (with a body) reading
 * it, then whether it fits the schemas, then whether this node has what the client has seen, then
 * the route's handler. What limits load goes before all of them.
 */
export function createDispatcher(
  app: FastifyInstance,
  deps: DispatchDeps,
): { register(route: Route): void } {
  const { accounting, responder, failures, streams } = deps;

  async function admit(
    route: Route,
    request: FastifyRequest,
    exchange: Exchange,
  ): Promise<RequestContext> {
    const { headers } = request;
    const context = createRequestContext(exchange.requestId, exchange.span?.traceparent ?? null, {
      isStream: isStream(route),
      timeoutMs: deps.requestTimeoutMs,
      header: headers[deadlineHeader] as string | undefined,
      monotonicMs: deps.monotonicMs,
    });
    if (route.viewer !== "none") {
      await identify(route, request, context);
      exchange.accountId = context.viewer === null ? null : String(context.viewer.accountId);
    }
    if (route.method === "POST") {
      refuseMalformedKey(headers["idempotency-key"]);
    }
    return context;
  }

  async function identify(
    route: Route,
    request: FastifyRequest,
    context: RequestContext,
  ): Promise<void> {
    const credential = credentialOf(request.headers);
    if (credential === null && route.viewer === "optional") {
      return;
    }
    if (credential === null || credential === "malformed") {
      throw unauthenticated();
    }
    if (credential.by === "cookie" && route.method !== "GET") {
      refuseCrossSite(request.headers, deps.hostsOf(request));
    }
    context.viewer = await deps.authenticate(context, credential.token);
    if (context.viewer === null) {
      throw unauthenticated();
    }
  }

  async function catchUp(position: string, context: RequestContext): Promise<void> {
    context.bypassViews = !(await deps.log.waitFor(position, positionWaitMs));
  }

  function register(route: Route): void {
    const { method, path } = route;
    const measured = accounting.measure(method, path);
    const operation = `${method} ${path}`;
    const takesBody = method !== "GET";
    const queryOf = compileQuery(deps.ajv, route.query);
    const checkBody = route.body === undefined ? refuseBody : compileBody(deps.ajv, route.body);

    function begin(request: FastifyRequest, reply: FastifyReply): Exchange {
      const exchange = accounting.begin(request.id, request.raw, reply.raw, measured);
      request.exchange = exchange;
      return exchange;
    }

    async function serve(
      request: FastifyRequest,
      exchange: Exchange,
      context: RequestContext,
    ): Promise<void> {
      const query: Query = queryOf(queryTextOf(request.url));
      if (takesBody) {
        checkBody(request.body);
      }
      refuseNul(request.params);
      const position = request.headers["maru-position"];
      if (typeof position === "string" && method === "GET") {
        await catchUp(position, context);
      }
      const call = new RouteCall(deps, { request, context, query, operation });
      const answer = await route.handle(call);
      if (answer.stream === undefined) {
        responder.answer(exchange, answer);
      } else {
        streams.open(exchange, answer.stream, answer.headers);
      }
    }

    async function admitAndServe(request: FastifyRequest, exchange: Exchange): Promise<void> {
      try {
        await serve(request, exchange, await admit(route, request, exchange));
      } catch (error) {
        failures.answer(exchange, error);
      }
    }

    app.route({
      method,
      url: routerPath(path),
      ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
      ...(takesBody
        ? {
            onRequest: (request, reply, done) => {
              const exchange = begin(request, reply);
              admit(route, request, exchange).then(
                (context) => {
                  request.context = context;
                  done();
                },
                (error: unknown) => {
                  failures.answer(exchange, error);
                },
              );
            },
          }
        : {}),
      // Fastify is given no promise: the answer goes out by the responder.
      handler: (request, reply) => {
        const { exchange, context } = request;
        if (exchange === null || context === null) {
          void admitAndServe(request, begin(request, reply));
        } else {
          serve(request, exchange, context).catch((error: unknown) => {
            failures.answer(exchange, error);
          });
        }
      },
    });
  }

  return { register };
}

function isStream(route: Route): boolean {
  return Object.values(route.answers).includes("event-stream");
}

/** U+0000 stands in no id and no name, and PostgreSQL would refuse it with an error. */
function refuseNul(params: unknown): void {
  for (const value of Object.values(params as Record<string, string>)) {
    if (value.includes("\u0000")) {
      throw notFound();
    }
  }
}

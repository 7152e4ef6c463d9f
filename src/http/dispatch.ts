import type { Ajv } from "ajv";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { LogPort } from "../ports/log.ts";
import type { Route } from "../ports/routes.ts";
import { createAdmission, type AdmissionDeps } from "./admission.ts";
import { RouteCall, type CallDeps } from "./call.ts";
import type { EventStreams } from "./event-streams.ts";
import type { Accounting, Exchange } from "./exchange.ts";
import type { Failures } from "./failures.ts";
import type { FileAnswers } from "./file-answers.ts";
import type { Leave } from "../kernel/concurrency-limit.ts";
import type { LoadClass } from "../kernel/loop-pressure.ts";
import { notFound, Problem } from "../kernel/problem.ts";
import type { IncomingBody } from "./incoming-body.ts";
import { createStreamTaker, type StreamTakerDeps } from "./incoming-routes.ts";
import { inviteBody } from "./invite-body.ts";
import { loadOf, type LoadGuard } from "./load-guard.ts";
import { compileQuery, queryTextOf } from "./query.ts";
import type { Refuse } from "./refusals.ts";
import type { RequestContext } from "./request-context.ts";
import type { Responder } from "./respond.ts";
import { restParameter, routerPath } from "./routing.ts";
import { compileBody, refuseBody } from "./validation.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set before a body is read, so that whatever fails later is accounted to its route. */
    exchange: Exchange | null;
    context: RequestContext | null;
  }
}

export interface DispatchDeps extends CallDeps, AdmissionDeps, StreamTakerDeps {
  readonly ajv: Ajv;
  readonly accounting: Accounting;
  readonly responder: Responder;
  readonly failures: Failures;
  readonly streams: EventStreams;
  readonly files: FileAnswers;
  readonly guard: Pick<LoadGuard, "enter" | "ofAccount">;
  readonly refuse: Refuse;
  readonly log: Pick<LogPort, "waitFor">;
}

type Begin = (request: FastifyRequest, reply: FastifyReply) => Exchange;
type Serve = (
  request: FastifyRequest,
  exchange: Exchange,
  context: RequestContext,
  incoming?: IncomingBody,
) => Promise<void>;

/** How long a read waits for a write that its client has seen elsewhere, before it asks the record. */
const positionWaitMs = 200;

/**
 * Registers a route. The steps of a request, in this order: who asks, then (with a body) reading
 * it, then whether it fits the schemas, then whether this node has what the client has seen, then
 * the route's handler. What limits load goes before all of them, and once more before the handler of a
 * request with a body: what waits for a slow client takes no place from others. A body that is a stream
 * is left to the handler, and is limited by itself (`incoming-bodies.ts`).
 */
export function register(app: FastifyInstance, route: Route, deps: DispatchDeps): void {
  const { accounting, failures, guard } = deps;
  const load = loadOf(route);
  const place = (request: FastifyRequest): Leave | Problem | null =>
    load === null ? null : takePlace(guard, load, request);
  const measured = accounting.measure(route.method, route.path);
  const admit = createAdmission(route, deps);
  const serve = createServe(route, deps);
  const options = {
    method: route.method,
    url: routerPath(route.path),
    ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
  };
  const begin: Begin = (request, reply) => {
    request.exchange = accounting.begin(request.id, {
      request: request.raw,
      response: reply.raw,
      route: measured,
    });
    return request.exchange;
  };

  async function admitAndServe(request: FastifyRequest, exchange: Exchange): Promise<void> {
    try {
      await serve(request, exchange, await admit(request, exchange));
    } catch (error) {
      failures.answer(exchange, error);
    }
  }

  async function enterAndServe(
    request: FastifyRequest,
    exchange: Exchange,
    context: RequestContext,
  ): Promise<void> {
    try {
      const taken = place(request);
      if (taken instanceof Problem) {
        throw taken;
      }
      exchange.place = taken;
      await serve(request, exchange, context);
    } catch (error) {
      failures.answer(exchange, error);
    }
  }

  // Fastify is given no promise: answers go out by the responder.
  if (route.streamOf !== undefined) {
    const take = createStreamTaker(route, deps);
    app.route({
      ...options,
      // It never goes on: Fastify would read the body.
      onRequest: (request, reply) => {
        const exchange = begin(request, reply);
        void take(exchange, {
          admit: () => admit(request, exchange),
          serve: (context, body) => serve(request, exchange, context, body),
        });
      },
      handler: () => undefined,
    });
    return;
  }
  if (route.method === "GET" || route.method === "HEAD") {
    app.route({
      ...options,
      handler: (request, reply) => {
        const taken = place(request);
        if (taken instanceof Problem) {
          deps.refuse(request.raw, reply.raw, taken);
          return;
        }
        const exchange = begin(request, reply);
        exchange.place = taken;
        void admitAndServe(request, exchange);
      },
    });
    return;
  }
  app.route({
    ...options,
    onRequest: (request, reply, done) => {
      const exchange = begin(request, reply);
      admit(request, exchange).then(
        (context) => {
          request.context = context;
          inviteBody(request.raw, reply.raw);
          done();
        },
        (error: unknown) => {
          failures.answer(exchange, error);
        },
      );
    },
    handler: (request) => {
      const { exchange, context } = request;
      if (exchange !== null && context !== null) {
        void enterAndServe(request, exchange, context);
      }
    },
  });
}

/** How long a batch takes, or whoever waits for a position first, says nothing of the others. */
function takePlace(
  guard: DispatchDeps["guard"],
  load: LoadClass,
  { raw, headers }: FastifyRequest,
): Leave | Problem {
  const taken = guard.enter(load, raw);
  const isCounted = load !== "batch" && headers["maru-position"] === undefined;
  if (taken instanceof Problem || isCounted) {
    return taken;
  }
  return () => {
    taken("other");
  };
}

function createServe(route: Route, deps: DispatchDeps): Serve {
  const { method, path } = route;
  const operation = `${method} ${path}`;
  const isRead = method === "GET" || method === "HEAD";
  const queryOf = compileQuery(deps.ajv, route.query);
  const checkBody = route.body === undefined ? refuseBody : compileBody(deps.ajv, route.body);
  const rest = restParameter(path);

  return async (request, exchange, context, incoming) => {
    const query = queryOf(queryTextOf(request.url));
    if (!isRead) {
      checkBody(request.body);
    }
    const params = request.params as Record<string, string>;
    refuseNul(params);
    if (rest !== null) {
      params[rest] = params["*"] ?? "";
    }
    const position = request.headers["maru-position"];
    if (isRead && typeof position === "string") {
      context.bypassViews = !(await deps.log.waitFor(position, positionWaitMs));
    }
    const parts = { request, context, query, operation, incoming };
    const answer = await route.handle(new RouteCall(deps, parts));
    incoming?.letGo();
    if (answer.stream !== undefined) {
      deps.streams.open(exchange, answer.stream, answer.headers);
    } else if (answer.file !== undefined) {
      await deps.files.answer(exchange, { ...answer, file: answer.file }, context.deadline);
    } else {
      deps.responder.answer(exchange, answer);
    }
  };
}

/** U+0000 stands in no id and no name, and PostgreSQL would refuse it with an error. */
function refuseNul(params: Readonly<Record<string, string>>): void {
  for (const value of Object.values(params)) {
    if (value.includes("\u0000")) {
      throw notFound();
    }
  }
}

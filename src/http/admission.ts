import type { FastifyRequest } from "fastify";
import type { MonotonicMs } from "../kernel/deadline.ts";
import { unauthenticated, unavailable } from "../kernel/problem.ts";
import type { Authenticate, Route } from "../ports/routes.ts";
import { credentialOf, refuseCrossSite } from "./authentication.ts";
import { refuseMalformedKey } from "./commands.ts";
import type { Exchange } from "./exchange.ts";
import type { LoadGuard } from "./load-guard.ts";
import { createRequestContext, deadlineHeader, type RequestContext } from "./request-context.ts";
import { changesNothing } from "./routing.ts";
import { waitedMsOf } from "./waited.ts";

export interface AdmissionDeps {
  readonly authenticate: Authenticate;
  readonly monotonicMs: MonotonicMs;
  /** False: the node may lack what was hidden meanwhile, and answers nothing. */
  readonly mayServe: () => boolean;
  readonly requestTimeoutMs: number;
  readonly guard: Pick<LoadGuard, "ofAccount">;
  /** Names of this site, for requests by cookie. */
  readonly hostsOf: (request: FastifyRequest) => readonly string[];
}

const retryAfterS = 1;

/** Who asks, and for how long: what is known of a request before its body is read. */
export type Admit = (request: FastifyRequest, exchange: Exchange) => Promise<RequestContext>;

export function createAdmission(route: Route, deps: AdmissionDeps): Admit {
  const isStream = Object.values(route.answers).includes("event-stream");
  const isSafe = changesNothing(route);

  async function identify(request: FastifyRequest, context: RequestContext): Promise<void> {
    const credential = credentialOf(request.headers);
    if (credential === null && route.viewer === "optional") {
      return;
    }
    if (credential === null || credential === "malformed") {
      throw unauthenticated();
    }
    if (credential.by === "cookie" && !isSafe) {
      refuseCrossSite(request.headers, deps.hostsOf(request));
    }
    context.viewer = await deps.authenticate(context, credential.token);
    if (context.viewer === null) {
      throw unauthenticated();
    }
    const refusal = deps.guard.ofAccount(context.viewer.accountId, request.raw);
    if (refusal !== null) {
      throw refusal;
    }
  }

  return async (request, exchange) => {
    const { headers } = request;
    if (!deps.mayServe()) {
      // It says nothing of how busy the database is.
      exchange.place?.("other");
      exchange.place = null;
      throw unavailable({ retryAfterS });
    }
    const traceparent = exchange.span === null ? null : exchange.span.traceparent;
    const context = createRequestContext(exchange.requestId, traceparent, {
      isStream,
      timeoutMs: Math.max(deps.requestTimeoutMs, route.timeoutMs ?? 0),
      waitedMs: waitedMsOf(request.raw),
      header: headers[deadlineHeader] as string | undefined,
      monotonicMs: deps.monotonicMs,
    });
    const { response } = exchange;
    response.once("close", () => {
      if (!response.writableFinished) {
        context.abandon();
      }
    });
    if (route.viewer !== "none") {
      await identify(request, context);
      exchange.accountId = context.viewer === null ? null : String(context.viewer.accountId);
    }
    // Nobody reads the body of a client that has gone.
    context.deadline.check();
    if (route.method === "POST" && route.keepsNothing !== true) {
      refuseMalformedKey(headers["idempotency-key"]);
    }
    return context;
  };
}

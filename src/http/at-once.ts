import type { IncomingMessage, ServerResponse } from "node:http";
import type { Ajv } from "ajv";
import type { Viewer } from "../kernel/context.ts";
import type { AnswerAtOnce, Route } from "../ports/routes.ts";
import { credentialOf } from "./authentication.ts";
import { matchesEtag } from "./etag.ts";
import type { Accounting, Measured } from "./exchange.ts";
import { compileQuery, type Query } from "./query.ts";
import type { LoadGuard } from "./load-guard.ts";
import type { Refuse } from "./refusals.ts";
import { deadlineHeader } from "./request-context.ts";
import type { Responder } from "./respond.ts";

/**
 * The way of a read that shared memory answers, before everything else: who asks, whether the query
 * fits, the answer. It takes no step that can wait. Whatever is not plain, or not in memory, is left
 * to the usual way, which says what is wrong with it or finds what is missing.
 */
export type AtOnceHost = (request: IncomingMessage, response: ServerResponse) => boolean;

export type AtOnceRoute = Pick<Route, "method" | "path" | "query"> & {
  readonly atOnce: AnswerAtOnce;
};

export interface AtOnceDeps {
  readonly routes: readonly AtOnceRoute[];
  readonly ajv: Ajv;
  /** The viewer of a token, if memory tells. */
  readonly viewerOf: (token: string) => Viewer | null;
  readonly accounting: Accounting;
  readonly responder: Responder;
  readonly guard: Pick<LoadGuard, "ofAccount" | "counted">;
  readonly refuse: Refuse;
  readonly nextRequestId: () => string;
  readonly monotonicMs: () => number;
}

interface Prepared {
  readonly queryOf: (text: string) => Query;
  readonly answer: AnswerAtOnce;
  readonly measured: Measured;
}

const noQuery: Query = Object.freeze({});

export function createAtOnceHost(deps: AtOnceDeps): AtOnceHost {
  const { accounting, responder, viewerOf } = deps;
  const routes = new Map<string, Prepared>(
    deps.routes.map((route) => [
      route.path,
      {
        queryOf: compileQuery(deps.ajv, route.query),
        answer: route.atOnce,
        measured: accounting.measure(route.method, route.path),
      },
    ]),
  );

  return (request, response) => {
    const { url = "", headers } = request;
    if (request.method !== "GET") {
      return false;
    }
    const mark = url.indexOf("?");
    const route = routes.get(mark === -1 ? url : url.slice(0, mark));
    if (
      route === undefined ||
      headers["maru-position"] !== undefined ||
      headers[deadlineHeader] !== undefined
    ) {
      return false;
    }
    const startedMs = deps.monotonicMs();
    const credential = credentialOf(headers);
    if (credential === null || credential === "malformed") {
      return false;
    }
    const viewer = viewerOf(credential.token);
    if (viewer === null) {
      return false;
    }
    const refusal = deps.guard.ofAccount(viewer.accountId, request);
    if (refusal !== null) {
      deps.refuse(request, response, refusal);
      return true;
    }
    const ifNoneMatch = headers["if-none-match"];
    let answer: ReturnType<AnswerAtOnce>;
    try {
      answer = route.answer({
        viewer,
        query: mark === -1 ? noQuery : route.queryOf(url.slice(mark + 1)),
        isCurrent: ifNoneMatch === undefined ? null : (etag) => matchesEtag(ifNoneMatch, etag),
      });
    } catch {
      // The usual way comes to the same refusal, and tells it.
      deps.guard.counted(request);
      return false;
    }
    if (answer === null) {
      deps.guard.counted(request);
      return false;
    }
    const exchange = accounting.begin(deps.nextRequestId(), {
      request,
      response,
      route: route.measured,
      startedMs,
    });
    exchange.accountId = String(viewer.accountId);
    responder.atOnce(exchange, answer);
    return true;
  };
}

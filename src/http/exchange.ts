import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../ports/clock.ts";
import type { Leave } from "../kernel/concurrency-limit.ts";
import { Problem } from "../kernel/problem.ts";
import { RecordSilent } from "../ports/record.ts";
import type { AccessLog, RequestMetrics, Span, Tracer } from "../ports/telemetry.ts";
import { clientRequestIdOf } from "./request-id.ts";
import { waitedMsOf } from "./waited.ts";

/** A route as accounting knows it. */
export interface Measured {
  readonly method: string;
  /** With `{name}` for parameters; `-` for what matches no route. */
  readonly pattern: string;
  readonly observe: (status: number, seconds: number) => void;
}

export interface AccountingDeps {
  readonly clock: Clock;
  readonly accessLog: AccessLog;
  readonly tracer: Tracer;
  readonly requests: RequestMetrics;
}

/** One request and its answer, from the headers to the last byte, and what is told of it. */
export interface Exchange {
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly span: Span | null;
  /** Whose request it is, once that is known. */
  accountId: string | null;
  /** The place that it takes among those that are under way, if it takes one. */
  place: Leave | null;
  /** Ends the accounting; called once, when the answer is handed to the socket or its stream ends. */
  finish(status: number, bytes: number, error?: unknown): void;
}

export interface Begun {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Measured;
  /** On the monotonic clock; now where it is not given. */
  readonly startedMs?: number;
}

export interface Accounting {
  measure(method: string, pattern: string): Measured;
  begin(requestId: string, begun: Begun): Exchange;
  /** Requests whose answers are not yet handed over. */
  inFlight(): number;
}

const msPerSecond = 1000;
const notOkFrom = 400;
/** What waited for too long, or found no room to wait. */
const tooLate = 503;

export function createAccounting(deps: AccountingDeps): Accounting {
  const { clock, accessLog, tracer } = deps;
  let inFlight = 0;

  /** A class, because one is made for every request, and closures for each would be dear. */
  class MeasuredExchange implements Exchange {
    readonly requestId: string;
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly span: Span | null;
    accountId: string | null = null;
    place: Leave | null = null;
    readonly #route: Measured;
    readonly #startedMs: number;

    constructor(requestId: string, { request, response, route, startedMs }: Begun) {
      this.requestId = requestId;
      this.request = request;
      this.response = response;
      this.#route = route;
      this.#startedMs = (startedMs ?? clock.monotonicMs()) - waitedMsOf(request);
      this.span = tracer.enabled ? startSpan(tracer, request, route) : null;
      inFlight += 1;
    }

    finish(status: number, bytes: number, error?: unknown): void {
      inFlight -= 1;
      this.place?.(this.response.destroyed || isOfSilence(error) ? "other" : endingOf(status));
      const ms = clock.monotonicMs() - this.#startedMs;
      this.#route.observe(status, ms / msPerSecond);
      const clientRequestId = this.request.headers["x-request-id"];
      accessLog({
        requestId: this.requestId,
        method: this.request.method ?? this.#route.method,
        route: this.#route.pattern,
        status,
        ms,
        bytes,
        accountId: this.accountId,
        clientRequestId: clientRequestId === undefined ? null : clientRequestIdOf(clientRequestId),
        traceparent: this.span === null ? null : this.span.traceparent,
        aborted: this.response.destroyed,
      });
      if (this.span !== null) {
        this.span.setAttribute("http.response.status_code", status);
        this.span.end(error);
      }
    }
  }

  return {
    measure: (method, pattern) => ({
      method,
      pattern,
      observe: deps.requests.route(method, pattern),
    }),
    begin: (requestId, begun) => new MeasuredExchange(requestId, begun),
    inFlight: () => inFlight,
  };
}

/** It says nothing of how busy the record is. */
function isOfSilence(error: unknown): boolean {
  return error instanceof Problem && error.cause instanceof RecordSilent;
}

function endingOf(status: number): Parameters<Leave>[0] {
  return status === tooLate ? "late" : status < notOkFrom ? "answered" : "other";
}

function startSpan(tracer: Tracer, request: IncomingMessage, route: Measured): Span {
  const { traceparent } = request.headers;
  return tracer.startSpan(`${route.method} ${route.pattern}`, {
    traceparent: typeof traceparent === "string" ? traceparent : null,
    kind: "server",
    attributes: { "http.request.method": route.method, "http.route": route.pattern },
  });
}

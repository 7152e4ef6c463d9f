import type { MonotonicMs } from "../kernel/deadline.ts";
import type { Route } from "../ports/routes.ts";
import type { Exchange } from "./exchange.ts";
import type { Failures } from "./failures.ts";
import { refuseByHeaders, type IncomingBodies } from "./incoming-bodies.ts";
import type { IncomingBody } from "./incoming-body.ts";
import { createIncomingDeadline } from "./incoming-deadline.ts";
import { deadlineHeader, timeoutMsOf, type RequestContext } from "./request-context.ts";
import type { IncomingLimits } from "./settings.ts";

export interface StreamTakerDeps {
  readonly failures: Failures;
  readonly bodies: IncomingBodies;
  readonly incoming: IncomingLimits;
  /** Of a body, where its route says nothing else. */
  readonly bodyBytesMax: number;
  readonly requestTimeoutMs: number;
  readonly monotonicMs: MonotonicMs;
}

export interface StreamSteps {
  readonly admit: () => Promise<RequestContext>;
  readonly serve: (context: RequestContext, body: IncomingBody) => Promise<void>;
}

/**
 * How a request is served whose body is a stream. Whatever its headers tell that the route would not take
 * is refused before the first byte of the body is asked for.
 */
export function createStreamTaker(
  route: Route,
  deps: StreamTakerDeps,
): (exchange: Exchange, steps: StreamSteps) => Promise<void> {
  const { failures, bodies, monotonicMs } = deps;
  const { streamOf = [], bodyBytesMax: bytesMax = deps.bodyBytesMax } = route;
  const timeoutMs = Math.max(deps.requestTimeoutMs, route.timeoutMs ?? 0);

  function take(exchange: Exchange, context: RequestContext): IncomingBody {
    refuseByHeaders(exchange.request, { streamOf, bytesMax });
    const header = exchange.request.headers[deadlineHeader];
    const deadline = createIncomingDeadline({
      first: context.deadline,
      timeoutMs: typeof header === "string" ? timeoutMsOf(header, timeoutMs) : timeoutMs,
      wholeMs: deps.incoming.wholeMs,
      monotonicMs,
    });
    context.deadline = deadline;
    return bodies.take(exchange, { bytesMax, deadline });
  }

  return async (exchange, { admit, serve }) => {
    let body: IncomingBody | undefined;
    try {
      const context = await admit();
      body = take(exchange, context);
      await serve(context, body);
    } catch (error) {
      body?.letGo();
      // What a handler makes of a body that was cut is not what went wrong.
      failures.answer(exchange, body?.failure ?? error);
    }
  };
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { MonotonicMs } from "../kernel/deadline.ts";
import type { Problem } from "../kernel/problem.ts";
import type { Logger, RequestMetrics } from "../ports/telemetry.ts";
import { problemBody, problemMediaType } from "./problem-body.ts";
import { overloaded } from "./problems.ts";
import { pageLanguage, refusalPage, refusalPageHeaders } from "./refusal-page.ts";
import { headersOf, limitHeaders } from "./respond.ts";
import { createTogether } from "./together.ts";
import { endResponse, leavesMuch } from "./unread-body.ts";

/**
 * Refuses what a guard does not let in, at a small part of what an answer costs: it is counted, and
 * there is a line of the log for many of them instead of one for each.
 */
export type Refuse = (request: IncomingMessage, response: ServerResponse, problem: Problem) => void;

/** Stands where the id of the request comes. */
const idPlace = "(id)";
const logEveryMs = 10_000;

export function createRefuse(deps: {
  readonly nextRequestId: () => string;
  readonly requests: RequestMetrics;
  readonly logger: Logger;
  readonly monotonicMs: MonotonicMs;
  readonly isClosing: () => boolean;
}): Refuse {
  const { logger, monotonicMs } = deps;
  const observe = deps.requests.route("-", "-");
  const bodies = new WeakMap<Problem, readonly [string, string]>();
  const refused = new Map<string, number>();
  let loggedAtMs = Number.NEGATIVE_INFINITY;

  function note(code: string): void {
    refused.set(code, (refused.get(code) ?? 0) + 1);
    const nowMs = monotonicMs();
    if (nowMs - loggedAtMs >= logEveryMs) {
      loggedAtMs = nowMs;
      logger.warn({ refused: Object.fromEntries(refused) }, "requests are refused");
      refused.clear();
    }
  }

  /** What overload is told with is always the same problem; the request's id is all that differs. */
  function bodyOf(problem: Problem, requestId: string): string {
    let parts = bodies.get(problem);
    if (parts === undefined) {
      const [before = "", after = ""] = problemBody(problem, idPlace).split(idPlace);
      parts = [before, after];
      bodies.set(problem, parts);
    }
    return parts[0] + requestId + parts[1];
  }

  function send({ request, response, problem }: Refused): void {
    const requestId = deps.nextRequestId();
    const language = problem.kind.code === overloaded.code ? pageLanguage(request) : null;
    const body = language === null ? bodyOf(problem, requestId) : refusalPage(problem, language);
    const mediaType = language === null ? problemMediaType : "text/html; charset=utf-8";
    const headers = headersOf(requestId, undefined, mediaType);
    if (language !== null) {
      headers.push(...refusalPageHeaders, language);
    }
    headers.push("Content-Length", String(Buffer.byteLength(body)), ...limitHeaders(problem));
    const isCut = leavesMuch(request);
    if (isCut || deps.isClosing()) {
      headers.push("Connection", "close");
    }
    response.writeHead(problem.kind.status, headers);
    endResponse(request, response, body, isCut);
    observe(problem.kind.status, 0);
    note(problem.kind.code);
  }

  // Sent with others: to wake their clients for each would cost more than all the rest.
  const together = createTogether<Refused>((refusals) => {
    refusals.forEach(send);
  });

  return (request, response, problem) => {
    together.add({ request, response, problem });
  };
}

interface Refused {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly problem: Problem;
}

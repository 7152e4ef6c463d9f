import { Problem, unauthenticated } from "../kernel/problem.ts";
import { clearedSessionCookie, sessionCookieName } from "../ports/session-cookie.ts";
import type { Logger } from "../ports/telemetry.ts";
import type { Exchange } from "./exchange.ts";
import {
  bodyTooLarge,
  internalError,
  malformedRequest,
  malformedUrl,
  mediaType,
  methodNotAllowed,
  overloaded,
  urlTooLong,
} from "./problems.ts";
import type { ProblemOptions, Responder } from "./respond.ts";

/** Answers whatever went wrong, in one place. */
export interface Failures {
  answer(exchange: Exchange, error: unknown, allow?: string): void;
}

/** Fastify's own errors by their codes; everything else that is no problem is a bug of ours. */
const byFastifyCode: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => mediaType({ detail: "It takes application/json." }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: malformedRequest,
  FST_ERR_BAD_URL: malformedUrl,
  FST_ERR_MAX_PARAM_LENGTH: urlTooLong,
  // The client went away while it sent its body.
  ECONNRESET: malformedRequest,
};

const serverErrorMin = 500;

export function createFailures(responder: Responder, logger: Logger): Failures {
  return {
    answer(exchange, error, allow) {
      const { requestId, response } = exchange;
      const problem = problemOf(error);
      const isFault =
        problem.kind.status >= serverErrorMin && problem.kind.code !== overloaded.code;
      if (problem.kind.code === internalError.code) {
        logger.error({ requestId, error }, "a request failed in a way that nobody foresaw");
      } else if (isFault && !response.destroyed) {
        const { message, cause } = problem;
        logger.warn({ requestId, problem: message, error: cause }, "a request could not be served");
      }
      if (response.headersSent) {
        response.destroy();
        return;
      }
      responder.problem(exchange, problem, {
        headers: { ...problem.headers, ...headersFor(exchange, problem, allow) },
        ...(isFault ? { cause: error } : {}),
      });
    },
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return byFastifyCode[code]?.() ?? internalError({ cause: error });
}

function headersFor(
  exchange: Exchange,
  problem: Problem,
  allow: string | undefined,
): NonNullable<ProblemOptions["headers"]> {
  if (problem.kind.code === methodNotAllowed.code) {
    return { allow: allow ?? "" };
  }
  if (problem.kind.status !== unauthenticated.status) {
    return {};
  }
  const challenge = { "www-authenticate": "Bearer" };
  const { cookie = "", authorization } = exchange.request.headers;
  const byCookie = authorization === undefined && cookie.includes(sessionCookieName);
  return byCookie && problem.kind.code === unauthenticated.code
    ? { ...challenge, "set-cookie": clearedSessionCookie({ secure: false }) }
    : challenge;
}

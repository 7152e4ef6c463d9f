import {
  deadlineExceeded,
  defineProblem,
  invalidInput,
  notFound,
  unauthenticated,
  unavailable,
  type ProblemKind,
} from "../kernel/problem.ts";

/** What the host itself refuses, before or instead of a module. */

export const routeNotFound = defineProblem({
  code: "http.not_found",
  status: 404,
  title: "There is no such route.",
});

export const overloaded = defineProblem({
  code: "http.overloaded",
  status: 503,
  title: "The server has more to do than it can do well. Try again in a few seconds.",
});

export const tooManyRequests = defineProblem({
  code: "http.too_many_requests",
  status: 429,
  title: "There were too many requests. Wait for a moment before the next one.",
});

export const methodNotAllowed = defineProblem({
  code: "http.method_not_allowed",
  status: 405,
  title: "This route does not take this method.",
});

export const malformedRequest = defineProblem({
  code: "http.malformed",
  status: 400,
  title: "The request is not HTTP that the server understands.",
});

export const malformedUrl = defineProblem({
  code: "http.malformed_url",
  status: 400,
  title: "The URL is not encoded correctly.",
});

export const malformedJson = defineProblem({
  code: "http.malformed_json",
  status: 400,
  title: "The body is not JSON that the server takes.",
});

export const requestTimeout = defineProblem({
  code: "http.request_timeout",
  status: 408,
  title: "The request took too long to arrive.",
});

export const preconditionFailed = defineProblem({
  code: "http.precondition_failed",
  status: 412,
  title: "What there is is not what the request names by If-Match or If-Unmodified-Since.",
});

export const bodyTooLarge = defineProblem({
  code: "http.body_too_large",
  status: 413,
  title: "The body is larger than this route takes.",
});

export const urlTooLong = defineProblem({
  code: "http.url_too_long",
  status: 414,
  title: "The URL is longer than the server takes.",
});

export const mediaType = defineProblem({
  code: "http.media_type",
  status: 415,
  title: "The body's media type is not one that this route takes.",
});

export const rangeNotSatisfiable = defineProblem({
  code: "http.range_not_satisfiable",
  status: 416,
  title: "The file has no such part as Range asks for.",
});

export const headersTooLarge = defineProblem({
  code: "http.headers_too_large",
  status: 431,
  title: "The request's headers are larger than the server takes.",
});

export const crossSite = defineProblem({
  code: "http.cross_site",
  status: 403,
  title: "Another site may not act with the cookie of this one.",
});

export const internalError = defineProblem({
  code: "http.internal",
  status: 500,
  title: "Something went wrong inside. It is logged under this request's id.",
});

export const idempotencyMismatch = defineProblem({
  code: "idempotency.mismatch",
  status: 422,
  title: "This idempotency key was used for another request.",
});

export const idempotencyInProgress = defineProblem({
  code: "idempotency.in_progress",
  status: 409,
  title: "The first request with this idempotency key is still running.",
});

/** Those that any route may answer, for the reference. */
export const generalProblems: readonly ProblemKind[] = [
  invalidInput,
  unauthenticated,
  notFound,
  unavailable,
  deadlineExceeded,
  routeNotFound,
  methodNotAllowed,
  overloaded,
  tooManyRequests,
  malformedRequest,
  malformedUrl,
  malformedJson,
  requestTimeout,
  preconditionFailed,
  bodyTooLarge,
  urlTooLong,
  mediaType,
  rangeNotSatisfiable,
  headersTooLarge,
  crossSite,
  internalError,
  idempotencyMismatch,
  idempotencyInProgress,
];

/**
 * A failure that the API shows: RFC 9457 problem details with a stable code.
 *
 * Modules declare theirs in `errors.ts` with `defineProblem`, so that each code stands once, with
 * its status and title, and the reference can list them.
 */
export interface InputError {
  /** Where, as a JSON pointer into the body, or the parameter's name. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemKind {
  /** Stable: `module.reason`, lower case. Clients branch on it. */
  readonly code: string;
  readonly status: number;
  /** One sentence that is the same for every occurrence. */
  readonly title: string;
}

export interface ReachedLimit {
  readonly max: number;
  readonly remaining: number;
  /** When it begins anew, in seconds from now on. */
  readonly resetS: number;
}

export interface ProblemDetails {
  /** One sentence about this occurrence, fit for anyone to read. */
  readonly detail?: string | undefined;
  readonly errors?: readonly InputError[] | undefined;
  /** When to try again, in seconds. */
  readonly retryAfterS?: number | undefined;
  /** The limit that was reached; told in the headers `RateLimit-…`. */
  readonly limit?: ReachedLimit | undefined;
  /** Header fields that a protocol other than ours wants with it; names are lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What went wrong inside; goes to the log, never to the client. */
  readonly cause?: unknown;
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly kind: ProblemKind;
  readonly detail: string | undefined;
  readonly errors: readonly InputError[] | undefined;
  readonly retryAfterS: number | undefined;
  readonly limit: ReachedLimit | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(kind: ProblemKind, details: ProblemDetails = {}) {
    super(`${kind.code}: ${details.detail ?? kind.title}`, { cause: details.cause });
    this.kind = kind;
    this.detail = details.detail;
    this.errors = details.errors;
    this.retryAfterS = details.retryAfterS;
    this.limit = details.limit;
    this.headers = details.headers;
  }

  /** The same problem, answered with these header fields. */
  withHeaders(headers: Readonly<Record<string, string>>): Problem {
    const { kind, detail, errors, retryAfterS, limit, cause } = this;
    return new Problem(kind, { detail, errors, retryAfterS, limit, cause, headers });
  }
}

export type ProblemFactory = ProblemKind & ((details?: ProblemDetails) => Problem);

/** Declares a problem: the result is both its kind and the function that makes one. */
export function defineProblem(kind: ProblemKind): ProblemFactory {
  return Object.assign((details?: ProblemDetails) => new Problem(kind, details), kind);
}

/** A bad input; one of these per request, with every error that was found. */
export const invalidInput = defineProblem({
  code: "request.invalid",
  status: 400,
  title: "The request is not valid.",
});

/** What is not there, and what the viewer may not see: nobody can tell them apart. */
export const notFound = defineProblem({
  code: "request.not_found",
  status: 404,
  title: "There is no such thing, or you may not see it.",
});

export const unauthenticated = defineProblem({
  code: "request.unauthenticated",
  status: 401,
  title: "Sign in first: there is no token, or it is not valid any more.",
});

/** The server can't do this now; the client may try again, with the same idempotency key. */
export const unavailable = defineProblem({
  code: "request.unavailable",
  status: 503,
  title: "The server can't do this right now. Try again soon.",
});

export const deadlineExceeded = defineProblem({
  code: "request.deadline_exceeded",
  status: 503,
  title: "The answer would have come too late. Try again soon.",
});

/** One input error, the usual case. */
export function invalid(path: string, message: string): Problem {
  return invalidInput({ detail: `${path}: ${message}`, errors: [{ path, message }] });
}

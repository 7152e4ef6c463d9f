import type { components } from "./schema.d.ts";

/** What the server says of a failure: RFC 9457 problem details. */
export type ProblemDetails = components["schemas"]["Problem"];

/** A failure that the server explained. Branch on `code`; it is stable. */
export class MaruProblem extends Error {
  override readonly name = "MaruProblem";
  readonly code: string;
  readonly status: number;
  readonly details: ProblemDetails;
  /** Seconds after which to try again, where the server said so. */
  readonly retryAfterS: number | undefined;

  constructor(details: ProblemDetails, retryAfterS?: number) {
    super(`${details.code}: ${details.detail}`);
    this.code = details.code;
    this.status = details.status;
    this.details = details;
    this.retryAfterS = retryAfterS;
  }
}

const problemMediaType = "application/problem+json";

/** The problem in an answer; one is made up where something before the server answered. */
export async function problemOf(response: Response): Promise<MaruProblem> {
  const isProblem = response.headers.get("content-type")?.startsWith(problemMediaType) === true;
  const details = isProblem
    ? ((await response.json()) as ProblemDetails)
    : {
        type: "about:blank",
        title: response.statusText,
        status: response.status,
        detail: response.statusText,
        code: `http.${response.status}`,
        requestId: response.headers.get("x-request-id") ?? "",
      };
  return new MaruProblem(details, retryAfterOf(response));
}

export function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

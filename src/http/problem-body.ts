import type { Problem } from "../kernel/problem.ts";

export const problemMediaType = "application/problem+json; charset=utf-8";

/** Where a code is explained; it is the problem's `type`. */
export function problemType(code: string): string {
  return `/docs/problems#${code}`;
}

/** RFC 9457 problem details. What went wrong inside is not among them. */
export function problemBody(problem: Problem, requestId: string): string {
  const { kind } = problem;
  return JSON.stringify({
    type: problemType(kind.code),
    title: kind.title,
    status: kind.status,
    // Promised with every problem: where there is no more to say, the title says it.
    detail: problem.detail ?? kind.title,
    code: kind.code,
    errors: problem.errors,
    requestId,
  });
}

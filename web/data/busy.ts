import { MaruProblem } from "../../sdk/problem.ts";

const tooMany = 429;
const unavailable = 503;

/** The server answered, and had no time. */
export function isBusy(error: unknown): boolean {
  return error instanceof MaruProblem && (error.status === tooMany || error.status === unavailable);
}

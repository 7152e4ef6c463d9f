import postgres from "postgres";
import { Problem, unavailable } from "../../kernel/problem.ts";
import { NoAnswer } from "./impatient-sql.ts";

/**
 * What PostgreSQL's errors mean to a request. SQLSTATE classes are those of PostgreSQL's manual,
 * appendix A; codes without five digits are the client's own.
 */
const retryAfterS = 1;

/** The transaction was undone only because of others; running it again is right. */
const repeatable = new Set(["40001", "40P01"]);

const unavailableStates = new Set([
  "25006", // read-only: not the primary (any more)
  "55P03", // lock_timeout
  "57014", // statement_timeout, or ended by an operator
  "25P03", // idle_in_transaction_session_timeout
  "25P04", // transaction_timeout
]);
/** Connection trouble; too little of something, a full disk included; shutting down or starting. */
const unavailableClasses = ["08", "53", "57P", "58"];

const lossClasses = ["08", "57P", "58"];

const connectionCodes = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ENOTFOUND",
  "ETIMEDOUT",
]);

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}

export function isRepeatable(error: unknown): boolean {
  return repeatable.has(codeOf(error));
}

/** The connection is gone or going, and with it the server perhaps: no time to try again at once. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  return connectionCodes.has(code) || lossClasses.some((start) => code.startsWith(start));
}

export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return (
    connectionCodes.has(code) ||
    unavailableStates.has(code) ||
    error instanceof NoAnswer ||
    (error instanceof postgres.PostgresError &&
      unavailableClasses.some((start) => code.startsWith(start)))
  );
}

/** The same error, or the 503 that stands for it. A lost connection leaves a write unknown: retry by key. */
export function asProblem(error: unknown): unknown {
  if (error instanceof Problem) {
    return error;
  }
  return isUnavailable(error) || isRepeatable(error)
    ? unavailable({ retryAfterS, cause: error })
    : error;
}

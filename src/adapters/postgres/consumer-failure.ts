import { Problem } from "../../kernel/problem.ts";
import { isRepeatable, isUnavailable } from "./record-errors.ts";

const errorCharactersMax = 4_000;
/** A statement or a lock that took too long: that may be the event's own doing. */
const timeoutStates: readonly string[] = ["57014", "55P03"];
const unavailableStatus = 503;

/**
 * Whether handling an event failed because of the event, so that the attempt counts. A lost
 * connection, a full pool or a database that is away is nobody's fault and is waited out.
 */
export function isEventsFault(error: unknown): boolean {
  const wrapped = error instanceof Problem && error.kind.status === unavailableStatus;
  const cause: unknown = wrapped ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? cause.code : "";
  if (typeof code === "string" && timeoutStates.includes(code)) {
    return true;
  }
  return !wrapped && !isRepeatable(error) && !isUnavailable(error);
}

export function errorText(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // PostgreSQL cannot hold U+0000.
  return text.replaceAll("\u0000", "").slice(0, errorCharactersMax);
}

/** How long an event waits for its next attempt: doubled with each, with jitter. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export const backOffDefault: BackOff = { firstMs: 200, maxMs: 60_000 };

/** `chance` is 0 to 1: half of the wait is certain, so that retries neither rush nor come together. */
export function backOffMs(backOff: BackOff, attempts: number, chance: number): number {
  const wholeMs = Math.min(backOff.maxMs, backOff.firstMs * 2 ** Math.max(0, attempts - 1));
  return Math.round(wholeMs / 2 + (chance * wholeMs) / 2);
}

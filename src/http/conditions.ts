import type { IncomingHttpHeaders } from "node:http";
import { isStrong, matchesEtag, matchesStrongly } from "./etag.ts";
import { httpDateMs } from "./http-date.ts";

/** What tells one state of a file from another, as its answer's headers say. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/**
 * What the conditions of a GET or HEAD come to, in the order of RFC 9110, 13.2.2. `failed`: the client
 * wants another state than there is. `current`: it has the one that there is.
 */
export function judgeConditions(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): "send" | "failed" | "current" {
  const modifiedMs = lastModified === null ? null : httpDateMs(lastModified);
  const isSince = (header: string | undefined): boolean | null => {
    const sinceMs = header === undefined ? null : httpDateMs(header);
    return sinceMs === null || modifiedMs === null ? null : modifiedMs > sinceMs;
  };
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = headers;
  const hasFailed =
    ifMatch === undefined
      ? isSince(headers["if-unmodified-since"]) === true
      : !matchesStrongly(ifMatch, etag);
  if (hasFailed) {
    return "failed";
  }
  const isCurrent =
    ifNoneMatch === undefined
      ? isSince(headers["if-modified-since"]) === false
      : matchesEtag(ifNoneMatch, etag ?? "");
  return isCurrent ? "current" : "send";
}

/** Whether `If-Range` names the state that there is, to the byte: a part of another would be worth nothing. */
export function isRangeOfSame(
  ifRange: string | undefined,
  { etag, lastModified }: Validators,
): boolean {
  if (ifRange === undefined) {
    return true;
  }
  if (ifRange.includes('"')) {
    return isStrong(ifRange) && ifRange === etag;
  }
  const ms = httpDateMs(ifRange);
  return ms !== null && lastModified !== null && ms === httpDateMs(lastModified);
}

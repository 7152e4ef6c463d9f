import { randomFillSync } from "node:crypto";
import type { Clock } from "../ports/clock.ts";

const randomBytesEach = 8;
/** Random bytes are drawn for many ids at once, because each draw costs more than the id. */
const pooledIds = 512;
const timeRadix = 36;

/** Ids of requests: the time, so that they sort, and 64 random bits, so that nobody guesses one. */
export function createRequestIds(clock: Clock): () => string {
  const pool = Buffer.alloc(randomBytesEach * pooledIds);
  let offset = pool.length;
  let lastMs = Number.NaN;
  let time = "";
  return () => {
    if (offset === pool.length) {
      randomFillSync(pool);
      offset = 0;
    }
    const nowMs = clock.nowMs();
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      time = Math.trunc(nowMs).toString(timeRadix);
    }
    const random = pool.toString("hex", offset, offset + randomBytesEach);
    offset += randomBytesEach;
    return `${time}-${random}`;
  };
}

const clientIdPattern = /^[\x21-\x7e]{1,128}$/;

/** What the client calls its request, if that can stand in a log line. */
export function clientRequestIdOf(header: string | string[] | undefined): string | null {
  return typeof header === "string" && clientIdPattern.test(header) ? header : null;
}

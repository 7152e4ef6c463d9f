import type { Problem } from "../kernel/problem.ts";
import type { Answer, AtOnceAnswer } from "../ports/routes.ts";
import { matchesEtag } from "./etag.ts";
import type { Exchange } from "./exchange.ts";
import { problemBody, problemMediaType } from "./problem-body.ts";
import { createTogether } from "./together.ts";
import { endResponse, leavesMuch } from "./unread-body.ts";

/**
 * Answers go to Node's response directly, with their headers as one flat list: a body that is
 * ready-made text is neither serialised nor copied, and no map of headers is built.
 */
export interface Responder {
  answer(exchange: Exchange, answer: Answer): void;
  /** An answer from memory: its bytes are written as they are, with others that are ready now. */
  atOnce(exchange: Exchange, answer: AtOnceAnswer): void;
  problem(exchange: Exchange, problem: Problem, options?: ProblemOptions): void;
}

export interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** What went wrong inside, for the span. */
  readonly cause?: unknown;
}

interface FromMemory {
  readonly exchange: Exchange;
  readonly answer: AtOnceAnswer;
}

const jsonMediaType = "application/json; charset=utf-8";
const textMediaType = "text/plain; charset=utf-8";
const bytesMediaType = "application/octet-stream";
const fixedHeaders = ["X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer"];
const notModified = 304;
const noContent = 204;
const ok = 200;
const timedOut = 408;

/** `isClosing`: whether connections are to end with their answer, because the node stops. */
export function createResponder(isClosing: () => boolean): Responder {
  function send(
    exchange: Exchange,
    status: number,
    headers: string[],
    body: string | Uint8Array | null,
    cause?: unknown,
  ): void {
    const { request, response } = exchange;
    // Who did not send in time will hardly send the rest.
    const isCut = leavesMuch(request) || (status === timedOut && !request.complete);
    if (isCut || isClosing()) {
      headers.push("Connection", "close");
    }
    if (body === null) {
      response.writeHead(status, headers);
      endResponse(request, response, null, isCut);
      exchange.finish(status, 0, cause);
      return;
    }
    const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
    headers.push("Content-Length", String(bytes));
    response.writeHead(status, headers);
    endResponse(request, response, body, isCut);
    exchange.finish(status, bytes, cause);
  }

  function sendFromMemory({ exchange, answer }: FromMemory): void {
    const headers = [
      "X-Request-Id",
      exchange.requestId,
      ...fixedHeaders,
      ...answer.headers,
      "Cache-Control",
      "private, no-cache",
    ];
    if (answer.bytes === null) {
      send(exchange, notModified, headers, null);
    } else {
      headers.push("Content-Type", jsonMediaType);
      send(exchange, ok, headers, answer.bytes);
    }
  }

  const together = createTogether<FromMemory>((answers) => {
    answers.forEach(sendFromMemory);
    // The last first, because memory is given back in the reverse order of its being taken.
    for (const { exchange, answer } of answers.toReversed()) {
      // Without a socket the answer waits for an earlier one of its connection.
      if (answer.bytes !== null && exchange.response.socket?.writableLength === 0) {
        answer.release(answer.bytes);
      }
    }
  });

  return {
    answer(exchange, answer) {
      const status = isNotModified(exchange, answer) ? notModified : answer.status;
      if (status === noContent || status === notModified) {
        send(exchange, status, headersOf(exchange.requestId, answer.headers, null), null);
        return;
      }
      const { bytes, text, json = answer.jsonBytes } = answer;
      const body = bytes ?? text ?? json ?? jsonOf(answer);
      if (body === null) {
        // What a GET would be answered is not known to a route of its own for HEAD.
        const isHead = exchange.request.method === "HEAD";
        const headers = headersOf(exchange.requestId, answer.headers, null);
        send(exchange, status, headers, isHead ? null : "");
        return;
      }
      const mediaType =
        bytes !== undefined ? bytesMediaType : text !== undefined ? textMediaType : jsonMediaType;
      send(exchange, status, headersOf(exchange.requestId, answer.headers, mediaType), body);
    },
    atOnce(exchange, answer) {
      together.add({ exchange, answer });
    },
    problem(exchange, problem, options = {}) {
      const headers = headersOf(exchange.requestId, options.headers, problemMediaType);
      headers.push(...limitHeaders(problem));
      const body = problemBody(problem, exchange.requestId);
      send(exchange, problem.kind.status, headers, body, options.cause);
    },
  };
}

function jsonOf({ body }: Answer): string | null {
  return body === undefined ? null : JSON.stringify(body);
}

/** When to come again, and which limit was reached, as far as the problem knows. */
export function limitHeaders({ retryAfterS, limit }: Problem): string[] {
  const headers: string[] = [];
  if (retryAfterS !== undefined) {
    headers.push("Retry-After", String(Math.ceil(retryAfterS)));
  }
  if (limit !== undefined) {
    headers.push("RateLimit-Limit", String(limit.max));
    headers.push("RateLimit-Remaining", String(limit.remaining));
    headers.push("RateLimit-Reset", String(limit.resetS));
  }
  return headers;
}

/**
 * The headers of every answer, then those of this one. Answers are private to whom they are for
 * and not stored, unless a route says otherwise. Names of given headers are lower case.
 */
export function headersOf(
  requestId: string,
  given: Readonly<Record<string, string>> | undefined,
  mediaType: string | null,
): string[] {
  const headers = ["X-Request-Id", requestId, ...fixedHeaders];
  let cacheControl = "no-store";
  let contentType = mediaType;
  if (given !== undefined) {
    for (const name in given) {
      const value = given[name] ?? "";
      if (name === "cache-control") cacheControl = value;
      else if (name === "content-type") contentType = value;
      else headers.push(name, value);
    }
  }
  headers.push("Cache-Control", cacheControl);
  if (contentType !== null) {
    headers.push("Content-Type", contentType);
  }
  return headers;
}

function isNotModified(exchange: Exchange, answer: Answer): boolean {
  const etag = answer.headers?.["etag"];
  if (etag === undefined || answer.status !== ok) {
    return false;
  }
  const { method, headers } = exchange.request;
  const ifNoneMatch = headers["if-none-match"];
  return (
    ifNoneMatch !== undefined &&
    (method === "GET" || method === "HEAD") &&
    matchesEtag(ifNoneMatch, etag)
  );
}

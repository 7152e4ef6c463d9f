import type { IncomingMessage, ServerResponse } from "node:http";
import type { Leave } from "../kernel/concurrency-limit.ts";
import { orDeadline, type Deadline, type MonotonicMs } from "../kernel/deadline.ts";
import { notFound } from "../kernel/problem.ts";
import type { Answer, FileBody } from "../ports/routes.ts";
import type { Logger } from "../ports/telemetry.ts";
import { byteRangeOf, type ByteRange } from "./byte-range.ts";
import { isRangeOfSame, judgeConditions, type Validators } from "./conditions.ts";
import type { Exchange } from "./exchange.ts";
import { createFilePlaces } from "./file-places.ts";
import { sendFile } from "./file-sending.ts";
import { overloaded, preconditionFailed, rangeNotSatisfiable } from "./problems.ts";
import { headersOf, type Responder } from "./respond.ts";
import type { SendingLimits } from "./settings.ts";
import { leavesMuch } from "./unread-body.ts";

/** Answers with files: what of one is asked for, whether the client has it already, and its bytes as they are read. */
export interface FileAnswers {
  /** Resolves when it begins to be sent; fails only before. */
  answer(exchange: Exchange, answer: FileAnswer, deadline: Deadline): Promise<void>;
  /** Files that are being sent. */
  count(): number;
}

export type FileAnswer = Answer & { readonly file: FileBody };

export interface FileAnswerDeps {
  readonly responder: Responder;
  readonly logger: Logger;
  /** Whether connections are to end with their answer, because the node stops. */
  readonly isClosing: () => boolean;
  readonly limits: SendingLimits;
  readonly monotonicMs: MonotonicMs;
  readonly onSent: (bytes: number) => void;
}

const ok = 200;
const partial = 206;
const notModified = 304;
const retryAfterS = 5;
const bytesMediaType = "application/octet-stream";
const acceptRanges = { "accept-ranges": "bytes" };

export function createFileAnswers(deps: FileAnswerDeps): FileAnswers {
  const { responder, logger, isClosing } = deps;
  const places = createFilePlaces({
    atOnceMax: deps.limits.atOnceMax,
    monotonicMs: deps.monotonicMs,
  });

  function writeHead(
    { request, response, requestId }: Exchange,
    { headers, file }: FileAnswer,
    { status, start, end }: Part,
  ): void {
    const list = headersOf(requestId, headers, bytesMediaType);
    if (status === ok) {
      list.push("Accept-Ranges", "bytes");
    } else if (status === partial) {
      list.push("Accept-Ranges", "bytes", "Content-Range", `bytes ${start}-${end}/${file.bytes}`);
    }
    list.push("Content-Length", String(end + 1 - start));
    if (isClosing() || leavesMuch(request)) {
      list.push("Connection", "close");
    }
    response.writeHead(status, list);
  }

  /** What is answered while it is sent, or waits for another, says nothing of how busy the rest is. */
  function leavePlace(exchange: Exchange, ending: Parameters<Leave>[0]): void {
    exchange.place?.(ending);
    exchange.place = null;
  }

  async function send(
    exchange: Exchange,
    answer: FileAnswer,
    { part, deadline }: { readonly part: Part; readonly deadline: Deadline },
  ): Promise<void> {
    const { requestId, response } = exchange;
    if (response.socket === null && !hasGone(response)) {
      leavePlace(exchange, "other");
      await orDeadline(deadline, untilItsTurn(response));
    }
    if (hasGone(response)) {
      exchange.finish(part.status, 0);
      return;
    }
    const place = places.take(response);
    if (place === null) {
      throw overloaded({ retryAfterS });
    }
    const opening = answer.file.open({ start: part.start, end: part.end });
    const source = await orDeadline(deadline, opening).catch((error: unknown) => {
      void opening.then(
        (late) => late?.destroy(),
        () => undefined,
      );
      throw error;
    });
    if (source === null) {
      throw notFound();
    }
    if (hasGone(response)) {
      source.destroy();
      exchange.finish(part.status, 0);
      return;
    }
    writeHead(exchange, answer, part);
    leavePlace(exchange, "answered");
    place.progressed();
    sendFile(response, source, {
      bytes: part.end + 1 - part.start,
      stalledMs: deps.limits.stalledMs,
      onProgress: place.progressed,
      onEnd({ bytes, fault }) {
        deps.onSent(bytes);
        if (fault !== null) {
          logger.warn({ requestId, error: fault }, "a file could not be sent whole");
        }
        exchange.finish(part.status, bytes, fault ?? undefined);
      },
    });
  }

  return {
    async answer(exchange, answer, deadline) {
      const { request, response } = exchange;
      const { headers, file } = answer;
      const part = partOf(request, answer);
      if (part === "current") {
        responder.answer(exchange, { status: notModified, ...(headers ? { headers } : {}) });
      } else if (part === "failed") {
        responder.problem(exchange, preconditionFailed());
      } else if (part === "unsatisfiable") {
        responder.problem(exchange, rangeNotSatisfiable(), {
          headers: { ...acceptRanges, "content-range": `bytes */${file.bytes}` },
        });
      } else if (request.method === "HEAD" || file.bytes === 0) {
        writeHead(exchange, answer, part);
        response.end();
        exchange.finish(part.status, 0);
      } else {
        await send(exchange, answer, { part, deadline });
      }
    },
    count: places.count,
  };
}

/** Asked anew after each wait. */
function hasGone(response: ServerResponse): boolean {
  return response.destroyed;
}

/** Of requests that were sent ahead each waits for the one before it: a connection has one file open at a time. */
function untilItsTurn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const proceed = (): void => {
      resolve();
    };
    response.once("socket", proceed).once("close", proceed);
  });
}

interface Part extends ByteRange {
  readonly status: number;
}

function partOf(
  { method, headers }: IncomingMessage,
  { status, headers: given = {}, file }: FileAnswer,
): Part | "current" | "failed" | "unsatisfiable" {
  const whole: Part = { status, start: 0, end: file.bytes - 1 };
  if (status !== ok || (method !== "GET" && method !== "HEAD")) {
    return whole;
  }
  const validators: Validators = {
    etag: given["etag"] ?? null,
    lastModified: given["last-modified"] ?? null,
  };
  const verdict = judgeConditions(headers, validators);
  if (verdict !== "send") {
    return verdict;
  }
  const { range } = headers;
  // Of HEAD no part can be asked for.
  if (range === undefined || method === "HEAD" || !isSame(headers["if-range"], validators)) {
    return whole;
  }
  const asked = byteRangeOf(range, file.bytes);
  return asked === null || asked === "unsatisfiable"
    ? (asked ?? whole)
    : { status: partial, ...asked };
}

/** Node gives the header as text, or as a list where it is one that may come more than once. */
function isSame(ifRange: string | string[] | undefined, validators: Validators): boolean {
  return typeof ifRange === "object" ? false : isRangeOfSame(ifRange, validators);
}

import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { MonotonicMs } from "../kernel/deadline.ts";
import type { Problem } from "../kernel/problem.ts";
import type { IncomingDeadline } from "./incoming-deadline.ts";
import { inviteBody } from "./invite-body.ts";
import { bodyTooLarge, malformedRequest, requestTimeout } from "./problems.ts";
import type { IncomingLimits } from "./settings.ts";

/**
 * The body of a request as its handler reads it: no faster than the handler takes it, no longer than it
 * may be, and not from a client that keeps it waiting. It ends with a problem where that is not so, and
 * leaves the connection as it is, so that the client can be told.
 */
export class IncomingBody extends Readable {
  /** Why it ended too early, if that is not the handler's doing. */
  failure: Problem | null = null;
  readonly #parts: IncomingParts;
  readonly #startedMs: number;
  #isBegun = false;
  /** The client has sent all of it. */
  #isWhole = false;
  #bytes = 0;
  /** Since when the client is waited for; null: it is the handler's turn. */
  #waitingSinceMs: number | null = null;
  /** Of earlier waits. */
  #waitedMs = 0;
  /** When the client last sent something, or was last asked to. */
  #heardAtMs = 0;

  constructor(parts: IncomingParts) {
    super();
    this.#parts = parts;
    this.#startedMs = parts.monotonicMs();
    // A handler that does not listen yet finds out when it reads.
    this.on("error", () => undefined);
  }

  override _read(): void {
    if (!this.#isBegun) {
      this.#begin();
    }
    if (this.#waitingSinceMs === null) {
      this.#waitingSinceMs = this.#heardAtMs = this.#parts.monotonicMs();
      this.#parts.request.resume();
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { request, deadline } = this.#parts;
    request.off("data", this.#take);
    request.off("end", this.#end);
    request.off("close", this.#close);
    if (!this.#isWhole) {
      this.#stopWaiting();
      request.pause();
      deadline.bodyEnds();
    }
    callback(error);
  }

  /** Ends it if the client is too slow. */
  check(): void {
    if (this.#isWhole) {
      return;
    }
    const { limits, monotonicMs } = this.#parts;
    const nowMs = monotonicMs();
    const waitedMs = this.#waitedMs + (nowMs - (this.#waitingSinceMs ?? nowMs));
    const isSilent = this.#waitingSinceMs !== null && nowMs - this.#heardAtMs >= limits.silentMs;
    const isSlow =
      waitedMs >= limits.slowMs && this.#bytes < (limits.bytesPerSMin * waitedMs) / msPerSecond;
    if (isSilent || isSlow || nowMs - this.#startedMs >= limits.wholeMs) {
      this.#fail(requestTimeout());
    }
  }

  /** The handler is done: what it has not read nobody will. */
  letGo(): void {
    if (!this.destroyed) {
      this.destroy();
    }
    this.#parts.request.resume();
  }

  #begin(): void {
    const { request, response, deadline } = this.#parts;
    this.#isBegun = true;
    deadline.bodyBegins();
    if (request.destroyed) {
      this.#close();
      return;
    }
    inviteBody(request, response);
    request.on("data", this.#take);
    request.once("end", this.#end);
    request.once("close", this.#close);
  }

  #stopWaiting(): void {
    if (this.#waitingSinceMs !== null) {
      this.#waitedMs += this.#parts.monotonicMs() - this.#waitingSinceMs;
      this.#waitingSinceMs = null;
    }
  }

  #fail(problem: Problem): void {
    if (!this.destroyed) {
      this.failure = problem;
      this.destroy(problem);
    }
  }

  readonly #take = (chunk: Buffer): void => {
    const { request, bytesMax, monotonicMs } = this.#parts;
    this.#bytes += chunk.length;
    if (this.#bytes > bytesMax) {
      this.#fail(bodyTooLarge());
      return;
    }
    this.#heardAtMs = monotonicMs();
    if (!this.push(chunk)) {
      this.#stopWaiting();
      request.pause();
    }
  };

  readonly #end = (): void => {
    this.#isWhole = true;
    this.#stopWaiting();
    this.#parts.deadline.bodyEnds();
    this.push(null);
  };

  readonly #close = (): void => {
    if (!this.#isWhole) {
      this.#fail(malformedRequest({ detail: "The client went away while it sent the body." }));
    }
  };
}

export interface IncomingParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly bytesMax: number;
  readonly limits: IncomingLimits;
  readonly deadline: IncomingDeadline;
  readonly monotonicMs: MonotonicMs;
}

const msPerSecond = 1_000;

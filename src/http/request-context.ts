import type { Context, Viewer } from "../kernel/context.ts";
import {
  deadlineAfter,
  noDeadline,
  type Deadline,
  type EndableDeadline,
  type MonotonicMs,
} from "../kernel/deadline.ts";
import { invalid } from "../kernel/problem.ts";

/** By this header a client that waits less long than the server says so, in milliseconds. */
export const deadlineHeader = "maru-deadline-ms";

/** The context of a request; who asks is known a moment after the rest. */
export interface RequestContext extends Context {
  /** Of a body that is a stream, one that its handler's steps get anew. */
  deadline: Deadline;
  viewer: Viewer | null;
  bypassViews: boolean;
  /** Nobody waits for the answer any more: no further step begins. */
  abandon(): void;
}

export interface DeadlineOptions {
  /** Streams last as long as their clients. */
  readonly isStream: boolean;
  readonly timeoutMs: number;
  /** How much of it had gone by before the request had its turn. */
  readonly waitedMs: number;
  readonly header: string | undefined;
  readonly monotonicMs: MonotonicMs;
}

export function createRequestContext(
  requestId: string,
  traceparent: string | null,
  options: DeadlineOptions,
): RequestContext {
  const deadline = deadlineOf(options);
  return {
    requestId,
    traceparent,
    deadline,
    abandon() {
      if ("end" in deadline) {
        deadline.end();
      }
    },
    viewer: null,
    bypassViews: false,
  };
}

const wholeMs = /^[1-9]\d{0,8}$/;

function deadlineOf(options: DeadlineOptions): Deadline | EndableDeadline {
  const { isStream, timeoutMs, waitedMs, header, monotonicMs } = options;
  const within = (ms: number): EndableDeadline =>
    deadlineAfter(Math.max(0, ms - waitedMs), monotonicMs);
  if (isStream) {
    return noDeadline;
  }
  if (header === undefined) {
    return within(timeoutMs);
  }
  return within(timeoutMsOf(header, timeoutMs));
}

/** How long the client waits, but no longer than the server has it. */
export function timeoutMsOf(header: string, timeoutMs: number): number {
  if (!wholeMs.test(header)) {
    throw invalid("Maru-Deadline-Ms", "must be a whole number of milliseconds");
  }
  return Math.min(timeoutMs, Number(header));
}

import { noDeadline, type Deadline } from "./deadline.ts";
import type { Id } from "./id.ts";

/** Who asks. */
export interface Viewer {
  readonly accountId: Id;
  readonly sessionId: Id;
}

/** What travels with a request through every module, event and job that it causes. */
export interface Context {
  /** Ours, one for each request; in every log line and event that the request causes. */
  readonly requestId: string;
  /** W3C `traceparent` of the span that is open, if tracing is on. */
  readonly traceparent: string | null;
  readonly deadline: Deadline;
  readonly viewer: Viewer | null;
  /** The views of this node may not have a write that the client has seen: read the record instead. */
  readonly bypassViews: boolean;
}

/** The context of work that no request caused: a job, a consumer, the command line. */
export function internalContext(requestId: string): Context {
  return { requestId, traceparent: null, deadline: noDeadline, viewer: null, bypassViews: false };
}

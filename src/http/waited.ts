import type { IncomingMessage } from "node:http";

/** Of those that have waited at all. */
const waited = new WeakMap<IncomingMessage, number>();

export function noteWaited(request: IncomingMessage, ms: number): void {
  if (ms > 0) {
    waited.set(request, waitedMsOf(request) + ms);
  }
}

/** How long the request waited for its turn, in milliseconds. */
export function waitedMsOf(request: IncomingMessage): number {
  return waited.get(request) ?? 0;
}

import type { IncomingMessage } from "node:http";

/** Of those that have waited at all. */
const waited = new WeakMap<IncomingMessage, number>();

export function noteWaited(request: IncomingMessage, ms: number): void {
  waited.set(request, waitedMsOf(request) + ms);
}

/** How long the request waited for its turn, in milliseconds. */
export function waitedMsOf(request: IncomingMessage): number {
  return waited.get(request) ?? 0;
}

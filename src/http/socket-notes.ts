import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/**
 * What Node does not know of a connection when it complains of it. `patient`: the request on it may take
 * longer to arrive than others, because whoever takes it has limits of their own. `answered`: the answer
 * has been sent, and what still arrives is only waited for so that the client can read it.
 */
type SocketNote = "patient" | "answered";

const notes = new WeakMap<
  Duplex,
  { readonly note: SocketNote; readonly request: IncomingMessage }
>();

export function noteRequest(request: IncomingMessage, note: SocketNote): void {
  notes.set(request.socket, { note, request });
}

/** By then the next request of the connection may have a note of its own. */
export function forgetRequest(request: IncomingMessage): void {
  if (notes.get(request.socket)?.request === request) {
    notes.delete(request.socket);
  }
}

export function noteOf(socket: Duplex): SocketNote | undefined {
  return notes.get(socket)?.note;
}

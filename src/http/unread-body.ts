import type { IncomingMessage, ServerResponse } from "node:http";
import { noteRequest } from "./socket-notes.ts";

/**
 * What becomes of a body that nobody will read, because its request is answered already. A connection
 * that is closed while the client still sends is reset, and the client may never read the answer. So a
 * little is read for the sake of the connection, which goes on; with more the connection ends in stages:
 * the answer, then our end of the connection, and the rest is read on for a while.
 */

/** So much is not worth a connection. */
const littleBytesMax = 1024 * 1024;
/** As much as may be on its way to a client that stops when it reads the answer, and some more for those that don't. */
const lingerBytesMax = 16 * 1024 * 1024;
const lingerMs = 10_000;
/** A client that sends nothing for so long has stopped. */
const lingerSilentMs = 2_000;

/** Whether so much of the body may be to come that the connection had better end with the answer. */
export function leavesMuch(request: IncomingMessage): boolean {
  if (request.complete) {
    return false;
  }
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > littleBytesMax);
}

export function announcesBody({ headers }: Pick<IncomingMessage, "headers">): boolean {
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  return encoding !== undefined || length !== "0";
}

/** Ends a response whose headers are written with its body; `isCut`: and its connection with it. */
export function endResponse(
  request: IncomingMessage,
  response: ServerResponse,
  body: string | Uint8Array | null,
  isCut: boolean,
): void {
  const { socket } = response;
  // Without a socket the answer waits for an earlier one of its connection.
  if (!isCut || socket === null) {
    response.end(body);
    return;
  }
  if (body !== null) {
    response.write(body);
  }
  // An answer to HEAD has no body that its headers could go with.
  response.flushHeaders();
  linger(request, response);
}

/** Ends the connection of a response that is written whole, but not ended, when its client has stopped sending. */
export function linger(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = response;
  if (socket === null || socket.destroyed) {
    response.end();
    return;
  }
  noteRequest(request, "answered");
  socket.end();
  const cut = (): void => {
    socket.destroy();
  };
  const whole = setTimeout(cut, lingerMs);
  const silent = setTimeout(cut, lingerSilentMs);
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    silent.refresh();
    if (bytes > lingerBytesMax) {
      cut();
    }
  });
  request.once("end", () => {
    socket.destroySoon();
  });
  socket.once("close", () => {
    clearTimeout(whole);
    clearTimeout(silent);
  });
  request.resume();
}

import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Tells a client that asked first (`Expect: 100-continue`) to send its body. Who is refused instead has
 * sent nothing in vain; Node then ends the connection, on which a body might still come.
 */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  // Nothing else can be expected by now; before HTTP/1.1 nobody could ask.
  if (request.headers.expect !== undefined && request.httpVersion === "1.1") {
    response.writeContinue();
  }
}

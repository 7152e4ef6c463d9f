import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Problem } from "../kernel/problem.ts";
import { problemBody, problemMediaType } from "./problem-body.ts";
import { headersTooLarge, malformedRequest, requestTimeout } from "./problems.ts";
import { noteOf } from "./socket-notes.ts";

const timeout = "ERR_HTTP_REQUEST_TIMEOUT";
/** What Node's parser gives up on, before there is a request. */
const byNodeCode: Readonly<Record<string, () => Problem>> = {
  HPE_HEADER_OVERFLOW: headersTooLarge,
  [timeout]: requestTimeout,
};

/**
 * Answers what is no HTTP, or does not arrive in time, as far as there is someone to answer, and hangs up.
 * Whose request may take longer is left alone: Node tells of each request once.
 */
export function answerSocketError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  requestId: string,
): void {
  const { code = "" } = error;
  const note = noteOf(socket);
  if (note === "patient" && code === timeout) {
    return;
  }
  if (code === "ECONNRESET" || note === "answered" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = (byNodeCode[code] ?? malformedRequest)();
  const { status } = problem.kind;
  const body = problemBody(problem, requestId);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    `X-Request-Id: ${requestId}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

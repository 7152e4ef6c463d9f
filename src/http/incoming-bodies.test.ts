import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { noDeadline } from "../kernel/deadline.ts";
import type { Exchange } from "./exchange.ts";
import { createIncomingBodies, refuseByHeaders } from "./incoming-bodies.ts";
import type { IncomingDeadline } from "./incoming-deadline.ts";
import { httpSettingsDefault } from "./settings.ts";
import { noteOf } from "./socket-notes.ts";

const deadline: IncomingDeadline = {
  ...noDeadline,
  end: () => undefined,
  bodyBegins: () => undefined,
  bodyEnds: () => undefined,
};

function exchangeOn(socket: Socket): Exchange {
  const request = new IncomingMessage(socket);
  const response = new ServerResponse(request);
  return {
    requestId: "id-1",
    request,
    response,
    span: null,
    accountId: null,
    place: null,
    finish: () => undefined,
  };
}

test("a body that comes in may take its time until its request is over", () => {
  const bodies = createIncomingBodies({
    limits: { ...httpSettingsDefault.incoming, atOnceMax: 2 },
    monotonicMs: () => 0,
  });
  onTestFinished(bodies.stop);
  const socket = new Socket();
  const [first, second] = [exchangeOn(socket), exchangeOn(socket)];
  bodies.take(first, { bytesMax: 1, deadline });
  expect(noteOf(socket)).toBe("patient");
  // The next request of the connection, sent ahead.
  bodies.take(second, { bytesMax: 1, deadline });
  expect(() => bodies.take(exchangeOn(socket), { bytesMax: 1, deadline })).toThrow(
    "Too many files are being sent at once.",
  );
  first.response.emit("close");
  expect([noteOf(socket), bodies.count()]).toEqual(["patient", 1]);
  second.response.emit("close");
  expect([noteOf(socket), bodies.count()]).toEqual([undefined, 0]);
});

test.each([
  [{}, null],
  [{ "content-length": "0" }, null],
  [{ "content-length": "10", "content-type": "image/png" }, null],
  [{ "content-length": "10", "content-type": " IMAGE/png ; a=b" }, null],
  [{ "transfer-encoding": "chunked", "content-type": "image/png" }, null],
  [{ "content-length": "10" }, "http.media_type"],
  [{ "transfer-encoding": "chunked" }, "http.media_type"],
  [{ "content-type": "text/plain" }, "http.media_type"],
  [{ "content-type": "" }, "http.media_type"],
  [{ "content-length": "11", "content-type": "image/png" }, "http.body_too_large"],
  [{ "content-length": "9".repeat(30), "content-type": "image/png" }, "http.body_too_large"],
  [{ "content-length": "11", "content-type": "image/webp" }, "http.media_type"],
])("of %j is told by the headers: %s", (headers, code) => {
  const look = (): unknown => {
    try {
      refuseByHeaders({ headers }, { streamOf: ["image/png"], bytesMax: 10 });
      return null;
    } catch (error) {
      return (error as { kind: { code: string } }).kind.code;
    }
  };
  expect(look()).toBe(code);
});

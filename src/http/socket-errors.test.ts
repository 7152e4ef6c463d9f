import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { headOf, openRaw } from "../../test/support/raw-client.ts";
import { answerSocketError } from "./socket-errors.ts";
import { forgetRequest, noteRequest } from "./socket-notes.ts";

const receiveTimeoutMs = 200;

let port: number;
let timeouts: number;

/** A server that takes bodies, and those of `/patient` however long they take. */
beforeEach(async () => {
  timeouts = 0;
  const server = createServer(
    {
      requestTimeout: receiveTimeoutMs,
      headersTimeout: receiveTimeoutMs,
      connectionsCheckingInterval: 20,
    },
    (request, response) => {
      if (request.url === "/patient") {
        noteRequest(request, "patient");
      }
      if (request.url === "/answered") {
        noteRequest(request, "answered");
        response.write("a part");
      }
      request.resume().on("end", () => {
        forgetRequest(request);
        response.end("whole");
      });
    },
  );
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    timeouts += error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 1 : 0;
    answerSocketError(error, socket, "id-1");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  ({ port } = server.address() as AddressInfo);
});

test("a request that does not arrive in time is answered 408 and hung up on", async () => {
  const client = openRaw(port, headOf("POST", "/plain", { "content-length": "10" }));
  const text = await client.ended();
  expect(text).toMatch(/^HTTP\/1.1 408 Request Timeout\r\nX-Request-Id: id-1\r\n/);
  expect(text).toContain('"code":"http.request_timeout"');
});

test("one that may take longer goes on, and the next on its connection is in time or not", async () => {
  const client = openRaw(port, headOf("POST", "/patient", { "content-length": "10" }));
  await expect.poll(() => timeouts).toBe(1);
  await client.write("12345");
  await client.write("67890");
  expect(await client.until("whole")).toMatch(/^HTTP\/1.1 200 /);
  await client.write(headOf("POST", "/plain", { "content-length": "10" }));
  expect(await client.ended()).toMatch(/^HTTP\/1.1 200 [^]*HTTP\/1.1 408 /);
  expect(timeouts).toBe(2);
});

test("where the answer is there already nothing is put behind it", async () => {
  const head = headOf("POST", "/answered", { "transfer-encoding": "chunked" });
  const client = openRaw(port, head);
  await client.until("a part");
  await client.write("no chunk at all");
  expect((await client.ended()).match(/HTTP\/1.1/g)).toHaveLength(1);
});

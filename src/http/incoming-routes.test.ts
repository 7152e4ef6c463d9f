import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startForwarder, type Forwarder } from "../../test/support/forwarder.ts";
import { createGate, type Gate } from "../../test/support/gate.ts";
import { startTestHost, streamRoute, getRoute, type TestHost } from "../../test/support/http.ts";
import { headOf, openRaw } from "../../test/support/raw-client.ts";
import { upload, uploadedBytes } from "../../test/support/upload.ts";
import { defineProblem } from "../kernel/problem.ts";
import type { Call } from "../ports/routes.ts";
import { httpSettingsDefault } from "./settings.ts";

/** Bodies that are streams, from a client of the main thread and from one of a thread that forwards. */

const bytesMax = 300 * 1024 ** 2;
const mebibyte = 1024 ** 2;
const full = defineProblem({ code: "test.full", status: 409, title: "There is no room." });
const octets = "application/octet-stream";

let server: TestHost;
let forwarder: Forwarder;
/** Lets a handler read on, piece by piece. */
let gate: Gate;
/** What the handlers saw. */
let begun: string[];
let failures: unknown[];
let mostBuffered: number;

async function digest({ incoming }: Call<unknown, unknown, unknown>) {
  const hash = createHash("sha256");
  let bytes = 0;
  await pipeline(incoming, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  });
  return { status: 201, body: { bytes, sha256: hash.digest("hex") } };
}

beforeAll(async () => {
  const take = (path: string, handle: Parameters<typeof streamRoute>[1], more = {}) =>
    streamRoute(path, handle, { bodyBytesMax: bytesMax, ...more });
  server = await startTestHost([
    take("/v1/digest", digest),
    take("/v1/forms", digest, { streamOf: ["multipart/form-data", "image/png"] }),
    take("/v1/small", digest, { bodyBytesMax: 1024 }),
    take("/v1/default", digest, { bodyBytesMax: undefined }),
    take("/v1/own", digest, { viewer: "required" }),
    take("/v1/offset", digest, {
      method: "PATCH",
      streamOf: ["application/offset+octet-stream"],
    }),
    take("/v1/refused", ({ incoming }) => {
      begun.push(incoming.readableFlowing === null ? "unread" : "read");
      throw full({ detail: "None at all." });
    }),
    take("/v1/half", async ({ incoming }) => {
      for await (const chunk of incoming) {
        begun.push(`read ${(chunk as Buffer).length > 0}`);
        throw full();
      }
      return { status: 201 };
    }),
    take("/v1/done", async ({ incoming }) => {
      await incoming[Symbol.asyncIterator]().next();
      return { status: 200, body: "enough" };
    }),
    take("/v1/observed", async ({ incoming }) => {
      begun.push("observed");
      try {
        await pipeline(incoming, async (chunks) => {
          for await (const _ of chunks) begun.push("chunk");
        });
      } catch (error) {
        failures.push(error);
        throw new Error("whatever the handler makes of it", { cause: error });
      }
      return { status: 201 };
    }),
    take("/v1/steps", async ({ incoming }) => {
      let bytes = 0;
      for await (const chunk of incoming) {
        bytes += (chunk as Buffer).length;
        mostBuffered = Math.max(mostBuffered, incoming.readableLength);
        await gate.pass();
      }
      return { status: 201, body: bytes };
    }),
    getRoute("/v1/quick", () => ({ status: 200, body: "quick" })),
  ]);
  forwarder = await startForwarder(server);
});

afterAll(async () => {
  await forwarder.close();
  await server.host.close();
});

const ways = [
  ["of the main thread", () => server.port],
  ["of a thread that forwards", () => forwarder.port],
] as const;

const lengths = [
  ["announced", false],
  ["not announced", true],
] as const;

describe.each(ways)("a client %s", (_way, portOf) => {
  let port: number;
  beforeAll(() => {
    port = portOf();
  });

  function reset(): void {
    gate = createGate();
    begun = [];
    failures = [];
    mostBuffered = 0;
  }

  const expectProblem = (text: string, code: string): void => {
    expect(JSON.parse(text)).toMatchObject({ code });
  };

  test.each(lengths)("sends bytes, their length %s", async (_, isChunked) => {
    for (const bytes of [0, 1, 65_536, 5_000_000]) {
      const { status, text } = await upload(port, { path: "/v1/digest", bytes, isChunked });
      const sha256 = createHash("sha256").update(uploadedBytes(bytes)).digest("hex");
      expect([status, JSON.parse(text)]).toEqual([201, { bytes, sha256 }]);
    }
  });

  test("may send one body after another on a connection", async () => {
    const head = headOf("POST", "/v1/digest", { "content-type": octets, "content-length": "5" });
    const client = openRaw(port, `${head}first${head}secon`);
    await client.until('"bytes":5');
    await client.write(headOf("GET", "/v1/quick", { connection: "close" }));
    const text = await client.ended();
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 201", "HTTP/1.1 201", "HTTP/1.1 200"]);
  });

  test.each([
    ["multipart/form-data; boundary=x", 201],
    ["Image/PNG", 201],
    ["image/webp", 415],
    ["multipart/form-datas", 415],
    ["application/json", 415],
    ["", 415],
  ])("of the media type %j is answered %i", async (type, status) => {
    const headers = { "content-type": type };
    const answer = await upload(port, { path: "/v1/forms", bytes: 10, headers });
    expect(answer.status).toBe(status);
    if (status === 415) {
      expect(JSON.parse(answer.text)).toMatchObject({
        code: "http.media_type",
        detail: "It takes multipart/form-data, image/png.",
      });
    }
  });

  test("needs no media type for nothing, but for something", async () => {
    const nothing = openRaw(
      port,
      headOf("POST", "/v1/forms", { "content-length": "0", connection: "close" }),
    );
    expect(await nothing.ended()).toMatch(/^HTTP\/1.1 201 /);
    for (const framing of [{ "content-length": "3" }, { "transfer-encoding": "chunked" }]) {
      const some = openRaw(port, headOf("POST", "/v1/forms", { ...framing, connection: "close" }));
      expect(await some.ended()).toMatch(/^HTTP\/1.1 415 /);
    }
  });

  test("sends by PATCH, too", async () => {
    const headers = { "content-type": "application/offset+octet-stream" };
    const path = "/v1/offset";
    expect((await upload(port, { path, method: "PATCH", bytes: 99, headers })).status).toBe(201);
    expect((await upload(port, { path, method: "PUT", bytes: 99, headers })).status).toBe(405);
  });

  test("that announces too much is refused before the handler runs, by the route's bound or the host's", async () => {
    for (const [path, bytes] of [
      ["/v1/small", 1025],
      ["/v1/default", httpSettingsDefault.bodyBytesMax + 1],
    ] as const) {
      const { status, text } = await upload(port, { path, bytes });
      expect(status).toBe(413);
      expectProblem(text, "http.body_too_large");
      expect((await upload(port, { path, bytes: bytes - 1 })).status).toBe(201);
    }
  });

  test("that sends too much without saying so is cut in the middle", async () => {
    const { status, text } = await upload(port, {
      path: "/v1/small",
      bytes: 200 * mebibyte,
      isChunked: true,
    });
    expect(status).toBe(413);
    expectProblem(text, "http.body_too_large");
  });

  describe.each(lengths)("with much to send, its length %s", (_, isChunked) => {
    const bytes = 200 * mebibyte;
    test.each([
      ["/v1/refused", 409, "test.full"],
      ["/v1/half", 409, "test.full"],
      ["/v1/own", 401, "request.unauthenticated"],
      ["/v1/forms", 415, "http.media_type"],
      ["/v1/nowhere", 404, "http.not_found"],
      ["/v1/quick", 405, "http.method_not_allowed"],
    ])("reads the early answer of %s: %i %s", async (path, status, code) => {
      reset();
      const answer = await upload(port, { path, bytes, isChunked });
      expect(answer.status).toBe(status);
      expectProblem(answer.text, code);
      expect(answer.headers.connection).toBe("close");
      expect(answer.sentBytes).toBeLessThan(bytes / 2);
    });

    test("reads an early answer that is no refusal", async () => {
      const answer = await upload(port, { path: "/v1/done", bytes, isChunked });
      expect([answer.status, answer.text]).toEqual([200, '"enough"']);
    });

    test("is not invited to send it where it asks first and is refused", async () => {
      reset();
      for (const [path, status] of [
        ["/v1/refused", 409],
        ["/v1/own", 401],
        ["/v1/forms", 415],
        ["/v1/nowhere", 404],
        ...(isChunked ? [] : [["/v1/small", 413] as const]),
      ] as const) {
        const answer = await upload(port, { path, bytes, isChunked, asksFirst: true });
        expect([path, answer.status, answer.wasInvited, answer.sentBytes]).toEqual([
          path,
          status,
          false,
          0,
        ]);
      }
      expect(begun).toEqual(["unread"]);
    });

    test("is invited where it is wanted", async () => {
      const small = { path: "/v1/digest", bytes: 100_000, isChunked };
      const answer = await upload(port, { ...small, asksFirst: true });
      expect([answer.status, answer.wasInvited]).toEqual([201, true]);
    });
  });

  test("that reads nothing until all is sent finds the answer when some MiB were too many", async () => {
    const bytes = 10 * mebibyte;
    const head = headOf("POST", "/v1/refused", {
      "content-type": octets,
      "content-length": String(bytes),
    });
    const client = openRaw(port, head);
    client.socket.pause();
    reset();
    for (let sent = 0; sent < bytes; sent += 65_536) {
      expect(await client.write(Buffer.alloc(65_536))).toBe(true);
    }
    client.socket.resume();
    expect(await client.ended()).toMatch(/^HTTP\/1.1 409 [^]*"code":"test.full"/);
  });

  test("is told by the end of the connection that nobody waits for the rest, which is read on for a while", async () => {
    const head = headOf("POST", "/v1/refused", {
      "content-type": octets,
      "content-length": String(bytesMax),
    });
    reset();
    const client = openRaw(port, head, { allowHalfOpen: true });
    const end = new Promise((resolve) => client.socket.once("end", resolve));
    await client.until("test.full");
    await end;
    expect(await client.write(Buffer.alloc(5 * mebibyte))).toBe(true);
    client.socket.end();
    expect(await client.ended()).toMatch(/^HTTP\/1.1 409 [^]*test.full[^{}]*}$/);
  });

  test("that sends less than it announced is cut, and so is one whose chunks are none", async () => {
    for (const [framing, bytes] of [
      [{ "content-length": "100" }, "short"],
      [{ "transfer-encoding": "chunked" }, "5\r\nshort\r\n"],
      [{ "transfer-encoding": "chunked" }, "5\r\nshort\r\nzz\r\n"],
    ] as const) {
      reset();
      const client = openRaw(
        port,
        headOf("POST", "/v1/observed", { "content-type": octets, ...framing }),
      );
      await expect.poll(() => begun).toEqual(["observed"]);
      client.socket.end(bytes);
      expect(await client.ended()).toMatch(/^HTTP\/1.1 400 [^]*"code":"http.malformed"/);
      await expect.poll(() => failures).toMatchObject([{ kind: { code: "http.malformed" } }]);
    }
  });

  test("that sends more than it announced gets an answer to what it announced at most", async () => {
    const head = headOf("POST", "/v1/digest", { "content-type": octets, "content-length": "5" });
    const text = await openRaw(port, `${head}12345and something else\r\n\r\n`).ended();
    expect(text).toMatch(/HTTP\/1.1 400 /);
    expect(text).not.toContain('"bytes":2');
  });

  test("that goes in the middle is told to the handler, and in the log", async () => {
    reset();
    const before = server.accesses.length;
    const client = openRaw(
      port,
      headOf("POST", "/v1/observed", { "content-type": octets, "content-length": "1000000" }),
    );
    await client.write(Buffer.alloc(1_000));
    await expect.poll(() => begun).toContain("chunk");
    client.socket.resetAndDestroy();
    await expect.poll(() => failures).toMatchObject([{ kind: { code: "http.malformed" } }]);
    const entry = (): unknown => server.accesses.slice(before).find(({ aborted }) => aborted);
    await expect.poll(entry).toMatchObject({ route: "/v1/observed", status: 400 });
    expect(server.complaints.map(({ message }) => message)).not.toContain(
      "a request failed in a way that nobody foresaw",
    );
  });

  test("sends no faster than the handler reads, and little is held in between", async () => {
    reset();
    const bytes = 200 * mebibyte;
    let sent = 0;
    const answer = upload(port, {
      path: "/v1/steps",
      bytes,
      beforePiece: (sentBytes) => {
        sent = sentBytes;
      },
    });
    gate.step();
    await expect.poll(gate.passed).toBe(1);
    // It comes to rest: what the system and a few buffers hold is all that goes ahead of the handler.
    let last = -1;
    await expect
      .poll(
        () => {
          const isSame = sent === last;
          last = sent;
          return isSame;
        },
        { interval: 300 },
      )
      .toBe(true);
    expect(sent).toBeLessThan(30 * mebibyte);
    gate.open();
    expect(await answer).toMatchObject({ status: 201, text: String(bytes) });
    expect(mostBuffered).toBeLessThanOrEqual(2 * 65_536);
  });
});

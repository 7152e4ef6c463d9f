import { get, type IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import fastCheck from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startForwarder, type Forwarder } from "../../test/support/forwarder.ts";
import { getRoute, startTestHost, until, type TestHost } from "../../test/support/http.ts";
import { headOf, openRaw } from "../../test/support/raw-client.ts";
import { notFound } from "../kernel/problem.ts";
import type { FileBody } from "../ports/routes.ts";
import { unguarded } from "./load-guard.ts";
import { httpSettingsDefault } from "./settings.ts";

const content = Buffer.from(Array.from({ length: 1_000 }, (_, at) => at % 251));
const modified = "Sun, 06 Nov 1994 08:49:37 GMT";
const validators = { etag: '"v1"', "last-modified": modified };
const mebibyte = 1024 ** 2;
const largeBytes = 200 * mebibyte;
/** More than the system takes for a client that does not read. */
const heldBytes = 30 * mebibyte;

let server: TestHost;
let forwarder: Forwarder;
let opened: { readonly start: number; readonly end: number }[];
/** What was opened last. */
let source: Readable;
/** What sources of large files have given. */
let givenBytes: number;

/** A file in pieces, each of which is made when it is asked for. */
function pieces(bytes: number, failAt = Infinity): Readable {
  let given = 0;
  return new Readable({
    read() {
      const next = Math.min(65_536, bytes - given);
      given += next;
      givenBytes += next;
      if (given > failAt) {
        this.destroy(new Error("the disk is broken"));
      } else {
        this.push(next === 0 ? null : Buffer.alloc(next, "maru"));
      }
    },
  });
}

function file(bytes: number, open: (range: { start: number; end: number }) => Readable): FileBody {
  return {
    bytes,
    open(range) {
      opened.push(range);
      source = open(range);
      return Promise.resolve(source);
    },
  };
}

const plain = (): FileBody =>
  file(content.length, ({ start, end }) => Readable.from([content.subarray(start, end + 1)]));

beforeAll(async () => {
  const route = (path: string, body: () => FileBody, more = {}): ReturnType<typeof getRoute> =>
    getRoute(path, () => ({ status: 200, file: body(), headers: validators, ...more }));
  server = await startTestHost(
    [
      route("/v1/file", plain),
      route("/v1/typed", plain, { headers: { "content-type": "video/mp4" } }),
      route("/v1/gone", () => ({ bytes: 10, open: () => Promise.resolve(null) })),
      route("/v1/broken", () => ({
        bytes: 10,
        open: () => Promise.reject(new Error("no such disk")),
      })),
      route("/v1/refused", () => ({ bytes: 10, open: () => Promise.reject(notFound()) })),
      route("/v1/empty", () => file(0, () => pieces(0))),
      route("/v1/large", () => file(largeBytes, ({ start, end }) => pieces(end + 1 - start))),
      route("/v1/short", () => file(300_000, () => pieces(200_000))),
      route("/v1/long", () => file(300_000, () => pieces(400_000))),
      route("/v1/failing", () => file(300_000, () => pieces(300_000, 150_000))),
      route("/v1/unavailable", plain, { status: 503 }),
      getRoute("/v1/quick", () => ({ status: 200, body: "quick" })),
    ],
    {
      settings: {
        ...httpSettingsDefault,
        sendingStalledMs: 1_000,
        drainTimeoutMs: 500,
        load: { ...unguarded, adaptiveLimit: true },
      },
    },
  );
  forwarder = await startForwarder(server);
});

afterAll(async () => {
  await forwarder.close();
  await server.host.close();
});

beforeEach(() => {
  opened = [];
  givenBytes = 0;
});

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Received> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, bytes: Buffer.concat(chunks) });
      });
    }).on("error", reject);
  });
}

describe("a file", () => {
  test("is sent with what there is to say of it", async () => {
    const { status, headers, bytes } = await ask(server.port, "/v1/file");
    expect(status).toBe(200);
    expect(bytes.equals(content)).toBe(true);
    expect(headers).toMatchObject({
      "accept-ranges": "bytes",
      "content-length": "1000",
      "content-type": "application/octet-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...validators,
    });
    expect((await ask(server.port, "/v1/typed")).headers["content-type"]).toBe("video/mp4");
  });

  test.each([
    ["bytes=0-9", 206, "bytes 0-9/1000", [0, 10]],
    ["bytes=990-", 206, "bytes 990-999/1000", [990, 1000]],
    ["bytes=-5", 206, "bytes 995-999/1000", [995, 1000]],
    ["bytes=0-5000", 206, "bytes 0-999/1000", [0, 1000]],
    ["bytes=0-1,5-6", 200, undefined, [0, 1000]],
    ["bytes=9-1", 200, undefined, [0, 1000]],
    ["lines=0-9", 200, undefined, [0, 1000]],
  ])("is answered Range: %s with %i and %s", async (range, status, contentRange, [from, to]) => {
    const answer = await ask(server.port, "/v1/file", { range });
    expect([answer.status, answer.headers["content-range"]]).toEqual([status, contentRange]);
    expect(answer.headers["content-length"]).toBe(String(answer.bytes.length));
    expect(answer.headers.etag).toBe(validators.etag);
    expect(answer.bytes.equals(content.subarray(from, to))).toBe(true);
    expect(opened).toEqual([{ start: from, end: (to ?? 0) - 1 }]);
  });

  test("is sent in any part that is asked for, to the byte", async () => {
    const place = fastCheck.nat({ max: 1_100 });
    await fastCheck.assert(
      fastCheck.asyncProperty(place, fastCheck.option(place), async (first, last) => {
        const header = `bytes=${first}-${last ?? ""}`;
        const { status, bytes } = await ask(server.port, "/v1/file", { range: header });
        const isBackward = last !== null && last < first;
        if (first >= content.length && !isBackward) {
          expect(status).toBe(416);
        } else {
          const part = content.subarray(first, last === null ? undefined : last + 1);
          expect(status).toBe(isBackward ? 200 : 206);
          expect(bytes.equals(isBackward ? content : part)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("that has no such part is not opened, and tells its length", async () => {
    const { status, headers, bytes } = await ask(server.port, "/v1/file", { range: "bytes=1000-" });
    expect([status, headers["content-range"]]).toEqual([416, "bytes */1000"]);
    expect(JSON.parse(bytes.toString())).toMatchObject({ code: "http.range_not_satisfiable" });
    expect(opened).toEqual([]);
  });

  test.each([
    [{ "if-none-match": '"v1"' }, 304],
    [{ "if-none-match": '"v1"', range: "bytes=0-1" }, 304],
    [{ "if-modified-since": modified }, 304],
    [{ "if-match": '"v2"' }, 412],
    [{ "if-match": '"v2"', range: "bytes=2000-" }, 412],
    [{ "if-unmodified-since": "Sun, 06 Nov 1994 08:49:36 GMT" }, 412],
    [{ "if-none-match": '"v2"' }, 200],
    [{ range: "bytes=0-1", "if-range": '"v1"' }, 206],
    [{ range: "bytes=0-1", "if-range": modified }, 206],
    [{ range: "bytes=0-1", "if-range": '"v2"' }, 200],
    [{ range: "bytes=2000-", "if-range": '"v2"' }, 200],
    [{ "if-range": '"v1"' }, 200],
  ] as const)("with %j is answered %i", async (headers, status) => {
    const answer = await ask(server.port, "/v1/file", headers);
    expect(answer.status).toBe(status);
    expect(opened.length).toBe(status < 300 ? 1 : 0);
    if (status === 304) {
      expect(answer.headers).toMatchObject(validators);
      expect(answer.bytes.length).toBe(0);
    }
    if (status === 412) {
      expect(JSON.parse(answer.bytes.toString())).toMatchObject({
        code: "http.precondition_failed",
      });
    }
  });

  test.each([
    [{}, 200],
    [{ range: "bytes=0-1" }, 200],
    [{ "if-none-match": '"v1"' }, 304],
    [{ "if-match": '"v2"' }, 412],
  ] as const)("is not opened for HEAD with %j, which is answered %i", async (headers, status) => {
    const answer = await ask(server.port, "/v1/file", headers, "HEAD");
    expect([answer.status, answer.bytes.length]).toEqual([status, 0]);
    if (status === 200) {
      expect(answer.headers).toMatchObject({ "content-length": "1000", "accept-ranges": "bytes" });
      expect(answer.headers["content-range"]).toBeUndefined();
    }
    expect(opened).toEqual([]);
  });

  test("of no bytes is none, and of another status than 200 is whole", async () => {
    const empty = await ask(server.port, "/v1/empty");
    expect([empty.status, empty.headers["content-length"]]).toEqual([200, "0"]);
    expect((await ask(server.port, "/v1/empty", { range: "bytes=0-" })).status).toBe(416);
    expect((await ask(server.port, "/v1/empty", { range: "bytes=-5" })).status).toBe(200);
    expect(opened).toEqual([]);
    const other = await ask(server.port, "/v1/unavailable", { range: "bytes=0-1" });
    expect([other.status, other.bytes.length]).toEqual([503, 1_000]);
    expect(other.headers["accept-ranges"]).toBeUndefined();
  });

  test("that is gone, or cannot be opened, is told of as anything else", async () => {
    expect((await ask(server.port, "/v1/gone")).status).toBe(404);
    expect((await ask(server.port, "/v1/refused")).status).toBe(404);
    expect((await ask(server.port, "/v1/broken")).status).toBe(500);
    expect(await server.renderMetrics()).toContain("maru_http_reads_under_way 0");
  });
});

const ways = [
  ["of the main thread", () => server.port],
  ["of a thread that forwards", () => forwarder.port],
] as const;

describe.each(ways)("a client %s", (_way, portOf) => {
  const lastEntry = (path: string): unknown =>
    server.accesses.findLast(({ route }) => route === path);

  test("gets a large file whole, and goes on", async () => {
    const client = openRaw(portOf());
    let bytes = 0;
    client.socket.removeAllListeners("data");
    client.socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await client.write(headOf("GET", "/v1/large", { range: `bytes=-${20 * mebibyte}` }));
    await client.write(headOf("GET", "/v1/file", { connection: "close" }));
    await client.ended();
    expect(bytes).toBeGreaterThan(20 * mebibyte + content.length);
    await expect
      .poll(() => lastEntry("/v1/large"))
      .toMatchObject({ status: 206, bytes: 20 * mebibyte, aborted: false });
  });

  test("that does not read holds up the file and nothing else, and is let go after a while", async () => {
    const client = openRaw(portOf());
    client.socket.pause();
    await client.write(headOf("GET", "/v1/large"));
    await until(() => givenBytes > 0);
    // It waits for nobody's answer from the database, and takes no place from those who do.
    await expect.poll(server.renderMetrics).toContain("maru_http_main_sending 1");
    expect(await server.renderMetrics()).toContain("maru_http_reads_under_way 0");
    expect((await ask(portOf(), "/v1/quick")).status).toBe(200);
    await expect.poll(() => source.destroyed).toBe(true);
    expect(givenBytes).toBeLessThan(heldBytes);
    await expect
      .poll(() => lastEntry("/v1/large"))
      .toSatisfy((entry: { bytes: number; aborted: boolean }) => {
        return entry.aborted && entry.bytes > 0 && entry.bytes <= givenBytes;
      });
    expect(await server.renderMetrics()).toContain("maru_http_main_sending 0");
  });

  test("that reads slowly gets all of it", async () => {
    const bytes = 2 * mebibyte;
    const client = openRaw(portOf());
    client.socket.pause();
    let read = 0;
    client.socket.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    await client.write(headOf("GET", "/v1/large", { range: `bytes=-${bytes}` }));
    const reading = setInterval(() => {
      client.socket.resume();
      setImmediate(() => client.socket.pause());
    }, 5);
    onTestFinished(() => {
      clearInterval(reading);
    });
    await expect.poll(() => read).toBeGreaterThan(bytes);
  });

  test("that goes ends what is read for it", async () => {
    const client = openRaw(portOf());
    await client.write(headOf("GET", "/v1/large"));
    await until(() => client.text().length > 100_000);
    client.socket.resetAndDestroy();
    await expect.poll(() => source.destroyed).toBe(true);
    expect(givenBytes).toBeLessThan(largeBytes);
    await expect.poll(() => lastEntry("/v1/large")).toMatchObject({ aborted: true });
  });

  test.each([
    ["/v1/failing", "the disk is broken"],
    ["/v1/short", "the source gave 200000 of 300000 bytes"],
    ["/v1/long", "the source gave more than the 300000 bytes that were announced"],
  ])("never takes %s for whole", async (path, fault) => {
    await expect(ask(portOf(), path)).rejects.toThrow("aborted");
    const complaint = (): unknown => server.complaints.at(-1);
    await expect.poll(complaint).toMatchObject({
      message: "a file could not be sent whole",
      fields: { error: { message: fault } },
    });
    await expect.poll(() => lastEntry(path)).toMatchObject({ aborted: true });
  });
});

test("a source that gives nothing is given up, and told of", async () => {
  const silent = await startTestHost(
    [
      getRoute("/v1/silent", () => ({
        status: 200,
        file: file(10, () => new Readable({ read: () => undefined })),
      })),
    ],
    { settings: { ...httpSettingsDefault, sendingStalledMs: 50 } },
  );
  onTestFinished(() => silent.host.close());
  await expect(ask(silent.port, "/v1/silent")).rejects.toThrow("socket hang up");
  await expect
    .poll(() => silent.complaints)
    .toMatchObject([{ fields: { error: { message: "the source gave nothing for 50 ms" } } }]);
});

test("what is opened too late is closed again", async () => {
  let hand: (source: Readable) => void = () => undefined;
  const late = await startTestHost([
    getRoute("/v1/late", () => ({
      status: 200,
      file: { bytes: 10, open: () => new Promise((resolve) => (hand = resolve)) },
    })),
  ]);
  onTestFinished(() => late.host.close());
  const answer = await ask(late.port, "/v1/late", { "maru-deadline-ms": "20" });
  expect(answer.status).toBe(503);
  const opening = pieces(10);
  hand(opening);
  await expect.poll(() => opening.destroyed).toBe(true);
});

test("whoever is being sent a file makes no room for newcomers, and is sent it to its end by a node that stops", async () => {
  const full = await startTestHost(
    [
      getRoute("/v1/large", () => ({
        status: 200,
        file: file(heldBytes * 2, () => pieces(heldBytes * 2)),
      })),
    ],
    { settings: { ...httpSettingsDefault, connectionsMax: 1 } },
  );
  onTestFinished(() => full.host.close());
  const client = openRaw(full.port);
  client.socket.pause();
  let bytes = 0;
  client.socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await client.write(headOf("GET", "/v1/large"));
  await until(() => givenBytes > 0);
  expect(await openRaw(full.port, headOf("GET", "/v1/large")).ended()).toBe("");
  const drained = full.host.drain();
  client.socket.resume();
  await client.ended();
  await drained;
  expect(bytes).toBeGreaterThan(heldBytes * 2);
});

import { Readable } from "node:stream";
import fastCheck from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ask } from "../../test/support/asked.ts";
import { getRoute, startTestHost, type TestHost } from "../../test/support/http.ts";
import { notFound } from "../kernel/problem.ts";
import type { FileBody } from "../ports/routes.ts";
import { unguarded } from "./load-guard.ts";
import { httpSettingsDefault } from "./settings.ts";

const content = Buffer.from(Array.from({ length: 1_000 }, (_, at) => at % 251));
const modified = "Sun, 06 Nov 1994 08:49:37 GMT";
const validators = { etag: '"v1"', "last-modified": modified };

let server: TestHost;
let opened: { readonly start: number; readonly end: number }[];

const plain = (): FileBody => ({
  bytes: content.length,
  open({ start, end }) {
    opened.push({ start, end });
    return Promise.resolve(Readable.from([content.subarray(start, end + 1)]));
  },
});

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
      route("/v1/empty", () => ({ ...plain(), bytes: 0 })),
      route("/v1/unavailable", plain, { status: 503 }),
    ],
    { settings: { ...httpSettingsDefault, load: { ...unguarded, adaptiveLimit: true } } },
  );
});

afterAll(() => server.host.close());

beforeEach(() => {
  opened = [];
});

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
  const opening = Readable.from([Buffer.alloc(10)]);
  hand(opening);
  await expect.poll(() => opening.destroyed).toBe(true);
});

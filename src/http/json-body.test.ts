import { Type } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { json, postRoute, sendRaw, startTestHost, type TestHost } from "../../test/support/http.ts";
import { defineRoute } from "../ports/routes.ts";

let server: TestHost;

const longBodyBytesMax = 1024;

beforeAll(async () => {
  server = await startTestHost([
    postRoute("/v1/echo", ({ body }) => ({ status: 201, body })),
    postRoute("/v1/small", ({ body }) => ({ status: 201, body }), {
      bodyBytesMax: longBodyBytesMax,
    }),
    defineRoute({
      method: "POST",
      path: "/v1/shapes",
      operationId: "shapes",
      tag: "Test",
      summary: "Shapes",
      viewer: "none",
      body: Type.Object(
        {
          kind: Type.Union([Type.Literal("round"), Type.Literal("square")]),
          size: Type.Integer({ minimum: 1 }),
          note: Type.Optional(Type.Union([Type.String({ maxLength: 3 }), Type.Null()])),
          tags: Type.Optional(Type.Array(Type.String())),
        },
        { additionalProperties: false },
      ),
      answers: { 201: Type.Unknown() },
      handle: ({ body }) => Promise.resolve({ status: 201, body }),
    }),
    defineRoute({
      method: "PUT",
      path: "/v1/things/{id}",
      operationId: "putThing",
      tag: "Test",
      summary: "No body",
      viewer: "none",
      answers: { 204: null },
      handle: () => Promise.resolve({ status: 204 }),
    }),
  ]);
});
afterAll(() => server.host.close());

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem["status"]).toBe(response.status);
  expect(problem["requestId"]).toBe(response.headers.get("x-request-id"));
  return problem;
}

describe("bodies", () => {
  test("nothing is coerced, and what is wrong is told by its path", async () => {
    const response = await server.fetch(
      "/v1/shapes",
      json({ kind: "flat", size: "3", note: "abcd", tags: ["a", 1], "a/b": 1 }),
    );
    expect(response.status).toBe(400);
    expect((await problemOf(response))["errors"]).toEqual(
      expect.arrayContaining([
        { path: "/a~1b", message: "is not a known field" },
        { path: "/kind", message: 'must be one of "round", "square"' },
        { path: "/size", message: "must be integer" },
        { path: "/note", message: "must NOT have more than 3 characters" },
        { path: "/tags/1", message: "must be string" },
      ]),
    );
    const missing = await server.fetch("/v1/shapes", json({ kind: "round" }));
    expect((await problemOf(missing))["errors"]).toEqual([
      { path: "/size", message: "is required" },
    ]);
  });

  test("a body of a thousand errors gets a short answer", async () => {
    const tags = Array.from({ length: 10_000 }, () => 1);
    const response = await server.fetch("/v1/shapes", json({ kind: "round", size: 1, tags }));
    expect((await problemOf(response))["errors"]).toHaveLength(20);
  });

  test.each(
    [
      ["", "request.invalid"],
      ["{", "http.malformed_json"],
      ['{"text":"a"}x', "http.malformed_json"],
      ["null", "request.invalid"],
      ["[]", "request.invalid"],
      ['"text"', "request.invalid"],
      ['{"__proto__":{"a":1},"text":"a"}', "http.malformed_json"],
      ['{"\\u005f_proto__" : 1,"text":"a"}', "http.malformed_json"],
      ['{"constructor":{"prototype":{}},"text":"a"}', "request.invalid"],
      ['{"text":"a\\u0000b"}', "request.invalid"],
      ['{"text":"\\ud800"}', "request.invalid"],
      [`{"text":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, "http.malformed_json"],
      ["[".repeat(60_000), "http.malformed_json"],
      [`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, "http.malformed_json"],
    ].map(([body = "", code]) => [body.slice(0, 40), code, body]),
  )("%s is 400 %s", async (_start, code, body) => {
    const response = await server.fetch("/v1/echo", json(body));
    expect(response.status).toBe(400);
    expect((await problemOf(response))["code"]).toBe(code);
  });

  test("a body that is not UTF-8 is 400", async () => {
    const bytes = Buffer.concat([Buffer.from('{"text":"'), Buffer.of(0xff), Buffer.from('"}')]);
    const headers = { "content-type": "application/json" };
    const response = await server.fetch("/v1/echo", { method: "POST", headers, body: bytes });
    expect((await problemOf(response))["code"]).toBe("http.malformed_json");
  });

  test("text of every script comes through as it is", async () => {
    const text = '마루 縁側 🏡 e\u0301 "__proto__":';
    const response = await server.fetch("/v1/echo", json({ text }));
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ text });
  });

  test("a media type that is not JSON is 415", async () => {
    for (const type of [
      "text/plain",
      "application/xml",
      "application/x-www-form-urlencoded",
      "x",
    ]) {
      const response = await server.fetch("/v1/echo", json("a=b", { "content-type": type }));
      expect(response.status).toBe(415);
      expect((await problemOf(response))["code"]).toBe("http.media_type");
    }
    const withCharset = json({ text: "a" }, { "content-type": "application/json; charset=utf-8" });
    expect((await server.fetch("/v1/echo", withCharset)).status).toBe(201);
  });

  test("a body over the limit is 413, whether its length is told or not", async () => {
    const over = { text: "x".repeat(longBodyBytesMax) };
    const told = await server.fetch("/v1/small", json(over));
    expect(told.status).toBe(413);
    expect((await problemOf(told))["code"]).toBe("http.body_too_large");
    const huge = await server.fetch("/v1/echo", json({ text: "x".repeat(600_000) }));
    expect(huge.status).toBe(413);
    const body = JSON.stringify(over);
    const untold = await sendRaw(
      server.port,
      `POST /v1/small HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    expect(untold).toMatch(/^HTTP\/1.1 413 /);
  });

  test("a route without a body takes none or an empty one", async () => {
    const put = (init: RequestInit) =>
      server.fetch("/v1/things/1", { ...init, method: "PUT" }).then(({ status }) => status);
    expect(await put({})).toBe(204);
    expect(await put(json({}))).toBe(204);
    expect(await put(json(""))).toBe(204);
    expect(await put(json({ a: 1 }))).toBe(400);
  });
});

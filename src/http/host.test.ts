import { connect } from "node:net";
import { Type } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  getRoute,
  json,
  postRoute,
  sendRaw,
  startTestHost,
  until,
  type TestHost,
} from "../../test/support/http.ts";
import { defineProblem } from "../kernel/problem.ts";
import { defineRoute } from "../ports/routes.ts";

let server: TestHost;

const tooLong = defineProblem({ code: "test.too_long", status: 409, title: "It is too long." });
const longBodyBytesMax = 1024;
const ready = '{"ready":"made"}';

beforeAll(async () => {
  server = await startTestHost([
    getRoute("/v1/ready", () => ({ status: 200, json: ready })),
    getRoute("/v1/things/{id}", ({ params }) => ({ status: 200, body: params })),
    getRoute("/v1/list", ({ query }) => ({ status: 200, body: query }), {
      query: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        cursor: Type.Optional(Type.String()),
        deep: Type.Optional(Type.Boolean()),
        order: Type.Optional(Type.Union([Type.Literal("oldest"), Type.Literal("newest")])),
        since: Type.Optional(Type.String({ format: "date-time" })),
      }),
    }),
    getRoute("/v1/tagged", () => ({ status: 200, json: ready, headers: { etag: 'W/"a1"' } })),
    getRoute("/v1/file", () => ({
      status: 200,
      bytes: Buffer.from([0, 255, 10]),
      headers: { "content-type": "image/png" },
    })),
    getRoute("/v1/bytes", () => ({ status: 200, bytes: Buffer.from("abc") })),
    getRoute("/v1/rest/{rest*}", ({ params }) => ({ status: 200, body: params })),
    getRoute("/v1/@{handle}", ({ params }) => ({ status: 200, body: params })),
    postRoute("/v1/rest/{rest*}", () => ({ status: 201, body: "made" })),
    postRoute("/v1/reports", () => ({ status: 204 }), { keepsNothing: true }),
    getRoute("/v1/bug", () => Promise.reject(new Error("secret table accounts"))),
    getRoute("/v1/context", ({ context, secure, clientAddress }) => ({
      status: 200,
      body: {
        bypassViews: context.bypassViews,
        remainingMs: context.deadline.remainingMs(),
        secure,
        clientAddress,
      },
    })),
    postRoute("/v1/echo", ({ body }) => ({ status: 201, body })),
    postRoute("/v1/small", ({ body }) => ({ status: 201, body }), {
      bodyBytesMax: longBodyBytesMax,
    }),
    postRoute("/v1/refuse", () => Promise.reject(tooLong({ detail: "By far.", retryAfterS: 1.2 }))),
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

describe("answers", () => {
  test("ready-made JSON goes out as it is, with the headers of every answer", async () => {
    const response = await server.fetch("/v1/ready");
    expect(await response.text()).toBe(ready);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "content-length": String(ready.length),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-z]{8,9}-[0-9a-f]{16}$/);
  });

  test("each request has an id of its own, and a client's is told in the log", async () => {
    const first = await server.fetch("/v1/ready", { headers: { "x-request-id": "mine-1" } });
    const second = await server.fetch("/v1/ready", { headers: { "x-request-id": "no good" } });
    const [a, b] = [first.headers.get("x-request-id"), second.headers.get("x-request-id")];
    expect(a).not.toBe(b);
    const entryOf = (id: string | null) =>
      server.accesses.find(({ requestId }) => requestId === id);
    expect(entryOf(a)).toMatchObject({
      clientRequestId: "mine-1",
      route: "/v1/ready",
      status: 200,
    });
    expect(entryOf(b)).toMatchObject({ clientRequestId: null, bytes: ready.length });
  });

  test("bytes go out as they are, with the type that they are said to have", async () => {
    const picture = await server.fetch("/v1/file");
    expect([...new Uint8Array(await picture.arrayBuffer())]).toEqual([0, 255, 10]);
    expect(picture.headers.get("content-type")).toBe("image/png");
    expect(picture.headers.get("content-length")).toBe("3");
    const untold = await server.fetch("/v1/bytes");
    expect(untold.headers.get("content-type")).toBe("application/octet-stream");
    const head = await server.fetch("/v1/file", { method: "HEAD" });
    expect([head.headers.get("content-length"), await head.text()]).toEqual(["3", ""]);
  });

  test.each([
    ["/v1/rest/", ""],
    ["/v1/rest/a", "a"],
    ["/v1/rest/a/b%20c/d.js", "a/b c/d.js"],
  ])("the rest of %s is a parameter", async (path, rest) => {
    expect(await (await server.fetch(path)).json()).toMatchObject({ rest });
  });

  test("a parameter may stand behind a sign", async () => {
    expect(await (await server.fetch("/v1/@a.b-c_1")).json()).toEqual({ handle: "a.b-c_1" });
    const wrong = await server.fetch("/v1/@someone", { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("a route that takes the rest of a path says what it takes there", async () => {
    const wrong = await server.fetch("/v1/rest/a/b", { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
    expect((await server.fetch("/v1/rest")).status).toBe(404);
  });

  test("what keeps nothing has no use for an idempotency key", async () => {
    const report = json({ text: "a" }, { "idempotency-key": "two words" });
    expect((await server.fetch("/v1/reports", report)).status).toBe(204);
    expect((await server.fetch("/v1/echo", report)).status).toBe(400);
  });

  test("HEAD answers as GET does, without the body", async () => {
    const response = await server.fetch("/v1/ready", { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe(String(ready.length));
    expect(await response.text()).toBe("");
  });

  test.each([
    ['W/"a1"', 304],
    ['"a1"', 304],
    ['"x", W/"a1"', 304],
    ["*", 304],
    ['"x"', 200],
    ["a1", 200],
  ])("If-None-Match: %s gives %i", async (tag, status) => {
    const response = await server.fetch("/v1/tagged", { headers: { "if-none-match": tag } });
    expect(response.status).toBe(status);
    expect(response.headers.get("etag")).toBe('W/"a1"');
    expect(await response.text()).toBe(status === 304 ? "" : ready);
  });

  test("requests are counted by route and class of status", async () => {
    await server.fetch("/v1/things/1");
    await server.fetch("/v1/things/2");
    const text = await server.renderMetrics();
    expect(text).toMatch(
      /maru_http_request_seconds_count\{method="GET",route="\/v1\/things\/\{id\}",status="2xx"\} [2-9]/,
    );
    expect(text).toContain("maru_http_main_in_flight 0");
  });
});

describe("queries", () => {
  test("numbers and booleans are read, defaults filled in, unknown parameters ignored", async () => {
    const read = async (query: string) => (await server.fetch(`/v1/list${query}`)).json();
    expect(await read("")).toEqual({ limit: 20 });
    expect(await read("?limit=5&deep=true&other=1&other=2&a%5B%5D=x")).toEqual({
      limit: 5,
      deep: true,
    });
    expect(await read("?cursor=a%2Bb+c%20d")).toEqual({ limit: 20, cursor: "a+b c d" });
  });

  test.each([
    ["?limit=abc", "limit"],
    ["?limit=0", "limit"],
    ["?limit=101", "limit"],
    ["?limit=1.5", "limit"],
    ["?limit=", "limit"],
    ["?limit=1e1", "limit"],
    ["?limit=5&limit=6", "limit"],
    ["?deep=yes", "deep"],
    ["?order=middle", "order"],
    ["?since=yesterday", "since"],
    ["?cursor=%00", "cursor"],
  ])("%s is 400 and names %s", async (query, name) => {
    const response = await server.fetch(`/v1/list${query}`);
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({
      code: "request.invalid",
      type: "/docs/problems#request.invalid",
      errors: [{ path: name }],
    });
  });

  test("a query that is no percent-encoded UTF-8 is 400", async () => {
    for (const query of ["?cursor=%", "?cursor=%ff", "?cursor=%zz"]) {
      const response = await server.fetch(`/v1/list${query}`);
      expect((await problemOf(response))["code"]).toBe("http.malformed_url");
      expect(response.status).toBe(400);
    }
  });
});

describe("failures", () => {
  test("a module's problem is answered with its code and when to try again", async () => {
    const response = await server.fetch("/v1/refuse", json({ text: "a" }));
    expect(response.status).toBe(409);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await problemOf(response)).toEqual({
      type: "/docs/problems#test.too_long",
      title: "It is too long.",
      status: 409,
      detail: "By far.",
      code: "test.too_long",
      requestId: response.headers.get("x-request-id"),
    });
  });

  test("a problem without more to say has its title for its detail", async () => {
    const problem = await problemOf(await server.fetch("/v1/things"));
    expect(problem["detail"]).toBe("There is no such route.");
  });

  test("a bug is 500, is logged under the request's id, and shows nothing of the inside", async () => {
    const response = await server.fetch("/v1/bug");
    const text = await response.clone().text();
    expect(response.status).toBe(500);
    expect((await problemOf(response))["code"]).toBe("http.internal");
    expect(text).not.toContain("secret");
    const requestId = response.headers.get("x-request-id");
    expect(server.complaints.at(-1)?.fields).toMatchObject({
      requestId,
      error: expect.objectContaining({ message: "secret table accounts" }),
    });
  });

  test("a path without a route is 404", async () => {
    for (const path of [
      "/nothing",
      "/v1",
      "/v1/things",
      "/v1/things/1/2",
      "/v1/things/1/",
      "/V1/ready",
    ]) {
      const response = await server.fetch(path);
      expect(response.status).toBe(404);
      expect((await problemOf(response))["code"]).toBe("http.not_found");
    }
  });

  test("a method that the path does not take is 405 and told which it takes", async () => {
    const response = await server.fetch("/v1/things/1", { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD, PUT");
    expect((await problemOf(response))["code"]).toBe("http.method_not_allowed");
    expect((await server.fetch("/v1/ready", json("not JSON"))).status).toBe(405);
  });

  test("a path that is not encoded correctly is 400, and U+0000 in it is 404", async () => {
    for (const path of ["/v1/things/%", "/v1/things/%ff", "/v1/things/%e0%a4"]) {
      const response = await server.fetch(path);
      expect(response.status).toBe(400);
      expect((await problemOf(response))["code"]).toBe("http.malformed_url");
    }
    expect((await server.fetch("/v1/things/a%00b")).status).toBe(404);
    expect(await (await server.fetch("/v1/things/a%2Fb")).json()).toEqual({ id: "a/b" });
  });

  test("a URL that is too long is 414", async () => {
    const response = await server.fetch(`/v1/things/${"a".repeat(9_000)}`);
    expect(response.status).toBe(414);
    expect((await problemOf(response))["code"]).toBe("http.url_too_long");
    expect((await server.fetch(`/v1/things/${"a".repeat(4_000)}`)).status).toBe(200);
  });

  test.each([
    ["nonsense", "nonsense\r\n\r\n", 400, "http.malformed"],
    ["a header without a colon", "GET / HTTP/1.1\r\nHost a\r\n\r\n", 400, "http.malformed"],
    [
      "two lengths",
      "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
      400,
      "http.malformed",
    ],
    [
      "headers that are too large",
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(20_000)}\r\n\r\n`,
      431,
      "http.headers_too_large",
    ],
  ])("%s is answered and hung up on", async (_name, bytes, status, code) => {
    const answer = await sendRaw(server.port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain("X-Request-Id: ");
    expect(answer).toContain(`"code":"${code}"`);
  });

  test("an unknown method is refused", async () => {
    expect(await sendRaw(server.port, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400 /,
    );
    const known = "PROPFIND /v1/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    expect(await sendRaw(server.port, known)).toMatch(/^HTTP\/1.1 40[45] /);
  });

  test("a client that goes away while it sends its body does no harm", async () => {
    const isAborted = () =>
      server.accesses.some(({ route, aborted }) => route === "/v1/small" && aborted);
    expect(isAborted()).toBe(false);
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      "POST /v1/small HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
        "Content-Length: 100\r\n\r\n{",
      () => socket.resetAndDestroy(),
    );
    await until(isAborted);
    expect((await server.fetch("/v1/ready")).status).toBe(200);
  });
});

describe("context", () => {
  const contextOf = async (init: RequestInit): Promise<Record<string, unknown>> =>
    (await server.fetch("/v1/context", init)).json() as Promise<Record<string, unknown>>;

  test("the deadline is the server's, or the client's where that is nearer", async () => {
    expect((await contextOf({}))["remainingMs"]).toSatisfy((ms: number) => ms > 9_000);
    const soon = await contextOf({ headers: { "maru-deadline-ms": "500" } });
    expect(soon["remainingMs"]).toSatisfy((ms: number) => ms <= 500);
    const late = await contextOf({ headers: { "maru-deadline-ms": "999999" } });
    expect(late["remainingMs"]).toSatisfy((ms: number) => ms <= 10_000);
    const bad = await server.fetch("/v1/context", { headers: { "maru-deadline-ms": "soon" } });
    expect(bad.status).toBe(400);
  });

  test("without TLS and proxies a request is not secure and comes from its peer", async () => {
    const context = await contextOf({
      headers: { "x-forwarded-for": "9.9.9.9", "x-forwarded-proto": "https" },
    });
    expect(context).toMatchObject({ secure: false, clientAddress: "127.0.0.1" });
  });
});

describe("a GET without a route", () => {
  let pages: TestHost;
  beforeAll(async () => {
    pages = await startTestHost([postRoute("/v1/echo", () => ({ status: 201 }))], {
      answerUnmatched: (path, headers) =>
        headers["accept"] === "text/html" ? { status: 404, text: `no ${path}` } : null,
    });
  });
  afterAll(() => pages.host.close());

  test("may be answered by a page", async () => {
    const init = { headers: { accept: "text/html" } };
    const page = await pages.fetch("/gone?a=b", init);
    expect([page.status, await page.text()]).toEqual([404, "no /gone"]);
    const head = await pages.fetch("/gone", { ...init, method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([404, "8"]);
  });

  test("is a problem where no page wants it, as is every other method", async () => {
    expect(await problemOf(await pages.fetch("/gone"))).toMatchObject({ code: "http.not_found" });
    const posted = await pages.fetch("/gone", json({}, { accept: "text/html" }));
    expect(await problemOf(posted)).toMatchObject({ code: "http.not_found" });
    const wrong = await pages.fetch("/v1/echo", { headers: { accept: "text/html" } });
    expect(await problemOf(wrong)).toMatchObject({ code: "http.method_not_allowed" });
  });
});

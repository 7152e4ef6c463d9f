import { Type } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getRoute, startTestHost, type TestHost } from "../../test/support/http.ts";
import { headOf, openRaw } from "../../test/support/raw-client.ts";

/** Routes for other methods than those that read and write JSON. */

let server: TestHost;

beforeAll(async () => {
  server = await startTestHost([
    // Before HEAD, which Fastify would answer by it.
    getRoute("/v1/uploads/{id}", () => ({ status: 200, body: "all of it" })),
    getRoute("/v1/uploads/{id}", ({ params }) => ({ status: 200, headers: offsetOf(params) }), {
      method: "HEAD",
      operationId: "headUpload",
      answers: { 200: null },
    }),
    getRoute("/v1/heads/{id}", () => ({ status: 204, headers: { "upload-offset": "1" } }), {
      method: "HEAD",
      answers: { 204: null },
    }),
    getRoute("/v1/own", ({ context }) => ({ status: 200, headers: nameOf(context) }), {
      method: "HEAD",
      viewer: "required",
      answers: { 200: null },
    }),
    getRoute("/v1/listed", ({ query }) => ({ status: 200, body: query }), {
      method: "HEAD",
      query: Type.Object({ limit: Type.Integer() }),
    }),
    getRoute("/v1/uploads", () => ({ status: 201, headers: { location: "/v1/uploads/7" } }), {
      method: "POST",
      operationId: "beginUpload",
      answers: { 201: null },
    }),
    getRoute("/v1/uploads", () => ({ status: 204, headers: { "tus-resumable": "1.0.0" } }), {
      method: "OPTIONS",
      operationId: "tellUploads",
      answers: { 204: null },
    }),
    getRoute("/v1/uploads/{id}", () => ({ status: 204 }), {
      method: "DELETE",
      operationId: "deleteUpload",
      answers: { 204: null },
    }),
  ]);
});
afterAll(() => server.host.close());

const offsetOf = (params: unknown): Record<string, string> => ({
  "upload-offset": (params as { id: string }).id,
});
const nameOf = ({ viewer }: { viewer: { accountId: bigint } | null }): Record<string, string> => ({
  "x-account": String(viewer?.accountId),
});

test("HEAD has a route of its own beside GET's, whichever was there first", async () => {
  const head = await server.fetch("/v1/uploads/12", { method: "HEAD" });
  expect([head.status, head.headers.get("upload-offset")]).toEqual([200, "12"]);
  expect(head.headers.get("content-length")).toBeNull();
  expect(head.headers.get("content-type")).toBeNull();
  expect(await (await server.fetch("/v1/uploads/12")).json()).toBe("all of it");
});

test("an answer to HEAD is its headers, and the connection goes on", async () => {
  const client = openRaw(
    server.port,
    headOf("HEAD", "/v1/uploads/12") + headOf("GET", "/v1/uploads/1", { connection: "close" }),
  );
  const [first = "", second = "", body] = (await client.ended()).split("\r\n\r\n");
  expect(first).toMatch(/^HTTP\/1.1 200 [^]*upload-offset: 12/);
  expect(second).toMatch(/^HTTP\/1.1 200 /);
  expect(body).toBe('"all of it"');
});

test("HEAD without GET takes nothing else", async () => {
  const head = await server.fetch("/v1/heads/1", { method: "HEAD" });
  expect([head.status, head.headers.get("upload-offset")]).toEqual([204, "1"]);
  const get = await server.fetch("/v1/heads/1");
  expect([get.status, get.headers.get("allow")]).toEqual([405, "HEAD"]);
});

test("HEAD is a read: its query is checked, and a cookie needs no proof of where it comes from", async () => {
  expect((await server.fetch("/v1/listed?limit=x", { method: "HEAD" })).status).toBe(400);
  const listed = await server.fetch("/v1/listed?limit=5", { method: "HEAD" });
  expect(listed.headers.get("content-length")).toBe('{"limit":5}'.length.toString());
  const headers = { cookie: "maru_session=anna" };
  const own = await server.fetch("/v1/own", { method: "HEAD", headers });
  expect([own.status, own.headers.get("x-account")]).toEqual([200, "17"]);
  expect((await server.fetch("/v1/own", { method: "HEAD" })).status).toBe(401);
});

test("OPTIONS has routes, and what a path takes is told of all its methods", async () => {
  const told = await server.fetch("/v1/uploads", { method: "OPTIONS" });
  expect([told.status, told.headers.get("tus-resumable")]).toEqual([204, "1.0.0"]);
  for (const [path, allowed] of [
    ["/v1/uploads", "OPTIONS, POST"],
    ["/v1/uploads/1", "DELETE, GET, HEAD"],
  ] as const) {
    const wrong = await server.fetch(path, { method: "PUT" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, allowed]);
  }
  const untold = await server.fetch("/v1/uploads/1", { method: "OPTIONS" });
  expect([untold.status, untold.headers.get("allow")]).toEqual([405, "DELETE, GET, HEAD"]);
});

test("a POST may have no body, and its answer none either", async () => {
  const made = await server.fetch("/v1/uploads", { method: "POST" });
  expect([made.status, made.headers.get("location")]).toEqual([201, "/v1/uploads/7"]);
  expect([made.headers.get("content-length"), made.headers.get("content-type")]).toEqual([
    "0",
    null,
  ]);
  expect((await server.fetch("/v1/uploads/7", { method: "DELETE" })).status).toBe(204);
});

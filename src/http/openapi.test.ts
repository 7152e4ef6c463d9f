import { Type } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  getRoute,
  postRoute,
  startTestHost,
  streamRoute,
  type TestHost,
} from "../../test/support/http.ts";
import type { Route } from "../ports/routes.ts";
import { createOpenApi, type OpenApiDocument } from "./openapi.ts";

const thing = Type.Object(
  {
    id: Type.String(),
    kind: Type.Union([Type.Literal("round"), Type.Literal("square")]),
    name: Type.Union([Type.String(), Type.Null()], { description: "What <people> call it." }),
  },
  { title: "Thing" },
);

const routes: readonly Route[] = [
  getRoute("/v1/things/{id}", () => ({ status: 200 }), {
    operationId: "readThing",
    viewer: "optional",
    params: Type.Object({ id: Type.String({ description: "A thing's id." }) }),
    query: Type.Object({ deep: Type.Optional(Type.Boolean()), at: Type.String() }),
    answers: { 200: Type.Object({ thing, others: Type.Array(thing) }) },
  }),
  postRoute("/v1/things", () => ({ status: 201 }), {
    operationId: "makeThing",
    summary: "Make a thing & keep it",
    viewer: "required",
    answers: { 201: thing, 204: null },
    problems: [{ code: "things.full", status: 409, title: "There are enough things." }],
  }),
  getRoute("/v1/live", () => ({ status: 200 }), {
    operationId: "listen",
    requestHeaders: { "Last-Event-ID": "Of the last event." },
    answers: { 200: "event-stream" },
  }),
  postRoute("/v1/reports", () => ({ status: 204 }), {
    operationId: "report",
    answers: { 204: null },
    keepsNothing: true,
  }),
  streamRoute("/v1/files", () => ({ status: 201 }), {
    operationId: "sendFile",
    summary: "Send a file",
    viewer: "required",
    streamOf: ["multipart/form-data", "image/png"],
    streamBody: Type.Object({
      file: Type.String({ format: "binary" }),
      alt: Type.Optional(Type.String({ description: "What is to be seen.", maxLength: 99 })),
    }),
    answers: { 201: thing },
  }),
  streamRoute("/v1/files/{id}", () => ({ status: 204 }), {
    method: "PATCH",
    operationId: "sendPart",
    streamOf: ["application/offset+octet-stream"],
    answers: { 204: null },
  }),
  streamRoute("/v1/plain", () => ({ status: 204 }), {
    method: "PUT",
    operationId: "sendPlain",
    streamOf: ["multipart/form-data"],
    answers: { 204: null },
  }),
  getRoute("/v1/files/{id}", () => ({ status: 200 }), {
    method: "HEAD",
    operationId: "askOffset",
    answers: { 200: null },
    answerHeaders: { "Upload-Offset": "How much there is." },
  }),
  getRoute("/v1/files", () => ({ status: 204 }), {
    method: "OPTIONS",
    operationId: "askAbilities",
    answers: { 204: null },
  }),
  getRoute("/pages/{rest*}", () => ({ status: 200 }), { tag: "Pages", unlisted: true }),
];

const document: OpenApiDocument = createOpenApi(routes, "1.2.3");

describe("the reference", () => {
  test("shows what is sent as a stream by its media types", () => {
    const binary = { type: "string", format: "binary" };
    const bodyOf = (path: string, method: string): unknown =>
      document.paths[path]?.[method]?.requestBody;
    expect(bodyOf("/v1/files", "post")).toEqual({
      required: true,
      content: {
        "multipart/form-data": {
          schema: {
            type: "object",
            required: ["file"],
            properties: {
              file: binary,
              alt: { type: "string", description: "What is to be seen.", maxLength: 99 },
            },
          },
        },
        "image/png": { schema: binary },
      },
    });
    expect(bodyOf("/v1/files/{id}", "patch")).toEqual({
      required: true,
      content: { "application/offset+octet-stream": { schema: binary } },
    });
    expect(bodyOf("/v1/plain", "put")).toMatchObject({
      content: { "multipart/form-data": { schema: { properties: { file: binary } } } },
    });
    const responses = document.paths["/v1/files"]?.["post"]?.responses ?? {};
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["201", "408", "413", "415"]));
  });

  test("has methods that change nothing without a position of a write", () => {
    const head = document.paths["/v1/files/{id}"]?.["head"];
    expect(head?.parameters).toContainEqual({ $ref: "#/components/parameters/Position" });
    expect(head?.responses["200"]).toEqual({
      description: "OK",
      headers: {
        "X-Request-Id": { $ref: "#/components/headers/RequestId" },
        "Upload-Offset": { description: "How much there is.", schema: { type: "string" } },
      },
    });
    const options = document.paths["/v1/files"]?.["options"];
    expect(options?.parameters).toBeUndefined();
    expect(Object.keys(options?.responses["204"]?.["headers"] ?? {})).toEqual(["X-Request-Id"]);
  });

  test("names titled schemas once and refers to them", () => {
    const reference = { $ref: "#/components/schemas/Thing" };
    expect(document.components["schemas"]?.["Thing"]).toMatchObject({
      type: "object",
      properties: { kind: { type: "string", enum: ["round", "square"] } },
    });
    expect(document.paths["/v1/things/{id}"]?.["get"]?.responses["200"]).toMatchObject({
      content: {
        "application/json": {
          schema: { properties: { thing: reference, others: { items: reference } } },
        },
      },
    });
  });

  test("leaves out what is no part of the API", () => {
    expect(Object.keys(document.paths)).not.toContain("/pages/{rest*}");
    expect(document.tags.map(({ name }) => name)).not.toContain("Pages");
  });

  test("promises no repetition and no position where nothing is kept", () => {
    const report = document.paths["/v1/reports"]?.["post"];
    expect(report?.parameters).toBeUndefined();
    expect(Object.keys(report?.responses ?? {})).toEqual(["204", "400", "default"]);
    const { headers } = report?.responses["204"] as { headers: object };
    expect(Object.keys(headers)).toEqual(["X-Request-Id"]);
  });

  test("tells parameters, who may ask, and what can go wrong", () => {
    const read = document.paths["/v1/things/{id}"]?.["get"];
    expect(read?.parameters).toMatchObject([
      { name: "id", in: "path", required: true, description: "A thing's id." },
      { name: "deep", in: "query", schema: { type: "boolean" } },
      { name: "at", in: "query", required: true },
      { $ref: "#/components/parameters/Position" },
    ]);
    expect(read?.security).toEqual([{}, { bearer: [] }, { cookie: [] }]);
    const make = document.paths["/v1/things"]?.["post"];
    expect(make?.security).toEqual([{ bearer: [] }, { cookie: [] }]);
    expect(Object.keys(make?.responses ?? {})).toEqual([
      "201",
      "204",
      "400",
      "401",
      "409",
      "422",
      "default",
    ]);
    expect(make?.responses["409"]?.["description"]).toContain(
      "`things.full` There are enough things.",
    );
    expect(make?.responses["204"]).not.toHaveProperty("content");
    expect(document.paths["/v1/live"]?.["get"]?.responses["200"]).toMatchObject({
      content: { "text/event-stream": {} },
    });
  });

  test("tells of header fields, and of an answer that there is nothing new", () => {
    const tagged = getRoute("/v1/tagged", () => ({ status: 200 }), {
      answers: { 200: thing },
      answerHeaders: { ETag: "Of the thing.", "Maru-Extra": "Something more." },
    });
    const { paths } = createOpenApi([tagged, ...routes], "1.2.3");
    const read = paths["/v1/tagged"]?.["get"];
    expect(read?.parameters).toContainEqual({ $ref: "#/components/parameters/IfNoneMatch" });
    for (const status of ["200", "304"]) {
      expect(read?.responses[status]?.["headers"]).toMatchObject({
        ETag: { description: "Of the thing." },
        "Maru-Extra": { description: "Something more." },
      });
    }
    expect(read?.responses["304"]).not.toHaveProperty("content");
    const listen = paths["/v1/live"]?.["get"];
    expect(listen?.parameters).toContainEqual({
      name: "Last-Event-ID",
      in: "header",
      description: "Of the last event.",
      schema: { type: "string" },
    });
    expect(listen?.responses).not.toHaveProperty("304");
    expect(document.paths["/v1/things/{id}"]?.["get"]?.responses).not.toHaveProperty("304");
  });

  test("does not take two different schemas of one name", () => {
    const other = Type.Object({ id: Type.Integer() }, { title: "Thing" });
    const route = getRoute("/v1/other", () => ({ status: 200 }), { answers: { 200: other } });
    expect(() => createOpenApi([...routes, route], "1.2.3")).toThrow("titled Thing");
  });
});

describe("as it is served", () => {
  let server: TestHost;
  beforeAll(async () => {
    server = await startTestHost(routes, { version: "1.2.3" });
  });
  afterAll(() => server.host.close());

  test("it is the same document", async () => {
    const response = await server.fetch("/openapi.json");
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(server.host.openapi())));
    const etag = response.headers.get("etag") ?? "";
    const again = await server.fetch("/openapi.json", { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });

  test("the page shows every route, without script and without anything from elsewhere", async () => {
    const response = await server.fetch("/docs");
    const page = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toMatch(
      /default-src 'none'; style-src 'sha256-[^']+'/,
    );
    for (const text of ["readThing", "makeThing", "listen", "/v1/things/{id}", "things.full"]) {
      expect(page).toContain(text);
    }
    for (const text of ["sendFile", "multipart/form-data", "image/png", "What is to be seen."]) {
      expect(page).toContain(text);
    }
    expect(page).toContain("Make a thing &amp; keep it");
    expect(page).toContain("What &lt;people&gt; call it.");
    expect(page).not.toMatch(/<script|\son\w+=|style=|src=|https?:\/\//);
    expect(page).not.toMatch(/undefined|\[object/);
  });

  test("the page's style is the one that its policy lets through", async () => {
    const response = await server.fetch("/docs");
    const [, style = ""] = /<style>([^]*?)<\/style>/.exec(await response.text()) ?? [];
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    expect(response.headers.get("content-security-policy")).toContain(
      `'sha256-${Buffer.from(digest).toString("base64")}'`,
    );
  });

  test("every problem is explained where its type points", async () => {
    const missing = (await (await server.fetch("/v1/nothing")).json()) as { type: string };
    const [path = "", anchor = ""] = missing.type.split("#");
    const page = await (await server.fetch(path)).text();
    expect(anchor).toBe("http.not_found");
    for (const code of [anchor, "things.full", "idempotency.mismatch", "request.invalid"]) {
      expect(page).toContain(`<tr id="${code}">`);
    }
  });
});

import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { expectStatus, type Reply } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

/** The routes of the description that belong to this part of the platform, word for word. */
const routesDescribed = [
  "POST /v1/accounts",
  "GET /v1/accounts",
  "GET /v1/accounts/me",
  "PATCH /v1/accounts/me",
  "DELETE /v1/accounts/me",
  "PUT /v1/accounts/me/password",
  "GET /v1/accounts/{id}",
  "GET /v1/accounts/{id}/stories",
  "GET /v1/accounts/{id}/friends",
  "GET /v1/accounts/{id}/followers",
  "GET /v1/accounts/{id}/following",
  "GET /v1/accounts/me/comments",
  "POST /v1/sessions",
  "GET /v1/sessions",
  "DELETE /v1/sessions",
  "DELETE /v1/sessions/current",
  "PUT /v1/friends/{id}",
  "DELETE /v1/friends/{id}",
  "GET /v1/friends",
  "GET /v1/friends/requests",
  ...["follows", "mutes", "blocks"].flatMap((noun) => [
    `PUT /v1/${noun}/{id}`,
    `DELETE /v1/${noun}/{id}`,
    `GET /v1/${noun}`,
  ]),
  "POST /v1/stories",
  "GET /v1/stories/{id}",
  "PATCH /v1/stories/{id}",
  "DELETE /v1/stories/{id}",
  "PUT /v1/stories/{id}/like",
  "DELETE /v1/stories/{id}/like",
  "GET /v1/stories/{id}/likes",
  "PUT /v1/stories/{id}/reshare",
  "DELETE /v1/stories/{id}/reshare",
  "POST /v1/stories/{id}/restore",
  "POST /v1/media",
  "GET /v1/media/{id}",
  "PATCH /v1/media/{id}",
  "POST /v1/uploads",
  "HEAD /v1/uploads/{id}",
  "PATCH /v1/uploads/{id}",
  "GET /v1/stories/{id}/comments",
  "POST /v1/stories/{id}/comments",
  "DELETE /v1/comments/{id}",
  "GET /v1/feed",
  "GET /v1/feed/live",
];

/** Bodies of requests, field by field: `?` marks what may be left out. */
const bodiesDescribed: Readonly<Record<string, readonly string[]>> = {
  "POST /v1/accounts": ["handle", "name", "password", "locale?", "timeZone?", "cookie?"],
  "POST /v1/sessions": ["handle", "password", "cookie?"],
  "PATCH /v1/accounts/me": ["name?", "bio?", "avatarId?", "locale?", "timeZone?", "privacy?"],
  "PUT /v1/accounts/me/password": ["current", "next"],
  "DELETE /v1/accounts/me": ["password"],
  "POST /v1/stories": ["text", "mediaIds?", "link?", "visibility?", "lang?"],
  "PATCH /v1/stories/{id}": ["text?", "visibility?"],
  "PATCH /v1/media/{id}": ["alt"],
  "POST /v1/stories/{id}/comments": ["text", "parentId?"],
  "POST /v1/client-errors": ["message", "stack?", "page", "build", "kind?"],
  "POST /v1/page-timings": [
    "page",
    ...["dns", "connect", "tls", "firstByte", "download", "ready", "lcp", "inp"].map(
      (part) => `${part}Ms?`,
    ),
    "cls?",
  ],
};

describe("the reference", () => {
  it("has every route of the description, and their bodies have its fields and no others", () => {
    const { operations } = world.api.reference;
    const named = operations.map(({ method, path }) => `${method} ${path}`);
    expect(named).toEqual(expect.arrayContaining(routesDescribed));
    for (const { method, path, body } of operations) {
      const fields = Object.keys(body?.properties ?? {}).map((name) =>
        body?.required?.includes(name) === true ? name : `${name}?`,
      );
      const route = `${method} ${path}`;
      expect([route, fields]).toEqual([route, bodiesDescribed[route] ?? []]);
    }
  });

  it("is published as a document, as a page, and as a list of problems", async () => {
    const document = expectStatus(await world.api.send("GET", "/openapi.json"), 200);
    expect(document.headers["content-type"]).toContain("application/json");
    expect(JSON.parse(document.text)).toMatchObject({ openapi: "3.1.0" });
    for (const target of ["/docs", "/docs/problems"]) {
      const page = expectStatus(await world.api.send("GET", target), 200);
      expect(page.headers["content-type"]).toContain("text/html");
      expect(page.headers["content-security-policy"]).toBeTruthy();
    }
  });
});

describe("every answer", () => {
  it("has an id of its own, whatever the client calls its request", async () => {
    const person = await world.api.signUp("request_ids");
    const ids = new Set<string>();
    for (const target of ["/v1/feed", "/v1/nothing", "/v1/stories/17", "/v1/feed?limit=0"]) {
      for (const headers of [{}, { "x-request-id": "the-clients-own" }, { "x-request-id": "" }]) {
        const reply = await person.get(target, headers);
        const id = reply.headers["x-request-id"] ?? "";
        expect(id).not.toContain("the-clients-own");
        ids.add(id);
      }
    }
    expect(ids.size).toBe(12);
  });

  it("is for its reader alone and of the type that it says", async () => {
    const person = await world.api.signUp("own_answers");
    for (const target of ["/v1/accounts/me", "/v1/sessions", "/v1/friends", "/v1/stories/17"]) {
      const { headers } = await person.get(target);
      expect(headers["cache-control"]).toMatch(/no-store|private/);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["server"]).toBeUndefined();
      expect(headers["x-powered-by"]).toBeUndefined();
    }
  });

  it("tells times in UTC with milliseconds, and ids as text", async () => {
    const person = await world.api.signUp("times");
    const story = await person.publish("when?");
    expect(story.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(typeof story.id).toBe("string");
    expect(BigInt(story.id)).toBeGreaterThan(BigInt(person.id));
  });
});

/** HEAD has no body, so that the usual client, which reads one, is of no use. */
function head(target: string, token: string): Promise<Pick<Reply, "status" | "headers" | "text">> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(target, world.node.url),
      { method: "HEAD", agent: false, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (text += part));
        response.on("end", () => {
          const headers = response.headers as Record<string, string>;
          resolve({ status: response.statusCode ?? 0, headers, text });
        });
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

describe("HEAD and OPTIONS", () => {
  it("HEAD answers as GET would, without the body", async () => {
    const person = await world.api.signUp("header");
    const story = await person.publish("hello");
    await world.settled();
    for (const target of [
      "/v1/feed",
      "/v1/accounts/me",
      `/v1/stories/${story.id}`,
      "/v1/stories/17",
      "/v1/feed?limit=0",
      "/v1/nothing",
    ]) {
      const [got, headed] = [await person.get(target), await head(target, person.token)];
      expect([target, headed.status, headed.text]).toEqual([target, got.status, ""]);
      for (const name of ["content-type", "content-length", "etag", "cache-control"]) {
        expect([target, name, headed.headers[name]]).toEqual([target, name, got.headers[name]]);
      }
    }
    const live = await head("/v1/feed/live", person.token);
    expect([live.status, live.text]).toEqual([200, ""]);
    expect(live.headers["content-type"]).toContain("text/event-stream");
  });

  it("OPTIONS names what a route takes, and allows no other site anything", async () => {
    for (const [target, method] of [
      ["/v1/feed", "GET"],
      ["/v1/stories", "POST"],
      ["/v1/stories/17/like", "PUT"],
    ] as const) {
      const reply = await world.api.send("OPTIONS", target, {
        headers: { origin: "https://elsewhere.example", "access-control-request-method": method },
      });
      expect([204, 405]).toContain(reply.status);
      expect((reply.headers["allow"] ?? "").split(", ")).toContain(method);
      expect(reply.headers["access-control-allow-origin"]).toBeUndefined();
    }
    const nothing = await world.api.send("OPTIONS", "/v1/nothing");
    expect([nothing.status, nothing.body.code]).toEqual([404, "http.not_found"]);
  });
});

describe("public reads", () => {
  it("work without a token; all others ask for one", async () => {
    const person = await world.api.signUp("open_reads");
    const story = await person.publish("for everybody");
    await person.comment(story.id, "hello");
    for (const target of [
      `/v1/accounts/${person.id}`,
      "/v1/accounts/@open_reads",
      `/v1/accounts/${person.id}/stories`,
      `/v1/stories/${story.id}`,
      `/v1/stories/${story.id}/comments`,
      `/v1/stories/${story.id}/likes`,
      "/v1/accounts?handle=open",
    ]) {
      expectStatus(await world.api.send("GET", target), 200);
    }
    for (const target of ["/v1/feed", "/v1/feed/live", "/v1/accounts/me", "/v1/sessions"]) {
      const reply = await world.api.send("GET", target);
      expect([reply.status, reply.body.code]).toEqual([401, "request.unauthenticated"]);
      expect(reply.headers["www-authenticate"]).toBe("Bearer");
    }
  });
});

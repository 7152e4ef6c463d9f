import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Reply } from "../support/api-client.ts";
import type { Operation } from "../support/api-reference.ts";
import { sendRaw } from "../support/http.ts";
import { expectAtWork, openHostileWorld, type HostileWorld } from "./hostile-world.ts";

let world: HostileWorld;

beforeAll(async () => {
  world = await openHostileWorld();
});

afterAll(async () => {
  await world.close();
});

/** They change nothing. */
const safeMethods = ["GET", "HEAD", "OPTIONS"];

/** Each operation with the target of something that is there. */
function everyOperation(
  viewer: readonly Operation["viewer"][],
): { readonly operation: Operation; readonly target: string }[] {
  return world.api.reference.operations
    .filter((operation) => viewer.includes(operation.viewer))
    .map((operation) => ({ operation, target: world.targetOf(operation, world.idFor(operation)) }));
}

/** A token that was good until its session was ended. */
async function deadToken(): Promise<string> {
  const { handle, password } = world.hero;
  const reply = await world.api.send("POST", "/v1/sessions", { body: { handle, password } });
  const { token } = expectStatus(reply, 201).body;
  const ended = await world.api.send("DELETE", "/v1/sessions/current", { token });
  expectStatus(ended, 204);
  return token;
}

describe("who asks", () => {
  it("is told by a good token and by nothing else", async () => {
    const { token } = world.hero;
    const last = token.at(-1) === "A" ? "B" : "A";
    const headers: Record<string, string | readonly string[]>[] = [
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: "Bearer " },
      { authorization: token },
      { authorization: `Basic ${token}` },
      { authorization: `Bearer${token}` },
      { authorization: `Bearer ${token} ${token}` },
      { authorization: `Bearer ${token},` },
      { authorization: `Bearer ${token}x` },
      { authorization: `Bearer ${token.slice(0, -1)}` },
      { authorization: `Bearer ${token.slice(0, -1)}${last}` },
      { authorization: `Bearer ${token.toLowerCase()}` },
      { authorization: `Bearer "${token}"` },
      { authorization: "Bearer é" },
      { authorization: "Bearer null" },
      { authorization: `Bearer ${"a".repeat(8000)}` },
      { authorization: `Bearer ${world.hero.id}` },
      { authorization: `Bearer ${await deadToken()}` },
      { cookie: "maru_session=x" },
      { cookie: `maru_session="${token}"` },
    ];
    const faults: string[] = [];
    for (const { operation, target } of everyOperation(["required", "optional"])) {
      for (const header of headers) {
        // A cookie that is none is no attempt to sign in, where nobody needs to.
        if (header["cookie"] !== undefined && operation.viewer === "optional") {
          continue;
        }
        const reply = await world.api.send(operation.method, target, {
          headers: { ...header, "sec-fetch-site": "same-origin" },
        });
        if (reply.status !== 401 || reply.headers["www-authenticate"] !== "Bearer") {
          const [said] = Object.values(header);
          faults.push(`${operation.operationId} ${String(said).slice(0, 30)}: ${reply.text}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });

  it("is asked before anything else is looked at", async () => {
    for (const { operation, target } of everyOperation(["required"])) {
      const { method } = operation;
      const input = safeMethods.includes(method) ? {} : { body: "{ no JSON at all" };
      const reply = await world.api.send(method, `${target}?limit=abc`, input);
      // An answer to HEAD is its headers.
      const code = method === "HEAD" ? undefined : "request.unauthenticated";
      expect([reply.status, reply.body.code]).toEqual([401, code]);
    }
  });

  it("by cookie changes nothing without a proof that the page is the site's own", async () => {
    const { handle, password } = world.hero;
    const signedIn = await world.api.send("POST", "/v1/sessions", {
      body: { handle, password, cookie: true },
    });
    const [cookie = ""] = (signedIn.headers["set-cookie"] ?? "").split(";", 1);
    const foreign: Record<string, string>[] = [
      {},
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "" },
      { "sec-fetch-site": "cross-site", origin: world.node.url },
      { origin: "null" },
      { origin: "https://elsewhere.example" },
      { origin: `${world.node.url}.elsewhere.example` },
      { origin: `${world.node.url}0` },
      { origin: "" },
      { origin: "about:blank" },
      { referer: `${world.node.url}/` },
    ];
    for (const { operation, target } of everyOperation(["required"])) {
      if (safeMethods.includes(operation.method)) {
        continue;
      }
      for (const headers of foreign) {
        const reply = await world.api.send(operation.method, target, {
          headers: { cookie, ...headers },
        });
        expect([operation.operationId, reply.status, reply.body.code]).toEqual([
          operation.operationId,
          403,
          "http.cross_site",
        ]);
      }
    }
    for (const proof of [{ "sec-fetch-site": "same-origin" }, { origin: world.node.url }]) {
      const reply = await world.api.send("PATCH", "/v1/accounts/me", {
        body: { bio: "by cookie" },
        headers: { cookie, ...proof },
      });
      expectStatus(reply, 200);
    }
  });
});

describe("a cursor", () => {
  it("is good for its own list and as it was given, and for nothing else", async () => {
    const { hero, api } = world;
    for (const text of ["one", "two", "three"]) {
      const story = await hero.publish(text);
      for (const said of ["a", "b", "c"]) {
        await hero.comment(story.id, said);
      }
    }
    const items = (await hero.get("/v1/feed")).body.items;
    const [first, second] = items.map(({ id }) => id);
    const lists = [
      "/v1/feed",
      `/v1/accounts/${hero.id}/stories`,
      `/v1/stories/${first ?? ""}/comments`,
      `/v1/stories/${first ?? ""}/comments?order=newest`,
      `/v1/stories/${second ?? ""}/comments`,
    ];
    const cursors: string[] = [];
    for (const list of lists) {
      const reply = await hero.get(`${list}${list.includes("?") ? "&" : "?"}limit=1`);
      cursors.push(String(expectStatus(reply, 200).body.nextCursor));
    }
    const faults: string[] = [];
    const ask = async (list: string, cursor: string, status: number): Promise<void> => {
      const joint = list.includes("?") ? "&" : "?";
      const reply = await hero.get(`${list}${joint}cursor=${encodeURIComponent(cursor)}`);
      if (reply.status !== status) {
        faults.push(`${list} with ${cursor}: ${String(reply.status)}`);
      }
    };
    for (const [at, list] of lists.entries()) {
      for (const [of, cursor] of cursors.entries()) {
        await ask(list, cursor, at === of ? 200 : 400);
      }
      const own = cursors[at]!;
      for (let place = 0; place < own.length; place += 1) {
        const letter = own[place] === "A" ? "B" : "A";
        await ask(list, own.slice(0, place) + letter + own.slice(place + 1), 400);
      }
      for (const broken of [`${own}=`, `${own} `, own.slice(1), own.slice(0, -1), own + own]) {
        await ask(list, broken, 400);
      }
    }
    // What one person's list gave is no cursor of another's list of the same kind.
    const [, ofHero = ""] = cursors;
    const other = await api.signUp("cursor_other");
    await ask(`/v1/accounts/${other.id}/stories`, ofHero, 400);
    expect(faults).toEqual([]);
  });
});

describe("what leads nowhere", () => {
  it("is no route, whatever its method and its body", async () => {
    const paths = [
      "/v1",
      "/v1/",
      "/v1/nothing",
      "/v2/feed",
      "/V1/feed",
      "/v1/Feed",
      "/v1/feed/",
      "//v1/feed",
      "/v1//feed",
      "/v1/feed/../accounts/me",
      "/v1/feed;a=b",
      "/v1/stories/1/2/3/4",
      "/v1/accounts/me/password/x",
      "/.env",
      "/..%2f..%2fetc/passwd",
      "/v1/%66eed/x",
      "/%00",
      "/metrics",
      "/readyz",
      "/admin/v1/dead-letters",
    ];
    const faults: string[] = [];
    for (const path of paths) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
        const body = method === "GET" ? {} : { body: "{ no JSON" };
        const reply = await world.hero.send(method, path, body);
        const isFound = reply.status !== 404 || reply.body.code !== "http.not_found";
        if (isFound || world.faultOf(reply) !== null) {
          faults.push(`${method} ${path}: ${String(reply.status)} ${reply.text}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });

  it("is no method of a route that is there, which names those it has", async () => {
    const { operations } = world.api.reference;
    for (const path of new Set(operations.map((operation) => operation.path))) {
      const own = operations.filter((operation) => operation.path === path);
      const methods = own.map(({ method }) => method);
      const allowed = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].sort();
      const target = path.replace(/\{\w+\}/, "17");
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE"]) {
        if (methods.includes(method) || takenByAnother(method, target)) {
          continue;
        }
        const reply = await world.hero.send(method, target);
        expect([method, path, reply.status, reply.body.code]).toEqual([
          method,
          path,
          405,
          "http.method_not_allowed",
        ]);
        const named = (reply.headers["allow"] ?? "").split(", ");
        expect(named).toEqual(expect.arrayContaining(allowed));
        expect(named).not.toContain(method);
      }
    }
  });
});

function takenByAnother(method: string, target: string): boolean {
  return world.api.reference.find(method, target) !== undefined;
}

describe("what is too large", () => {
  it("is refused by its own status: headers 431, a URL 414", async () => {
    const { hero } = world;
    for (const headers of [
      { "x-large": "x".repeat(20_000) },
      { cookie: "a=b; ".repeat(5_000) },
      { authorization: `Bearer ${"x".repeat(20_000)}` },
      Object.fromEntries(
        Array.from({ length: 1_900 }, (_, at) => [`x-${String(at)}`, "0123456789"]),
      ),
    ]) {
      const reply = await hero.send("GET", "/v1/feed", { headers });
      expect([reply.status, reply.body.code]).toEqual([431, "http.headers_too_large"]);
    }
    const long = await hero.get(`/v1/feed?x=${"x".repeat(9_000)}`);
    expect([long.status, long.body.code]).toEqual([414, "http.url_too_long"]);
  });

  it("does not shake it when thousands of things come at once", async () => {
    const { hero } = world;
    const replies = await Promise.all(
      Array.from({ length: 300 }, (_, at) =>
        hero.send("POST", "/v1/stories", {
          body: at % 3 === 0 ? "[".repeat(100_000) : JSON.stringify({ text: 1, [String(at)]: at }),
        }),
      ),
    );
    const codes = Map.groupBy(replies, ({ status, body }) =>
      status === 503 ? (body as { code?: unknown }).code : status,
    );
    expect(codes.get(400)?.length).toBeGreaterThan(0);
    // Some may be too much for it, which is said as what it is.
    codes.delete(400);
    codes.delete("http.overloaded");
    expect([...codes.keys()]).toEqual([]);
  });
});

/** What no client library would send, and what comes back: nothing, or a problem and an end. */
const protocolFaults: readonly (readonly [what: string, bytes: string | Buffer])[] = [
  ["no HTTP", "hello\r\n\r\n"],
  ["empty lines first", "\r\n\r\nGET /v1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  ["bytes of anything", Buffer.from([0, 255, 1, 254, 13, 10, 13, 10])],
  ["a TLS greeting", Buffer.from("16030100c8010000c40303", "hex")],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["HTTP/0.9", "GET /v1/feed\r\n\r\n"],
  ["HTTP/3.7", "GET /v1/feed HTTP/3.7\r\nHost: a\r\n\r\n"],
  ["no host", "GET /v1/feed HTTP/1.1\r\nConnection: close\r\n\r\n"],
  ["an empty host", "GET /v1/feed HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"],
  [
    "a cookie and no host, before HTTP/1.1",
    "DELETE /v1/sessions HTTP/1.0\r\nCookie: maru_session=abc\r\nOrigin: http://a\r\n\r\n",
  ],
  ["two hosts", "GET /v1/feed HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"],
  ["an empty target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a target with a space", "GET /v1/ feed HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a target with a NUL", "GET /v1/\0feed HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a header with a NUL", "GET /v1/feed HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"],
  ["a header without a colon", "GET /v1/feed HTTP/1.1\r\nHost: a\r\nwords\r\n\r\n"],
  ["a space before a colon", "GET /v1/feed HTTP/1.1\r\nHost : a\r\n\r\n"],
  ["a header that is folded", "GET /v1/feed HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"],
  ["a lone carriage return", "GET /v1/feed HTTP/1.1\rHost: a\r\r"],
  ["a length that is none", "POST /v1/stories HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n"],
  ["a negative length", "POST /v1/stories HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
  [
    "two lengths",
    "POST /v1/stories HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
  ],
  [
    "a length and chunks",
    "POST /v1/stories HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
  ],
  [
    "chunks of no size",
    "POST /v1/stories HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
  ],
  [
    "an encoding that nobody knows",
    "POST /v1/stories HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, wonder\r\n\r\n{}",
  ],
  [
    "something else than was expected",
    "POST /v1/stories HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
  ],
  ["a tunnel", "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n"],
  [
    "another protocol",
    "GET /v1/feed/live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  ],
  ["a method that is none", "gEt /v1/feed HTTP/1.1\r\nHost: a\r\n\r\n"],
  [
    "a target of another site",
    "GET http://elsewhere.example/v1/feed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  ],
  ["a host that is none", "GET /v1/feed HTTP/1.1\r\nHost: a b\0<>\r\nConnection: close\r\n\r\n"],
];

describe("what breaks the protocol", () => {
  it.each(protocolFaults)("%s is answered with a problem, or not at all", async (_what, bytes) => {
    const { port } = new URL(world.node.url);
    const answer = await sendRaw(Number(port), bytes);
    if (answer === "") {
      return;
    }
    const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
    const [line = "", ...lines] = head.split("\r\n");
    const status = Number(line.split(" ")[1]);
    expect(line).toMatch(/^HTTP\/1\.1 4\d\d [\w -]+$/);
    const headers = lines.map((one) => one.toLowerCase());
    expect(headers).toContain("content-type: application/problem+json; charset=utf-8");
    expect(headers).toContain("connection: close");
    expect(headers.some((one) => one.startsWith("x-request-id: "))).toBe(true);
    expect(JSON.parse(body)).toMatchObject({ status, code: expect.stringMatching(/^\w+\.\w+$/) });
    expect(world.faultOf({ status, text: answer } satisfies Pick<Reply, "status" | "text">)).toBe(
      null,
    );
  });
});

describe("after all that", () => {
  it("it works as before, and its log has nothing to tell", async () => {
    await expectAtWork(world, "after_all");
    // That thousands of things came at once, and some were refused for it, may be told.
    const logged = world.logged().filter((line) => !line.includes('"msg":"requests are refused"'));
    expect(logged).toEqual([]);
  });
});

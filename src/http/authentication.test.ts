import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getRoute, postRoute, startTestHost, type TestHost } from "../../test/support/http.ts";
import { clearedSessionCookie, sessionCookie } from "../ports/session-cookie.ts";
import { httpSettingsDefault } from "./settings.ts";

let server: TestHost;

beforeAll(async () => {
  server = await startTestHost([
    getRoute("/v1/required", who, { viewer: "required" }),
    getRoute("/v1/optional", who, { viewer: "optional" }),
    getRoute("/v1/none", who, { viewer: "none" }),
    postRoute("/v1/change", who, { viewer: "required" }),
  ]);
});
afterAll(() => server.host.close());

function who({ context }: { context: { viewer: { accountId: bigint } | null } }) {
  const accountId = context.viewer?.accountId;
  return { status: 200, body: { who: accountId === undefined ? null : String(accountId) } };
}

async function ask(path: string, headers: Record<string, string>): Promise<unknown> {
  const response = await server.fetch(path, { headers });
  const body = (await response.json()) as { who?: string | null; code?: string };
  return response.status === 200 ? body.who : `${response.status} ${body.code ?? ""}`;
}

const refused = "401 request.unauthenticated";

describe("a token", () => {
  test("tells who asks, by header or by cookie", async () => {
    expect(await ask("/v1/required", { authorization: "Bearer anna" })).toBe("17");
    expect(await ask("/v1/required", { authorization: "bearer  anna" })).toBe("17");
    expect(await ask("/v1/required", { cookie: "a=b; maru_session=anna; c=d" })).toBe("17");
    const both = { authorization: "Bearer anna", cookie: "maru_session=bora" };
    expect(await ask("/v1/optional", both)).toBe("17");
  });

  test("may be absent where it is optional, but must not be dead", async () => {
    expect(await ask("/v1/optional", {})).toBeNull();
    expect(await ask("/v1/optional", { authorization: "Bearer dead" })).toBe(refused);
    expect(await ask("/v1/optional", { cookie: "maru_session=dead" })).toBe(refused);
  });

  test("is not looked at where no viewer is needed", async () => {
    expect(await ask("/v1/none", { authorization: "Bearer dead" })).toBeNull();
  });

  test.each(["", "Bearer", "Bearer a b", "Basic YW5uYTp4", "anna", `Bearer ${"x".repeat(600)}`])(
    "that is malformed (%s) is refused",
    async (authorization) => {
      expect(await ask("/v1/optional", { authorization })).toBe(refused);
      expect(await ask("/v1/required", { authorization })).toBe(refused);
    },
  );

  test("that is missing is 401 with a challenge, before the body is looked at", async () => {
    const response = await server.fetch("/v1/change", { method: "POST", body: "{" });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("that is dead is taken from the browser that keeps it in a cookie", async () => {
    const response = await server.fetch("/v1/required", {
      headers: { cookie: "maru_session=dead" },
    });
    expect(response.headers.get("set-cookie")).toMatch(/^maru_session=; .*Max-Age=0/);
  });

  test("is told in the log by its account", async () => {
    await ask("/v1/required", { authorization: "Bearer bora" });
    expect(server.accesses.at(-1)).toMatchObject({ accountId: "18", status: 200 });
  });
});

describe("a change by cookie", () => {
  const change = async (headers: Record<string, string>): Promise<number> => {
    const response = await server.fetch("/v1/change", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: '{"text":"a"}',
    });
    return response.status;
  };
  const cookie = "maru_session=anna";

  test.each([
    ["no header that tells where it comes from", {}, 403],
    ["the same origin", { "sec-fetch-site": "same-origin" }, 200],
    ["the person", { "sec-fetch-site": "none" }, 200],
    ["the same site", { "sec-fetch-site": "same-site" }, 403],
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another site that claims an origin", { "sec-fetch-site": "cross-site", origin: "own" }, 403],
    ["its own origin", { origin: "own" }, 200],
    ["another origin", { origin: "https://evil.example" }, 403],
    ["a sandboxed page", { origin: "null" }, 403],
    ["an origin that is no URL", { origin: "own.example" }, 403],
  ])("from %s", async (_from, headers: Record<string, string>, status) => {
    const own = { ...headers, ...(headers["origin"] === "own" ? { origin: server.url } : {}) };
    expect(await change({ cookie, ...own })).toBe(status);
    expect(await change({ authorization: "Bearer anna", cookie, ...own })).toBe(200);
  });
});

describe("behind a proxy that is trusted", () => {
  test("TLS and the client's address are what the proxy says", async () => {
    const proxied = await startTestHost(
      [
        getRoute("/v1/told", ({ secure, clientAddress }) => ({
          status: 200,
          body: { secure, clientAddress },
        })),
      ],
      { settings: { ...httpSettingsDefault, trustedProxies: ["127.0.0.1"] } },
    );
    const headers = { "x-forwarded-for": "1.1.1.1, 9.9.9.9", "x-forwarded-proto": "https" };
    const told = await proxied.fetch("/v1/told", { headers });
    expect(await told.json()).toEqual({ secure: true, clientAddress: "9.9.9.9" });
    await proxied.host.close();
  });

  test("a public URL with TLS makes every request secure", async () => {
    const settings = { ...httpSettingsDefault, publicUrl: "https://maru.example" };
    const told = getRoute("/v1/told", ({ secure }) => ({ status: 200, body: secure }));
    const secured = await startTestHost([told], { settings });
    expect(await (await secured.fetch("/v1/told")).json()).toBe(true);
    await secured.host.close();
  });
});

test("the cookie is kept from scripts and other sites, and from plain HTTP where there is TLS", () => {
  expect(sessionCookie("abc", { secure: true, maxAgeS: 60 })).toBe(
    "maru_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
  );
  expect(clearedSessionCookie({ secure: false })).toBe(
    "maru_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
  );
});

import { rm } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { json } from "../../../test/support/http.ts";
import { clientFiles, makeClient, rawGet, script } from "../../../test/support/client-folder.ts";
import { freshMetrics } from "../../../test/support/metric.ts";
import { startTestNode, testVersion, type TestNode } from "../../../test/support/node.ts";

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const secondsOfYear = 31_536_000;
const demo = {
  accounts: [{ handle: "maru_ko", name: "마루", locale: "ko", password: "open to all" }],
} as const;

const folders: string[] = [];
const logged: string[] = [];
let node: TestNode;

async function folderOf(id: string): Promise<string> {
  const folder = await makeClient(clientFiles(id));
  folders.push(folder);
  return folder;
}

const adjustments = {
  logDestination: { write: (line: string) => void logged.push(line), flush: () => undefined },
};

/** A node that has run with an older build before. */
beforeAll(async () => {
  const old = await startTestNode({ clientFolder: await folderOf("old"), keepsData: true });
  await old.stop();
  node = await startTestNode({
    dataDir: old.dataDir,
    clientFolder: await folderOf("new"),
    demo,
    adjustments,
    settings: { MARU_LOG_LEVEL: "warn", MARU_PUBLIC_URL: "https://maru.example" },
  });
});
afterAll(async () => {
  await node.stop();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});

const get = (path: string, headers?: Record<string, string>, method?: string) =>
  rawGet(node.url + path, headers, method);
const page = clientFiles("new")["index.html"] as string;

describe("the page", () => {
  test.each([
    "/",
    "/?from=home",
    "/stories/123",
    "/@somebody",
    "/@somebody/friends",
    "/friends",
    "/friends/requests",
    "/search",
    "/notifications",
    "/settings",
    "/settings/privacy",
    "/welcome",
    "/sign-in",
    "/sign-up",
  ])("is at %s, for whoever asks", async (path) => {
    const { status, headers, bytes } = await get(path);
    expect([status, bytes.toString()]).toEqual([200, page]);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["cache-control"]).toBe("no-cache");
  });

  test("is not sent again to who has it", async () => {
    const first = await get("/", { "accept-encoding": "gzip, br" });
    const { etag = "" } = first.headers;
    expect(etag).toMatch(/^"[\w-]{40,}"$/);
    const again = await get("/stories/1", { "if-none-match": etag });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    expect((await get("/", { "if-none-match": '"another"' })).status).toBe(200);
  });

  test("lets nothing in that does not come from here", async () => {
    const { headers } = await get("/@somebody");
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "strict-transport-security": `max-age=${secondsOfYear}`,
    });
    expect(headers["permissions-policy"]).toContain("camera=()");
  });

  test("says that there is nothing at any other address, to browsers alone", async () => {
    const gone = await get("/gone/for/good.php", browser);
    expect([gone.status, gone.bytes.toString()]).toEqual([404, page]);
    expect(gone.headers["cache-control"]).toBe("no-store");
    expect(gone.headers["content-security-policy"]).toContain("default-src 'none'");
    for (const [path, headers] of [
      ["/gone", { accept: "application/json" }],
      ["/v1/gone", browser],
      ["/docs/gone", browser],
      ["/assets/gone.js", browser],
      ["/icons/gone.png", browser],
    ] as const) {
      const { status, headers: answered } = await get(path, headers);
      expect([path, status]).toEqual([path, 404]);
      expect(answered["content-type"]).toBe("application/problem+json; charset=utf-8");
    }
    const posted = await fetch(`${node.url}/friends`, json({}, browser));
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("answers HEAD as GET, without the body", async () => {
    for (const path of ["/", "/@somebody", "/assets/new.js", "/client.json"]) {
      const [got, head] = [await get(path, browser), await get(path, browser, "HEAD")];
      expect([path, head.status, head.bytes.length]).toEqual([path, 200, 0]);
      expect(head.headers["content-length"]).toBe(String(got.bytes.length));
      expect(head.headers["etag"]).toBe(got.headers["etag"]);
    }
  });
});

describe("a file", () => {
  test.each([
    ["br, gzip", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["identity", undefined, (bytes: Buffer) => bytes],
  ] as const)("is packed as the client likes it: %s", async (accepted, encoding, unpack) => {
    const { headers, bytes } = await get("/assets/new.js", { "accept-encoding": accepted });
    expect(headers["content-encoding"]).toBe(encoding);
    expect(headers["vary"]).toBe("Accept-Encoding");
    expect(unpack(bytes).toString()).toBe(script("new"));
  });

  test("has another tag for each way in which it is packed", async () => {
    const tags = await Promise.all(
      ["br", "gzip", "identity"].map(async (accepted) => {
        const { headers } = await get("/assets/new.js", { "accept-encoding": accepted });
        return headers.etag;
      }),
    );
    expect(new Set(tags).size).toBe(3);
  });

  test("is kept for a year if its name has a hash, and asked for anew otherwise", async () => {
    const immutable = `public, max-age=${secondsOfYear}, immutable`;
    for (const [path, cacheControl, mediaType] of [
      ["/assets/new.js", immutable, "text/javascript; charset=utf-8"],
      ["/assets/picture.png", immutable, "image/png"],
      ["/sw.js", "no-cache", "text/javascript; charset=utf-8"],
      ["/manifest.webmanifest", "no-cache", "application/manifest+json; charset=utf-8"],
      ["/icons/maru.svg", "public, max-age=86400", "image/svg+xml"],
    ] as const) {
      const { status, headers } = await get(path);
      expect([path, status, headers["cache-control"]]).toEqual([path, 200, cacheControl]);
      expect([headers["content-type"], headers["x-content-type-options"]]).toEqual([
        mediaType,
        "nosniff",
      ]);
      const again = await get(path, { "if-none-match": headers.etag ?? "" });
      expect([path, again.status]).toEqual([path, 304]);
    }
  });

  test("that the build does not serve is not there", async () => {
    for (const path of [
      "/build.json",
      "/index.html",
      "/.vite/manifest.json",
      "/assets/..%2fsw.js",
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });

  test("of the build before comes from the record, with all that it had", async () => {
    const { status, headers, bytes } = await get("/assets/old.js", { "accept-encoding": "br" });
    expect([status, headers["content-encoding"]]).toEqual([200, "br"]);
    expect(brotliDecompressSync(bytes).toString()).toBe(script("old"));
    expect(headers["cache-control"]).toContain("immutable");
    expect(headers["content-type"]).toBe("text/javascript; charset=utf-8");
  });
});

test("a page learns which build there is, and whom it may sign in as", async () => {
  const { headers, bytes } = await get("/client.json");
  expect(JSON.parse(bytes.toString())).toEqual({ build: "new", version: testVersion, demo });
  expect(headers["cache-control"]).toBe("no-store");
});

describe("what a page tells of itself", () => {
  const report = { message: "x is undefined", stack: "at y", page: "/@one", build: "new" };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(node.url + path, json(body, headers));

  test("is taken without sign-in, and stands in the log under the request's id", async () => {
    const answer = await post("/v1/client-errors", report);
    expect([answer.status, answer.headers.get("maru-position")]).toEqual([204, null]);
    const line = logged.map((text) => JSON.parse(text) as object).at(-1);
    expect(line).toMatchObject({
      level: "warn",
      requestId: answer.headers.get("x-request-id"),
      client: { message: "x is undefined", stack: "at y", page: "/@{handle}", build: "new" },
    });
  });

  test("is taken by cookie from a page of ours, and from no other", async () => {
    const signUp = { handle: "reporter", name: "R", password: "a long password", cookie: true };
    const signedUp = await post("/v1/accounts", signUp);
    const cookie = signedUp.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    for (const [site, status] of [
      ["same-origin", 204],
      ["cross-site", 403],
    ] as const) {
      const headers = { cookie, "sec-fetch-site": site };
      expect((await post("/v1/client-errors", report, headers)).status).toBe(status);
      const timings = { page: "/", firstByteMs: 12.5 };
      expect((await post("/v1/page-timings", timings, headers)).status).toBe(status);
    }
    expect(await freshMetrics(node)).toContain('maru_web_first_byte_seconds_count{page="feed"} 1');
  });

  test("is refused when it is too much", async () => {
    for (const body of [
      { ...report, message: "x".repeat(1_001) },
      { ...report, stack: "x".repeat(8_001) },
      { ...report, kind: "Render Error" },
      { ...report, more: 1 },
    ]) {
      expect((await post("/v1/client-errors", body)).status).toBe(400);
    }
    for (const timing of [-1, 3_600_001, "1"]) {
      const answer = await post("/v1/page-timings", { page: "/", lcpMs: timing });
      expect(answer.status).toBe(400);
    }
  });
});

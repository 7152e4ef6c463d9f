import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import {
  getRoute,
  postRoute,
  sendRaw,
  startTestHost,
  until,
  type TestHost,
} from "../../test/support/http.ts";
import type { Route } from "../ports/routes.ts";
import { unguarded, type LoadSettings } from "./load-guard.ts";
import { httpSettingsDefault } from "./settings.ts";

async function start(
  routes: readonly Route[],
  load: Partial<LoadSettings>,
  more: { readonly trustedProxies?: readonly string[] } = {},
): Promise<TestHost> {
  const settings = { ...httpSettingsDefault, ...more, load: { ...unguarded, ...load } };
  const server = await startTestHost(routes, { settings });
  onTestFinished(() => server.host.close());
  return server;
}

interface Refusal {
  readonly status: number;
  readonly code: unknown;
  readonly retryAfterS: number;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json()) as Record<string, unknown>;
  expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  expect(body["requestId"]).toBe(response.headers.get("x-request-id"));
  return {
    status: response.status,
    code: body["code"],
    retryAfterS: Number(response.headers.get("retry-after")),
  };
}

const soon = { interval: 1, timeout: 20_000 };

/** A route whose requests wait until the test lets them go. */
function heldRoutes() {
  const waiting: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  return {
    waiting,
    letGo(): void {
      waiting.splice(0).forEach((resolve) => {
        resolve();
      });
    },
    routes: [
      getRoute("/v1/slow", async () => {
        await hold();
        return { status: 200, body: "read" };
      }),
      postRoute("/v1/things", async () => {
        await hold();
        return { status: 201, body: "made" };
      }),
      postRoute("/v1/sign-in", () => ({ status: 201, body: "in" }), { load: "apart" }),
      getRoute("/v1/quick", () => ({ status: 200, body: "quick" })),
    ],
  };
}

/** So many writes may be under way when nothing is known yet. */
const writesFirst = 256;
const post = {
  method: "POST",
  body: '{"text":"a"}',
  headers: { "content-type": "application/json" },
};

test("writes beyond the limit are refused at once; reads and sign-ins are not", async () => {
  const held = heldRoutes();
  const server = await start(held.routes, { adaptiveLimit: true });
  const answers = Array.from({ length: 300 }, () => server.fetch("/v1/things", post));
  await until(() => held.waiting.length === writesFirst);
  const counted = 'maru_http_refused_total{class="write",why="concurrency"}';
  await expect.poll(server.renderMetrics).toContain(`${counted} ${300 - writesFirst}`);
  expect(await refusalOf(await server.fetch("/v1/things", post))).toEqual({
    status: 503,
    code: "http.overloaded",
    retryAfterS: expect.any(Number) as number,
  });
  expect((await server.fetch("/v1/quick")).status).toBe(200);
  expect((await server.fetch("/v1/sign-in", post)).status).toBe(201);
  held.letGo();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(writesFirst);
  expect(statuses.filter((status) => status === 503)).toHaveLength(300 - writesFirst);
  expect(await server.renderMetrics()).toContain(`${counted} ${301 - writesFirst}`);
});

test("a place is free again when its request is answered, whatever the answer", async () => {
  const held = heldRoutes();
  const server = await start(held.routes, { adaptiveLimit: true });
  // After it was full from the start only a few are let in, to see what a read takes without others.
  for (const places of [256, 64]) {
    const answers = Array.from({ length: places }, () => server.fetch("/v1/slow"));
    await until(() => held.waiting.length === places);
    held.letGo();
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
  }
  expect(await server.renderMetrics()).toContain("maru_http_reads_under_way 0");
});

test("slow senders take no place from others", async () => {
  const held = heldRoutes();
  const server = await start(held.routes, { adaptiveLimit: true });
  const head =
    "POST /v1/things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n";
  const senders = Promise.allSettled(Array.from({ length: 200 }, () => sendRaw(server.port, head)));
  const answer = server.fetch("/v1/things", post);
  await until(() => held.waiting.length === 1);
  held.letGo();
  expect((await answer).status).toBe(201);
  await server.host.close();
  await senders;
});

test("what nobody waits for leaves half of the places to what somebody does", async () => {
  const held = heldRoutes();
  const batch = postRoute("/v1/reports", () => ({ status: 201, body: 1 }), { load: "batch" });
  const server = await start([...held.routes, batch], { adaptiveLimit: true });
  const answers = Array.from({ length: 128 }, () => server.fetch("/v1/slow"));
  await until(() => held.waiting.length === 128);
  expect((await server.fetch("/v1/reports", post)).status).toBe(503);
  expect((await server.fetch("/v1/quick")).status).toBe(200);
  held.letGo();
  await Promise.all(answers);
  expect((await server.fetch("/v1/reports", post)).status).toBe(201);
});

test("parts of a page that was let in wait for no place", async () => {
  const held = heldRoutes();
  const part = getRoute("/assets/{file*}", () => ({ status: 200, body: 1 }), { load: "part" });
  const server = await start([...held.routes, part], { adaptiveLimit: true });
  const answers = Array.from({ length: 256 }, () => server.fetch("/v1/slow"));
  await until(() => held.waiting.length === 256);
  expect((await server.fetch("/v1/quick")).status).toBe(503);
  expect((await server.fetch("/assets/index-1.js")).status).toBe(200);
  held.letGo();
  await Promise.all(answers);
});

test("whose client has gone gets no further step", async () => {
  const steps: string[] = [];
  let letGo: () => void = () => undefined;
  const server = await start(
    [
      getRoute("/v1/steps", async ({ context }) => {
        steps.push("first");
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
        context.deadline.check();
        steps.push("second");
        return { status: 200, body: 1 };
      }),
    ],
    {},
  );
  const gone = new AbortController();
  const answer = server.fetch("/v1/steps", { signal: gone.signal });
  await until(() => steps.length === 1);
  gone.abort();
  await expect(answer).rejects.toThrow("aborted");
  await expect.poll(server.renderMetrics).toContain("maru_http_main_connections 0");
  letGo();
  await expect.poll(server.renderMetrics).toContain("maru_http_main_in_flight 0");
  expect(steps).toEqual(["first"]);
});

async function until429(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await ask();
    if (response.status === 429) {
      return response;
    }
    await response.text();
  }
}

test("an account has its rate, and others are not concerned", async () => {
  const route = getRoute("/v1/own", () => ({ status: 200, body: "own" }), { viewer: "required" });
  const server = await start([route], { accountRate: 2 });
  const ask = (token: string): Promise<Response> =>
    server.fetch("/v1/own", { headers: { authorization: `Bearer ${token}` } });
  for (let i = 0; i < 20; i += 1) {
    expect((await ask("anna")).status).toBe(200);
  }
  // On a machine that is slow there are some more by then.
  const refused = await until429(() => ask("anna"));
  expect(refused.headers.get("ratelimit-limit")).toBe("20");
  expect(refused.headers.get("ratelimit-remaining")).toBe("0");
  expect(Number(refused.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
  expect(await refusalOf(refused)).toEqual({
    status: 429,
    code: "http.too_many_requests",
    retryAfterS: 1,
  });
  expect((await ask("bora")).status).toBe(200);
});

test("a network has its rate, as far as trusted proxies tell, and private ones have none", async () => {
  const server = await start(
    [getRoute("/v1/quick", () => ({ status: 200, body: 1 }))],
    { networkRate: 1 },
    {
      trustedProxies: ["127.0.0.1"],
    },
  );
  const ask = async (address: string): Promise<number> =>
    (await server.fetch("/v1/quick", { headers: { "x-forwarded-for": address } })).status;
  for (let i = 0; i < 10; i += 1) {
    expect(await ask("203.0.113.7")).toBe(200);
    expect(await ask("2001:db8:1:100::1")).toBe(200);
  }
  expect(await ask("203.0.113.7")).toBe(429);
  // What a client says itself is not believed.
  expect(await ask("203.0.113.99, 203.0.113.7")).toBe(429);
  expect(await ask("203.0.113.8")).toBe(200);
  expect(await ask("2001:db8:1:1ff::2")).toBe(429);
  expect(await ask("2001:db8:1:200::2")).toBe(200);
  for (let i = 0; i < 30; i += 1) {
    expect(await ask("10.0.0.1")).toBe(200);
  }
});

test("a thread that a crowd makes late refuses writes before reads, and serves all again afterwards", async () => {
  const server = await start(
    [
      getRoute("/v1/quick", () => ({ status: 200, body: 1 })),
      postRoute("/v1/things", () => {
        const endMs = performance.now() + 10;
        while (performance.now() < endMs);
        return { status: 201, body: 1 };
      }),
    ],
    { loopDelayMs: 20 },
  );
  const write = async (): Promise<number> => (await server.fetch("/v1/things", post)).status;
  let hasRefused = false;
  const endMs = performance.now() + 60_000;
  const keepWriting = async (): Promise<void> => {
    while (!hasRefused && performance.now() < endMs) {
      hasRefused = (await write()) === 503 || hasRefused;
    }
  };
  await Promise.all(Array.from({ length: 40 }, keepWriting));
  expect(hasRefused).toBe(true);
  // One after another is no crowd, however late the machine makes the thread.
  const oneByOne = async (): Promise<ReadonlySet<number>> => {
    const statuses = new Set<number>();
    for (let i = 0; i < 10; i += 1) {
      statuses.add(await write());
    }
    return statuses;
  };
  await expect.poll(oneByOne, { timeout: 20_000 }).toEqual(new Set([201]));
  expect(await server.renderMetrics()).toMatch(
    /maru_http_refused_total\{class="write",why="pressure"\} [1-9]/,
  );
});

test("many refusals are one line of the log, and each is counted by its status", async () => {
  const server = await start(
    [getRoute("/v1/quick", () => ({ status: 200, body: 1 }))],
    { networkRate: 1 },
    {
      trustedProxies: ["127.0.0.1"],
    },
  );
  const headers = { "x-forwarded-for": "203.0.113.7" };
  let refused = 0;
  for (let i = 0; i < 30; i += 1) {
    const answer = await server.fetch("/v1/quick", { headers });
    await answer.arrayBuffer();
    refused += answer.status === 429 ? 1 : 0;
  }
  expect(refused).toBeGreaterThan(1);
  expect(server.complaints.map(({ message }) => message)).toEqual(["requests are refused"]);
  expect(await server.renderMetrics()).toContain(
    `maru_http_request_seconds_count{method="-",route="-",status="4xx"} ${String(refused)}\n`,
  );
});

test("whoever is refused with a body is told so, however long it is, and may go on", async () => {
  const server = await start(
    [postRoute("/v1/things", () => ({ status: 201, body: 1 }))],
    { networkRate: 1 },
    {
      trustedProxies: ["127.0.0.1"],
    },
  );
  const headers = { ...post.headers, "x-forwarded-for": "203.0.113.7" };
  for (const length of [1, 100_000]) {
    const body = JSON.stringify({ text: "a".repeat(length) });
    // What it has left is used up first, and what it is given meanwhile.
    await expect
      .poll(async () => {
        const answer = await server.fetch("/v1/things", { ...post, headers, body });
        await answer.arrayBuffer();
        return [answer.status, answer.headers.get("connection")];
      }, soon)
      .toEqual([429, "keep-alive"]);
  }
});

test("whoever asks first whether to send a body is refused before it is sent", async () => {
  const held = heldRoutes();
  const server = await start(held.routes, { adaptiveLimit: true });
  const answers = Array.from({ length: writesFirst }, () => server.fetch("/v1/things", post));
  await until(() => held.waiting.length === writesFirst);
  const head =
    "POST /v1/things HTTP/1.1\r\nhost: a\r\ncontent-length: 12\r\nconnection: close\r\nexpect: 100-continue\r\n\r\n";
  const refused = await sendRaw(server.port, head);
  expect(refused).toMatch(/^HTTP\/1.1 503 /);
  held.letGo();
  await Promise.all(answers);
  const invited = sendRaw(
    server.port,
    head.replace("content-length", "content-type: application/json\r\ncontent-length") + post.body,
  );
  await until(() => held.waiting.length === 1);
  held.letGo();
  expect(await invited).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 201 /);
});

test("a node that may not answer says nothing of how busy the database is", async () => {
  let mayServe = true;
  const settings = { ...httpSettingsDefault, load: { ...unguarded, adaptiveLimit: true } };
  const held = heldRoutes();
  const server = await startTestHost(held.routes, { settings, mayServe: () => mayServe });
  onTestFinished(() => server.host.close());
  const before = "maru_http_read_limit 256";
  mayServe = false;
  // The first who ask wait a while for it to serve again, and hold up nobody meanwhile.
  const first = await Promise.all(Array.from({ length: 30 }, () => server.fetch("/v1/quick")));
  expect(new Set(first.map(({ status }) => status))).toEqual(new Set([503]));
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 30; i += 1) {
      expect((await server.fetch("/v1/quick")).status).toBe(503);
    }
    await pause(120);
  }
  expect(await server.renderMetrics()).toContain(before);
});

test.each([
  ["ko-KR,ko;q=0.9,en;q=0.8", "ko", "지금 사람이 많아요"],
  ["ja", "ja", "ただいま混み合っています"],
  ["fr-FR, en;q=0.5", "en", "Too many people at once"],
  ["", "en", "Too many people at once"],
])(
  "whoever opens a page with %j is told in %s, and the page comes again by itself",
  async (accepted, language, title) => {
    const held = heldRoutes();
    const server = await start(held.routes, { adaptiveLimit: true });
    const answers = Array.from({ length: 256 }, () => server.fetch("/v1/slow"));
    await until(() => held.waiting.length === 256);
    const headers = {
      accept: "text/html,application/xhtml+xml,*/*;q=0.8",
      "accept-language": accepted,
    };
    const refused = await server.fetch("/v1/quick", { headers });
    const page = await refused.text();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(refused.headers.get("content-language")).toBe(language);
    expect(refused.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    expect(page).toContain(`<html lang="${language}">`);
    expect(page).toContain(`<h1>${title}</h1>`);
    const againS = Number(/http-equiv="refresh" content="(\d+)"/.exec(page)?.[1]);
    expect(againS).toBeGreaterThan(Number(refused.headers.get("retry-after")));
    // Who asks for data is told as a program is.
    expect(
      (await server.fetch("/v1/quick", { headers: { accept: "application/json" } })).headers.get(
        "content-type",
      ),
    ).toContain("problem+json");
    held.letGo();
    await Promise.all(answers);
  },
);

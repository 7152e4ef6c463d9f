import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sendRaw } from "../../test/support/http.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { createLogger, type RootLogger } from "../adapters/telemetry/logger.ts";
import { createMetrics, metricsContentType, renderMetrics } from "../adapters/telemetry/metrics.ts";
import type { DeadLetter } from "../ports/log.ts";
import { noTracer } from "../ports/telemetry.ts";
import { createAdminHost, type AdminHost, type Liveness } from "./admin.ts";
import { readinessOf } from "./readiness.ts";
import { httpSettingsDefault } from "./settings.ts";

const letter: DeadLetter = {
  consumer: "mail",
  attempts: 5,
  error: "no route to host",
  atMs: Date.UTC(2026, 10, 20),
  event: {
    id: 42n,
    type: "stories.published.v1",
    aggregate: { type: "story", id: 7n, version: 1 },
    actorId: 1n,
    data: {},
    log: "main",
    epoch: 1,
    position: 9,
    transactionId: 100n,
    region: 0,
    atMs: 0,
    requestId: "r",
    traceparent: null,
  },
};

let admin: AdminHost;
let url: string;
let logger: RootLogger;
let lines: string[];
let liveness: Liveness;
let missing: string | null;
let impaired: string | null;
let asked: unknown[];

beforeEach(async () => {
  lines = [];
  asked = [];
  liveness = "live";
  missing = null;
  impaired = null;
  logger = createLogger({
    level: "info",
    clock: systemClock,
    destination: { write: (line) => lines.push(line), flush: () => undefined },
  });
  const telemetry = createMetrics();
  admin = createAdminHost({
    settings: httpSettingsDefault,
    clock: systemClock,
    logger,
    accessLog: logger.accessLog,
    metrics: telemetry.metrics,
    requests: telemetry.requests,
    tracer: noTracer,
    node: {
      liveness: () => liveness,
      readiness: () =>
        readinessOf([
          { name: "record", check: () => missing },
          { name: "carrier", check: () => impaired, isBearable: true },
          { name: "http.main", check: () => null },
        ]),
      logLevel: logger.level,
      setLogLevel(level) {
        logger.setLevel(level);
        return Promise.resolve();
      },
    },
    renderMetrics: async () => renderMetrics([await telemetry.snapshot()]),
    metricsContentType,
    deadLetters: {
      list: (_context, options) => {
        asked.push(options);
        return Promise.resolve([letter]);
      },
      redrive: (_context, options) => {
        asked.push(options);
        return Promise.resolve(3);
      },
    },
  });
  const { port } = await admin.listen(0, "127.0.0.1");
  url = `http://127.0.0.1:${port}`;
});
afterEach(() => admin.close());

function send(method: string, path: string, body: unknown, headers = {}): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

describe("health", () => {
  test("the process is alive, starts, or says nothing any more", async () => {
    const asked = async (): Promise<unknown> => {
      const answer = await fetch(`${url}/livez`);
      return [answer.status, await answer.json()];
    };
    expect(await asked()).toEqual([200, { status: "live" }]);
    liveness = "starting";
    expect(await asked()).toEqual([503, { status: "starting" }]);
    liveness = "silent";
    expect(await asked()).toEqual([503, { status: "silent" }]);
  });

  test("ready is 200, and 503 with what is missing", async () => {
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    missing = "no primary answers";
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: "not ready",
      missing: [{ name: "record", reason: "no primary answers" }],
      impaired: [],
    });
  });

  test("what the node can do without is told, and it is ready all the same", async () => {
    impaired = "nobody brings the log";
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "ready",
      missing: [],
      impaired: [{ name: "carrier", reason: "nobody brings the log" }],
    });
  });

  test("metrics are Prometheus' text, those of the process among them", async () => {
    await fetch(`${url}/livez`);
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(text).toContain("process_resident_memory_bytes");
    expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
    expect(text).toContain('maru_http_request_seconds_count{method="GET",route="/livez"');
  });
});

describe("the log level", () => {
  test("changes at once, and only to a level", async () => {
    const changed = await send("PUT", "/admin/v1/log-level", { level: "warn" });
    expect(await changed.json()).toEqual({ level: "warn" });
    const before = lines.length;
    logger.info({}, "not told");
    expect(lines).toHaveLength(before);
    expect((await send("PUT", "/admin/v1/log-level", { level: "loud" })).status).toBe(400);
    const now = await fetch(`${url}/admin/v1/log-level`);
    expect(await now.json()).toEqual({ level: "warn" });
  });
});

describe("dead letters", () => {
  test("are listed with why they died", async () => {
    const response = await fetch(`${url}/admin/v1/dead-letters?consumer=mail&limit=5`);
    expect(await response.json()).toEqual({
      items: [
        {
          consumer: "mail",
          eventId: "42",
          type: "stories.published.v1",
          position: 9,
          aggregate: { type: "story", id: "7" },
          attempts: 5,
          error: "no route to host",
          at: "2026-11-20T00:00:00.000Z",
        },
      ],
    });
    expect(asked).toEqual([{ consumer: "mail", limit: 5 }]);
  });

  test("are handed to their consumers anew, all or some", async () => {
    const path = "/admin/v1/dead-letters/redrive";
    expect(await (await send("POST", path, {})).json()).toEqual({ redriven: 3 });
    await send("POST", path, { consumer: "mail", ids: ["42"] });
    expect(asked).toEqual([{}, { consumer: "mail", ids: [42n] }]);
    expect((await send("POST", path, { ids: ["x"] })).status).toBe(400);
  });

  test("are not touched by a page of another site", async () => {
    const path = "/admin/v1/dead-letters/redrive";
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example" },
    ]) {
      expect((await send("POST", path, {}, headers)).status).toBe(403);
    }
    expect((await send("POST", path, {}, { origin: url })).status).toBe(200);
    // A stranger's name that leads to this machine: the browser takes their page for this site's.
    const { port } = new URL(url);
    const answer = await sendRaw(
      Number(port),
      [
        `POST ${path} HTTP/1.1`,
        `Host: evil.example:${port}`,
        `Origin: http://evil.example:${port}`,
        "Sec-Fetch-Site: same-origin",
        "Content-Type: application/json",
        "Content-Length: 2",
        "Connection: close",
        "",
        "{}",
      ].join("\r\n"),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403/);
    expect(asked).toHaveLength(1);
  });
});

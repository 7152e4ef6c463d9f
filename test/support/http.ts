import { connect } from "node:net";
import { Type } from "typebox";
import { createMetrics, renderMetrics } from "../../src/adapters/telemetry/metrics.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { createHttpHost, type HttpHost, type HttpHostDeps } from "../../src/http/host.ts";
import { httpSettingsDefault } from "../../src/http/settings.ts";
import type { Viewer } from "../../src/kernel/context.ts";
import { createKeyring } from "../../src/kernel/keyring.ts";
import { defineRoute, type Answer, type Call, type Route } from "../../src/ports/routes.ts";
import {
  noTracer,
  type AccessEntry,
  type Logger,
  type Metrics,
} from "../../src/ports/telemetry.ts";

/** A host with routes of a test's own, on a free port of the loopback. */
export interface TestHost {
  readonly host: HttpHost;
  readonly deps: HttpHostDeps;
  readonly port: number;
  readonly url: string;
  readonly metrics: Metrics;
  readonly renderMetrics: () => Promise<string>;
  /** What the host logged at warn and error. */
  readonly complaints: { readonly fields: object; readonly message: string }[];
  readonly accesses: AccessEntry[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export const viewerOfAnna: Viewer = { accountId: 17n, sessionId: 170n };
export const viewerOfBora: Viewer = { accountId: 18n, sessionId: 180n };

export const testKeyring = createKeyring([{ id: 1, secret: Buffer.alloc(32, 7) }]);

/** Tokens are `anna` and `bora`; every other is dead. */
function authenticate(_context: unknown, token: string): Promise<Viewer | null> {
  const viewers: Record<string, Viewer> = { anna: viewerOfAnna, bora: viewerOfBora };
  return Promise.resolve(viewers[token] ?? null);
}

export async function startTestHost(
  routes: readonly Route[],
  overrides: Partial<HttpHostDeps> = {},
): Promise<TestHost> {
  const telemetry = createMetrics({ processMetrics: false });
  const complaints: TestHost["complaints"] = [];
  const accesses: AccessEntry[] = [];
  const complain = (fields: object, message: string): void => {
    complaints.push({ fields, message });
  };
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: complain,
    error: complain,
  };
  const deps: HttpHostDeps = {
    version: "0.0.0-test",
    settings: { ...httpSettingsDefault, ...overrides.settings },
    routes,
    authenticate,
    record: {
      read: () => Promise.reject(new Error("this test has no record")),
      write: () => Promise.reject(new Error("this test has no record")),
      writeInGroup: () => Promise.reject(new Error("this test has no record")),
      positionOf: String,
    },
    log: { waitFor: () => Promise.resolve(true) },
    keyring: testKeyring,
    clock: systemClock,
    logger,
    accessLog: (entry) => void accesses.push(entry),
    metrics: telemetry.metrics,
    requests: telemetry.requests,
    tracer: noTracer,
    ...overrides,
  };
  const host = createHttpHost(deps);
  const { port } = await host.listen({ port: 0, host: "127.0.0.1" });
  const url = `http://127.0.0.1:${port}`;
  return {
    host,
    deps,
    port,
    url,
    metrics: telemetry.metrics,
    renderMetrics: async () => renderMetrics([await telemetry.snapshot()]),
    complaints,
    accesses,
    fetch: (path, init) => fetch(url + path, init),
  };
}

/** A GET without a viewer that answers whatever `handle` does. */
export function getRoute(
  path: string,
  handle: (call: Call<unknown, unknown, unknown>) => Promise<Answer> | Answer,
  more: Partial<Route> = {},
): Route {
  return defineRoute({
    method: "GET",
    path,
    operationId: operationIdOf("get", path),
    tag: "Test",
    summary: "A route of a test",
    viewer: "none",
    answers: { 200: Type.Unknown() },
    ...more,
    handle: async (call) => handle(call),
  });
}

/** A POST whose body is `{text}`. */
export function postRoute(
  path: string,
  handle: (call: Call<unknown, unknown, { text: string }>) => Promise<Answer> | Answer,
  more: Partial<Route> = {},
): Route {
  return defineRoute({
    method: "POST",
    path,
    operationId: operationIdOf("post", path),
    tag: "Test",
    summary: "A route of a test",
    viewer: "none",
    body: Type.Object({ text: Type.String({ maxLength: 100 }) }, { additionalProperties: false }),
    answers: { 201: Type.Unknown() },
    ...more,
    handle: async (call) => handle(call as unknown as Call<unknown, unknown, { text: string }>),
  });
}

/** A POST of bytes that the handler reads as they come. */
export function streamRoute(
  path: string,
  handle: (call: Call<unknown, unknown, unknown>) => Promise<Answer> | Answer,
  more: Partial<Route> = {},
): Route {
  return defineRoute({
    method: "POST",
    path,
    operationId: operationIdOf("post", path),
    tag: "Test",
    summary: "A route of a test",
    viewer: "none",
    streamOf: ["application/octet-stream"],
    answers: { 201: Type.Unknown() },
    ...more,
    handle: async (call) => handle(call),
  });
}

function operationIdOf(method: string, path: string): string {
  return method + path.replaceAll(/\W+(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

export function json(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** Sends bytes as they are and gives everything that comes back until the server hangs up. */
export function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(bytes);
    });
    let received = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      received += text;
    });
    socket.on("close", () => {
      resolve(received);
    });
    socket.on("error", reject);
  });
}

/** Waits for a condition, looking again after every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

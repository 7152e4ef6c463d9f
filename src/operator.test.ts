import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "./adapters/system/clock.ts";
import { createLogger, type RootLogger } from "./adapters/telemetry/logger.ts";
import { createMetrics } from "./adapters/telemetry/metrics.ts";
import { sendSignal } from "./adapters/embedded/processes.ts";
import { httpSettingsDefault } from "./http/settings.ts";
import { createOperator, type Operator, type ReportedNode } from "./operator.ts";

interface Scene {
  readonly operator: Operator;
  readonly logger: RootLogger;
  readonly url: string;
  /** Lines of the node's log. */
  readonly lines: readonly string[];
  follow(node?: Partial<ReportedNode>): void;
  pid(): Promise<number>;
}

const metrics = createMetrics({ processMetrics: false });

function create(port: number, hungMs = 10_000): Pick<Scene, "operator" | "logger" | "lines"> {
  const lines: string[] = [];
  const logger = createLogger({
    level: "warn",
    clock: systemClock,
    destination: { write: (line) => void lines.push(line), flush: () => undefined },
  });
  const operator = createOperator({
    address: { host: "127.0.0.1", port },
    settings: httpSettingsDefault,
    logger,
    metrics: metrics.metrics,
    clock: systemClock,
    metricsEveryMs: 100,
    hungMs,
  });
  onTestFinished(operator.stop);
  return { operator, logger, lines };
}

async function start(hungMs?: number): Promise<Scene> {
  const made = create(0, hungMs);
  const { port } = await made.operator.start();
  const url = `http://127.0.0.1:${port}`;
  return {
    ...made,
    url,
    follow(node = {}) {
      made.operator.follow({
        readiness: () => ({ status: "ready", missing: [], impaired: [] }),
        metrics: metrics.snapshot,
        redriven: () => undefined,
        ...node,
      });
    },
    async pid() {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^maru_operator_process_id (\d+)$/m.exec(text)?.[1]);
    },
  };
}

async function ask(url: string, path: string): Promise<unknown> {
  const answer = await fetch(url + path);
  return [answer.status, ((await answer.json()) as { status: unknown }).status];
}

test("before the node tells of itself it is starting", async () => {
  const { url, follow, operator } = await start();
  expect(await ask(url, "/livez")).toEqual([503, "starting"]);
  expect(await ask(url, "/readyz")).toEqual([503, "not ready"]);
  follow();
  await operator.report();
  expect(await ask(url, "/livez")).toEqual([200, "live"]);
  expect(await ask(url, "/readyz")).toEqual([200, "ready"]);
});

test("operators are told what the node told last, its metrics and their own", async () => {
  const { url, follow, operator } = await start();
  const things = metrics.metrics.counter("maru_test_things", "Things.");
  things.add(3);
  metrics.requests.route("GET", "/v1/feed")(200, 0.002);
  follow({
    readiness: () => ({
      status: "not ready",
      missing: [{ name: "log", reason: "it cannot be read" }],
      impaired: [],
    }),
  });
  await operator.report();
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
    missing: [{ name: "log", reason: "it cannot be read" }],
  });
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain("maru_test_things 3\n");
  expect(text).toMatch(/^maru_http_admin_in_flight 1$/m);
  expect(text).toContain('maru_http_request_seconds_count{method="GET",route="/v1/feed"');
  expect(text).toContain('maru_http_request_seconds_count{method="GET",route="/readyz"');
});

test("a node that says nothing any more is silent, and its last metrics are told", async () => {
  const { url, follow, operator } = await start();
  let isStuck = false;
  const stuck = new Promise<never>(() => undefined);
  follow({ metrics: () => (isStuck ? stuck : metrics.snapshot()) });
  await operator.report();
  isStuck = true;
  await expect.poll(() => ask(url, "/readyz")).toEqual([503, "silent"]);
  await expect.poll(() => ask(url, "/livez")).toEqual([503, "silent"]);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("maru_reported_timestamp_seconds");
});

test("the log level is changed in the node, and it is said when the node does not answer", async () => {
  const { url, follow, logger, operator } = await start();
  const change = async (level: string): Promise<number> => {
    const answer = await fetch(`${url}/admin/v1/log-level`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ level }),
    });
    return answer.status;
  };
  expect(await change("debug")).toBe(503);
  follow();
  await operator.report();
  expect(await change("error")).toBe(200);
  expect(logger.level()).toBe("error");
  expect(await (await fetch(`${url}/admin/v1/log-level`)).json()).toEqual({ level: "error" });
});

test("dead letters are told of as soon as there is a database, and it is said until then", async () => {
  const { url } = await start();
  const answer = await fetch(`${url}/admin/v1/dead-letters`);
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { code: "request.unavailable", detail: "The node has no database yet." },
  ]);
});

test.each(["SIGKILL", "SIGSTOP"] as const)(
  "after %s it is started again, at the same address, and is told of the node",
  async (signal) => {
    const { url, follow, operator, pid, lines } = await start(300);
    follow();
    await operator.report();
    const before = await pid();
    sendSignal(before, signal);
    await expect.poll(() => pid().catch(() => before)).not.toBe(before);
    await expect.poll(() => ask(url, "/readyz")).toEqual([200, "ready"]);
    expect(lines.join("")).toContain("is started again");
  },
);

test("a node that cannot say how it is goes on, and is told of once it can", async () => {
  const { url, follow, operator, lines } = await start();
  let fails = true;
  follow({
    readiness() {
      if (fails) throw new Error("no idea");
      return { status: "ready", missing: [], impaired: [] };
    },
  });
  await operator.report();
  expect(await ask(url, "/readyz")).toEqual([503, "not ready"]);
  expect(lines.join("")).toContain("no idea");
  fails = false;
  await expect.poll(() => ask(url, "/readyz")).toEqual([200, "ready"]);
});

test("where another has its address after its end, it is tried again until that is free", async () => {
  const { url, follow, operator, pid, lines } = await start();
  follow();
  await operator.report();
  const before = await pid();
  sendSignal(before, "SIGKILL");
  const other = createServer();
  await expect
    .poll(
      () =>
        new Promise((resolve) => {
          other.once("error", () => {
            resolve(false);
          });
          other.listen(Number(new URL(url).port), "127.0.0.1", () => {
            resolve(true);
          });
        }),
      { interval: 20 },
    )
    .toBe(true);
  await expect.poll(() => lines.join("")).toContain("could not be started again");
  await new Promise((resolve) => other.close(resolve));
  await expect.poll(() => ask(url, "/readyz").catch(() => null)).toEqual([200, "ready"]);
});

test("signals that a terminal sends to all do not end it before the node", async () => {
  const { url, follow, operator, pid } = await start();
  follow();
  await operator.report();
  const before = await pid();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    sendSignal(before, signal);
  }
  await operator.report();
  expect(await ask(url, "/readyz")).toEqual([200, "ready"]);
  expect(await pid()).toBe(before);
});

test("an address that cannot be had is said, and nothing is left running", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const { operator } = create(port);
  await expect(operator.start()).rejects.toThrow(/EADDRINUSE|in use/);
  await operator.stop();
});

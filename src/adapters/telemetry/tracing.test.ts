import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { getRoute, startTestHost } from "../../../test/support/http.ts";
import { formatTraceparent, parseTraceparent } from "./trace-parent.ts";
import { createTracing, type Tracing } from "./tracing.ts";

const incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const notSampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const options = { enabled: true, serviceName: "maru", serviceVersion: "1.2.3" };

let exporter: InMemorySpanExporter;
let tracing: Tracing;

beforeEach(() => {
  exporter = new InMemorySpanExporter();
  tracing = createTracing({ ...options, processor: new SimpleSpanProcessor({ exporter }) });
});
afterEach(() => tracing.shutdown());

describe("a span", () => {
  test("belongs to the trace that came in, and hands it on", () => {
    const outer = tracing.tracer.startSpan("outer", { traceparent: incoming, kind: "server" });
    const inner = tracing.tracer.startSpan("inner", { traceparent: outer.traceparent });
    inner.setAttribute("rows", 3);
    inner.end(new Error("no rows"));
    outer.end();
    const [innerSpan, outerSpan] = exporter.getFinishedSpans();
    expect(outerSpan?.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
    expect(innerSpan?.parentSpanContext?.spanId).toBe(outerSpan?.spanContext().spanId);
    expect(innerSpan?.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(innerSpan?.attributes).toMatchObject({ rows: 3 });
    expect(innerSpan?.status.code).toBe(2);
    expect(innerSpan?.events[0]?.name).toBe("exception");
  });

  test("begins a trace where none came in, or none that can be read", () => {
    for (const traceparent of [null, "nonsense", `00-${"0".repeat(32)}-b7ad6b7169203331-01`]) {
      const span = tracing.tracer.startSpan("root", { traceparent });
      expect(span.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      span.end();
    }
    expect(exporter.getFinishedSpans().map(({ parentSpanContext }) => parentSpanContext)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("is not recorded where its trace is not, but hands the trace on", () => {
    const span = tracing.tracer.startSpan("quiet", { traceparent: notSampled });
    expect(span.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    span.end();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

test("a sampler that keeps nothing records nothing", async () => {
  const processor = new SimpleSpanProcessor({ exporter });
  const sampling = { name: "parentbased_traceidratio", argument: "0" };
  const sampled = createTracing({ ...options, processor, sampling });
  sampled.tracer.startSpan("root", { traceparent: null }).end();
  sampled.tracer.startSpan("child", { traceparent: incoming }).end();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["child"]);
  await sampled.shutdown();
});

test("a sampler that is not known is named with those that are", () => {
  const unknown = { ...options, sampling: { name: "often", argument: undefined } };
  expect(() => createTracing(unknown)).toThrow('OTEL_TRACES_SAMPLER is "often"');
  const tooMuch = { ...options, sampling: { name: "traceidratio", argument: "2" } };
  expect(() => createTracing(tooMuch)).toThrow('OTEL_TRACES_SAMPLER_ARG is "2"');
});

test("off, it makes no spans and no trace", async () => {
  const off = createTracing({ ...options, enabled: false });
  expect(off.tracer.enabled).toBe(false);
  expect(off.tracer.startSpan("none", { traceparent: incoming }).traceparent).toBeNull();
  await off.shutdown();
});

test("traceparent is read and written as W3C says", () => {
  const context = parseTraceparent(incoming);
  expect(context && formatTraceparent(context)).toBe(incoming);
  expect(parseTraceparent(`cc${incoming.slice(2)}-later`)).toBeDefined();
  expect(parseTraceparent(`ff${incoming.slice(2)}`)).toBeUndefined();
  expect(parseTraceparent(incoming.toUpperCase())).toBeUndefined();
});

test("a request is a server span of its client's trace", async () => {
  const server = await startTestHost(
    [
      getRoute("/v1/things/{id}", ({ context }) => ({
        status: 200,
        body: { traceparent: context.traceparent },
      })),
    ],
    { tracer: tracing.tracer },
  );
  const response = await server.fetch("/v1/things/7", { headers: { traceparent: incoming } });
  const { traceparent } = (await response.json()) as { traceparent: string };
  const [span] = exporter.getFinishedSpans();
  expect(span).toMatchObject({
    name: "GET /v1/things/{id}",
    attributes: { "http.route": "/v1/things/{id}", "http.response.status_code": 200 },
  });
  expect(traceparent).toContain(span?.spanContext().spanId);
  expect(server.accesses[0]?.traceparent).toBe(traceparent);
  await server.host.close();
});

test("spans reach the collector that the standard variables name", async () => {
  const received: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const collector = createServer((request, response) => {
    received.push({ url: request.url, headers: request.headers });
    request.resume().on("end", () => response.end("{}"));
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${port}`);
  const exported = createTracing(options);
  exported.tracer.startSpan("sent", { traceparent: null }).end();
  await exported.shutdown();
  vi.unstubAllEnvs();
  expect(received.map(({ url }) => url)).toEqual(["/v1/traces"]);
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

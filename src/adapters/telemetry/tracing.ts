import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider, type SpanProcessor } from "@opentelemetry/sdk-trace";
import { noTracer, type Span, type SpanOptions, type Tracer } from "../../ports/telemetry.ts";
import { createSampler, type Sampling } from "./sampling.ts";
import { formatTraceparent, parseTraceparent } from "./trace-parent.ts";

export interface Tracing {
  readonly tracer: Tracer;
  /** Exports what is left; afterwards spans are dropped. */
  shutdown(): Promise<void>;
}

export interface TracingOptions {
  /** Set when the standard variables name an endpoint; the exporter reads the endpoint itself. */
  readonly enabled: boolean;
  /** Overridden by `OTEL_SERVICE_NAME`. */
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Every trace is kept where it is not given. */
  readonly sampling?: Sampling;
  /** Where spans go instead of the OTLP exporter, for tests. */
  readonly processor?: SpanProcessor;
}

const instrumentation = "maru";

export const tracingOff: Tracing = { tracer: noTracer, shutdown: async () => undefined };

/**
 * Spans by OpenTelemetry, exported by OTLP over HTTP in batches. Off, it costs nothing: spans are
 * handed on by their `traceparent`, so no ambient context is kept for them.
 */
export function createTracing(options: TracingOptions): Tracing {
  if (!options.enabled) {
    return tracingOff;
  }
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({
          "service.name": options.serviceName,
          "service.version": options.serviceVersion,
        }),
      )
      .merge(
        detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }),
      ),
    spanProcessors: [
      options.processor ?? new BatchSpanProcessor({ exporter: new OTLPTraceExporter() }),
    ],
    sampler: createSampler(options.sampling ?? { name: undefined, argument: undefined }),
  });
  const source = provider.getTracer(instrumentation, options.serviceVersion);

  return {
    tracer: {
      enabled: true,
      startSpan(name, spanOptions) {
        const kind = spanKinds[spanOptions.kind ?? "internal"];
        const attributes = spanOptions.attributes ?? {};
        return wrap(source.startSpan(name, { kind, attributes }, parentOf(spanOptions)));
      },
    },
    shutdown: () => provider.shutdown(),
  };
}

const spanKinds: Readonly<Record<NonNullable<SpanOptions["kind"]>, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

function parentOf({ traceparent }: SpanOptions): Context {
  const parent = traceparent === null ? undefined : parseTraceparent(traceparent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

function wrap(span: OtelSpan): Span {
  return {
    traceparent: formatTraceparent(span.spanContext()),
    setAttribute(name, value) {
      span.setAttribute(name, value);
    },
    end(error) {
      if (error !== undefined) {
        span.recordException(error instanceof Error ? error : "not an Error");
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

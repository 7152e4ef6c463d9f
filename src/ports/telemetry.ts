/** What modules may measure and say; names follow Prometheus: `maru_<module>_<what>_<unit>`. */
export type Labels = Readonly<{ [name: string]: string }>;

export interface Counter {
  add(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  /** `read` is called at each scrape. */
  gauge(name: string, help: string, read: () => number): void;
  /** Gauges that differ in one label; what `read` leaves out is told no more. */
  gauges(
    name: string,
    help: string,
    labelName: string,
    read: () => Readonly<{ [label: string]: number }>,
  ): void;
  /** A counter that is kept elsewhere, with one label; `read` is called at each scrape. */
  tally(
    name: string,
    help: string,
    labelName: string,
    read: () => Readonly<{ [label: string]: number }>,
  ): void;
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly string[],
  ): Histogram;
}

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** The level below which nothing is logged; operators change it while the node runs. */
export interface LogControl {
  level(): LogLevel;
  setLevel(level: LogLevel): void;
}

/** One answered request. */
export interface AccessEntry {
  readonly requestId: string;
  readonly method: string;
  /** The pattern, such as `/v1/stories/{id}`. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** Of the answer's body. */
  readonly bytes: number;
  readonly accountId: string | null;
  /** What the client calls the request: visible ASCII. */
  readonly clientRequestId: string | null;
  readonly traceparent: string | null;
  /** The client went away before it had the answer. */
  readonly aborted: boolean;
}

/** A log line for each request, at level info. Apart from `Logger` because it is on the hottest path. */
export type AccessLog = (entry: AccessEntry) => void;

/**
 * Requests by route, apart from `Metrics` because they are counted on the hottest path: a route is
 * bound once, and an answer then costs a few additions.
 */
export interface RequestMetrics {
  route(method: string, route: string): (status: number, seconds: number) => void;
}

export type SpanAttributes = Readonly<{ [name: string]: string | number | boolean }>;

export interface SpanOptions {
  /** Of the span that this one belongs to; null begins a trace. */
  readonly traceparent: string | null;
  /** "internal" where it is not given. */
  readonly kind?: "internal" | "server" | "client" | "producer" | "consumer";
  readonly attributes?: SpanAttributes;
}

export interface Span {
  /** For what this span causes: the context's, an event's, an outgoing request's. Null when tracing is off. */
  readonly traceparent: string | null;
  setAttribute(name: string, value: string | number | boolean): void;
  /** With what it failed with, if it did. */
  end(error?: unknown): void;
}

/** Spans are handed on explicitly, by `traceparent`; nothing is kept in an ambient context. */
export interface Tracer {
  /** False: spans are not recorded, and `startSpan` costs nothing. */
  readonly enabled: boolean;
  startSpan(name: string, options: SpanOptions): Span;
}

const noSpan: Span = { traceparent: null, setAttribute: () => undefined, end: () => undefined };

/** Tracing that is off. */
export const noTracer: Tracer = { enabled: false, startSpan: () => noSpan };

import { INVALID_SPAN_CONTEXT, type SpanContext } from "@opentelemetry/api";

/** W3C Trace Context, version 00: `00-<trace id>-<span id>-<flags>`; later versions may append fields. */
const pattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const hexadecimal = 16;

/** The span that a `traceparent` names; undefined for anything that is none. */
export function parseTraceparent(text: string): SpanContext | undefined {
  const [, traceId = "", spanId = "", flags = ""] = pattern.exec(text) ?? [];
  const valid =
    traceId !== "" &&
    traceId !== INVALID_SPAN_CONTEXT.traceId &&
    spanId !== INVALID_SPAN_CONTEXT.spanId;
  return valid
    ? { traceId, spanId, traceFlags: Number.parseInt(flags, hexadecimal), isRemote: true }
    : undefined;
}

export function formatTraceparent(context: SpanContext): string {
  const flags = context.traceFlags.toString(hexadecimal).padStart(2, "0");
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}

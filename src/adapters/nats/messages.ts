import { Type, type Static, type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { LogBatch } from "../../ports/carrier.ts";
import type { EventEnvelope, JsonObject } from "../../ports/event.ts";

/**
 * What nodes tell each other: JSON, with big integers as decimal strings. A node ignores versions
 * that it does not know, so that two releases may run side by side; what it missed it reads from the
 * record.
 */
const version = 1;
/** What stands around the events of a message; names of nodes are far shorter. */
const envelopeBytesMax = 1_024;

const decimal = Type.String({ pattern: "^[0-9]{1,20}$" });
const count = Type.Integer({ minimum: 0 });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const eventSchema = Type.Object({
  id: decimal,
  type: Type.String(),
  aggregate: Type.Object({ type: Type.String(), id: decimal, version: Type.Integer() }),
  actorId: nullable(decimal),
  data: Type.Unsafe<JsonObject>(Type.Object({})),
  log: Type.String(),
  epoch: count,
  position: nullable(count),
  transactionId: decimal,
  region: count,
  atMs: Type.Number(),
  requestId: Type.String(),
  traceparent: nullable(Type.String()),
});

const batchMessage = Compile(
  Type.Object({
    node: Type.String(),
    holderEpoch: decimal,
    position: count,
    watermark: Type.Object({ epoch: count, xmin: decimal, position: count }),
    events: Type.Array(eventSchema),
  }),
);

const spreadMessage = Compile(
  Type.Object({ node: Type.String(), events: Type.Array(eventSchema) }),
);

const versioned = Compile(Type.Object({ v: Type.Integer() }));

export type Undecodable = "malformed" | "other-version";

export interface BatchMessage {
  /** Who sent it. */
  readonly node: string;
  readonly batch: LogBatch;
}

export interface SpreadMessage {
  readonly node: string;
  readonly events: readonly EventEnvelope[];
}

function encodeEvent(event: EventEnvelope): string {
  const { aggregate } = event;
  const encoded: Static<typeof eventSchema> = {
    id: String(event.id),
    type: event.type,
    aggregate: { type: aggregate.type, id: String(aggregate.id), version: aggregate.version },
    actorId: event.actorId === null ? null : String(event.actorId),
    data: event.data,
    log: event.log,
    epoch: event.epoch,
    position: event.position,
    transactionId: String(event.transactionId),
    region: event.region,
    atMs: event.atMs,
    requestId: event.requestId,
    traceparent: event.traceparent,
  };
  return JSON.stringify(encoded);
}

function decodeEvent(event: Static<typeof eventSchema>): EventEnvelope {
  const { aggregate } = event;
  return {
    id: BigInt(event.id),
    type: event.type,
    aggregate: { type: aggregate.type, id: BigInt(aggregate.id), version: aggregate.version },
    actorId: event.actorId === null ? null : BigInt(event.actorId),
    data: event.data,
    log: event.log,
    epoch: event.epoch,
    position: event.position,
    transactionId: BigInt(event.transactionId),
    region: event.region,
    atMs: event.atMs,
    requestId: event.requestId,
    traceparent: event.traceparent,
  };
}

/** Events that fit into one message, as JSON; none where one is too big, and only told of. */
interface Part {
  readonly texts: string[];
  last: EventEnvelope;
}

function divide(events: readonly EventEnvelope[], bytesMax: number): Part[] {
  const parts: Part[] = [];
  let open: Part | null = null;
  let bytes = 0;
  for (const event of events) {
    const text = encodeEvent(event);
    const more = Buffer.byteLength(text) + 1;
    if (more > bytesMax) {
      parts.push({ texts: [], last: event });
      open = null;
    } else if (open === null || bytes + more > bytesMax) {
      open = { texts: [text], last: event };
      bytes = more;
      parts.push(open);
    } else {
      open.texts.push(text);
      open.last = event;
      bytes += more;
    }
  }
  return parts;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/**
 * How far the log is once this part is there. Positions follow the order of transactions, so
 * whatever belongs to a transaction before the part's last one has its position in it or before.
 */
function upTo(last: EventEnvelope, batch: LogBatch): Pick<LogBatch, "position" | "watermark"> {
  const { watermark } = batch;
  const position = Math.min(last.position ?? 0, watermark.position);
  const xmin = least(last.transactionId, watermark.xmin);
  return { position, watermark: { epoch: watermark.epoch, xmin, position } };
}

function join(fields: object, texts: readonly string[]): string {
  return `${JSON.stringify({ v: version, ...fields }).slice(0, -1)},"events":[${texts.join(",")}]}`;
}

/**
 * One message, or several that follow each other where it would be larger than this. An event that
 * is too large for a message is left out: its position is told, and followers read it from the record.
 */
export function encodeBatch(node: string, batch: LogBatch, bytesMax: number): string[] {
  const encode = (
    { position, watermark }: Pick<LogBatch, "position" | "watermark">,
    texts: readonly string[],
  ): string => {
    const mark = { ...watermark, xmin: String(watermark.xmin) };
    const holderEpoch = String(batch.holderEpoch);
    return join({ node, holderEpoch, position, watermark: mark }, texts);
  };
  const parts = divide(batch.events, bytesMax - envelopeBytesMax);
  const last = parts.pop();
  return [
    ...parts.map((part) => encode(upTo(part.last, batch), part.texts)),
    encode(batch, last?.texts ?? []),
  ];
}

/** Null where it would be larger. */
export function encodeSpread(
  node: string,
  events: readonly EventEnvelope[],
  bytesMax: number,
): string | null {
  const text = join({ node }, events.map(encodeEvent));
  return Buffer.byteLength(text) > bytesMax ? null : text;
}

function parse<T>(
  data: Uint8Array,
  schema: { Check(value: unknown): value is T },
): T | Undecodable {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    return "malformed";
  }
  if (!versioned.Check(value)) {
    return "malformed";
  }
  if (value.v !== version) {
    return "other-version";
  }
  return schema.Check(value) ? value : "malformed";
}

export function decodeBatch(data: Uint8Array): BatchMessage | Undecodable {
  const message = parse(data, batchMessage);
  if (typeof message === "string") {
    return message;
  }
  const { node, holderEpoch, position, watermark, events } = message;
  return {
    node,
    batch: {
      holderEpoch: BigInt(holderEpoch),
      events: events.map(decodeEvent),
      position,
      watermark: { ...watermark, xmin: BigInt(watermark.xmin) },
    },
  };
}

export function decodeSpread(data: Uint8Array): SpreadMessage | Undecodable {
  const message = parse(data, spreadMessage);
  return typeof message === "string"
    ? message
    : { node: message.node, events: message.events.map(decodeEvent) };
}

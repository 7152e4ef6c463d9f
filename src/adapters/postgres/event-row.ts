import type { EventEnvelope, JsonObject } from "../../ports/log.ts";
import { logName } from "./log-schema.ts";

/** An event as the driver gives it; xid8 comes as text. */
export interface EventRow {
  readonly position: bigint;
  readonly epoch: number;
  readonly transaction_id: string;
  readonly id: bigint;
  readonly aggregate_id: bigint;
  readonly version: bigint;
  readonly actor_id: bigint | null;
  readonly at_ms: bigint;
  readonly region: number;
  readonly type: string;
  readonly aggregate_type: string;
  readonly request_id: string;
  readonly traceparent: string | null;
  readonly data: JsonObject;
}

export function eventOf(row: EventRow): EventEnvelope {
  return {
    id: row.id,
    type: row.type,
    aggregate: { type: row.aggregate_type, id: row.aggregate_id, version: Number(row.version) },
    actorId: row.actor_id,
    data: row.data,
    log: logName,
    epoch: row.epoch,
    position: Number(row.position),
    transactionId: BigInt(row.transaction_id),
    region: row.region,
    atMs: Number(row.at_ms),
    requestId: row.request_id,
    traceparent: row.traceparent,
  };
}

/** An event as JSON from which PostgreSQL makes its row again; ids are text, because they exceed JSON's numbers. */
export function storedEvent(event: EventEnvelope): JsonObject {
  return {
    position: event.position,
    epoch: event.epoch,
    transaction_id: String(event.transactionId),
    id: String(event.id),
    aggregate_id: String(event.aggregate.id),
    version: event.aggregate.version,
    actor_id: event.actorId === null ? null : String(event.actorId),
    at_ms: event.atMs,
    region: event.region,
    type: event.type,
    aggregate_type: event.aggregate.type,
    request_id: event.requestId,
    traceparent: event.traceparent,
    data: event.data,
  };
}

import { present } from "../../kernel/assert.ts";
import type { Statement, TransactionSql } from "../../ports/record.ts";
import type { PreparedEvent } from "./event-sink.ts";

/**
 * Writes the events of a transaction in one statement, whose text is the same for any number of
 * them, so that PostgreSQL plans it once a connection. Not sent yet; gives the transaction's id.
 */
export function outboxInsert(sql: TransactionSql, events: readonly PreparedEvent[]): Statement {
  const rows = events.map((event) => ({
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
  }));
  // The rows are numbered in the order of the array: a function's rows come as they are made.
  return sql`
    INSERT INTO log.outbox
      (id, aggregate_id, version, actor_id, at_ms, region, type, aggregate_type, request_id, traceparent, data)
    SELECT * FROM jsonb_to_recordset(${sql.json(rows)}) AS event (
      id bigint, aggregate_id bigint, version bigint, actor_id bigint, at_ms bigint, region smallint,
      type text, aggregate_type text, request_id text, traceparent text, data jsonb)
    RETURNING transaction_id::text`;
}

/** The same at once. Returns the transaction's id. */
export async function appendToOutbox(
  sql: TransactionSql,
  events: readonly PreparedEvent[],
): Promise<bigint> {
  const written = await outboxInsert(sql, events);
  const row = present(written[0], "the transaction of the events");
  return BigInt(row["transaction_id"] as string);
}

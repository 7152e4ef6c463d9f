import type { EventEnvelope } from "../../ports/log.ts";
import type { Sql } from "../../ports/record.ts";
import { eventOf, type EventRow } from "./event-row.ts";
import { logName } from "./log-schema.ts";

/** Positioned events after a position, oldest first. */
export async function readEvents(
  sql: Sql,
  after: number,
  limit: number,
): Promise<readonly EventEnvelope[]> {
  const rows = await sql<EventRow[]>`
    SELECT position, epoch, transaction_id, id, aggregate_id, version, actor_id, at_ms, region, type,
      aggregate_type, request_id, traceparent, data
    FROM log.events WHERE position > ${after} ORDER BY position LIMIT ${limit}`;
  return rows.map(eventOf);
}

/**
 * The same for a reader that may come late: "gone" where events after this position are not kept
 * any more, or where the log never came so far, because it is another than the reader knew.
 */
export async function readAfter(
  sql: Sql,
  after: number,
  limit: number,
): Promise<readonly EventEnvelope[] | "gone"> {
  for (;;) {
    const events = await readEvents(sql, after, limit);
    const [first] = events;
    if (first !== undefined) {
      return first.position === after + 1 ? events : "gone";
    }
    const [state] = await sql<{ position: bigint; kept: boolean }[]>`
      SELECT position, EXISTS (SELECT FROM log.events WHERE position > ${after}) AS kept
      FROM log.state WHERE log = ${logName}`;
    if (state?.kept !== true) {
      return Number(state?.position) === after ? [] : "gone";
    }
  }
}

import type { Context } from "../../kernel/context.ts";
import type { Deadline } from "../../kernel/deadline.ts";
import type { EventEnvelope, NewEvent } from "../../ports/log.ts";
import type { Hidden } from "./hiding.ts";

/** An event with everything but what its transaction gives: its id there, and its place in the log. */
export type PreparedEvent = Omit<EventEnvelope, "position" | "transactionId">;

/** What the record needs of the log. */
export interface EventSink {
  /** Mints ids and checks each event against its schema; a mismatch is a bug and throws. */
  prepare(context: Context, events: readonly NewEvent[]): readonly PreparedEvent[];
  /** The `Maru-Position` of a write; null for one that wrote no event, which every node has. */
  positionOf(transactionId: bigint | null): string;
  /** After the commit: wakes the relay, and waits for the views of this node; false: they are slow. */
  committed(events: readonly EventEnvelope[]): Promise<boolean>;
  /** After that: resolves when no node shows any more what was hidden. */
  hidden(deadline: Deadline, hidden: Hidden): Promise<void>;
}

/** The envelope of an event that is committed and not yet positioned. */
export function committedEvent(prepared: PreparedEvent, transactionId: bigint): EventEnvelope {
  return { ...prepared, transactionId, position: null };
}

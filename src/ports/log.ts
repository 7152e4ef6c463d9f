import type { TSchema } from "typebox";
import type { Context } from "../kernel/context.ts";
import type { Id } from "../kernel/id.ts";
import type { EventEnvelope } from "./event.ts";
import type { Transaction } from "./record.ts";

export type { Aggregate, EventEnvelope, Json, JsonObject, NewEvent } from "./event.ts";

/** How an event reaches a view. */
export interface Delivery {
  /**
   * False the first time this node's view gets the event; true when the positioned event follows
   * one that was applied right after commit. A view that adds deltas skips repeats; a view of
   * versioned states need not look. Live streams send on the positioned delivery.
   */
  readonly repeated: boolean;
}

/**
 * A view in memory. It gets each event of its types at least once: on the node that took the
 * command right after commit (position null), then in log order with its position.
 * Everything committed before `start` resolved may be loaded from the record instead.
 */
export interface View {
  readonly name: string;
  readonly types: readonly string[];
  /**
   * Fast. May be asynchronous where it must load; positioned events wait for it in order, while
   * events right after their commit do not: whatever it awaits, both orders must come to the same.
   * A view that throws gets a positioned event again until it succeeds.
   */
  apply(event: EventEnvelope, delivery: Delivery): void | Promise<void>;
}

/**
 * A consumer whose progress is stored in the record, in the transaction of its effects, so that
 * each event has its effect exactly once. After `attemptsMax` failures, with back-off between, an
 * event becomes a dead letter and the consumer goes on.
 */
export interface DurableConsumer {
  readonly name: string;
  readonly types: readonly string[];
  readonly attemptsMax: number;
  handle(context: Context, event: EventEnvelope, tx: Transaction): Promise<void>;
}

/**
 * A consumer whose work is outside of the record and may take minutes: transcoding, fetching, sending.
 * Its events become entries of a list in the record; nodes take them from there under a lease, any
 * number at once and in no order. Whoever dies lets go of what it had, so the work may begin again and
 * must bear it. After `attemptsMax` attempts, with back-off between, the event is a dead letter of
 * `name`; sent back, it is new work.
 */
export interface DurableWorker {
  /** Of the consumer, too: no other worker and no consumer has it. */
  readonly name: string;
  readonly types: readonly string[];
  readonly attemptsMax: number;
  /** Events that a node works on at once. */
  readonly atOnceMax: number;
  /** Of one attempt; then `signal` is aborted and the attempt has failed. */
  readonly timeoutMs: number;
  /**
   * Outside of any transaction. What it gives is called in the transaction that ends the work, so
   * that its effects in the record are there exactly once.
   */
  work(context: Context, event: EventEnvelope, signal: AbortSignal): Promise<WorkDone>;
  /** In the transaction that makes the event a dead letter. */
  gaveUp?(context: Context, event: EventEnvelope, tx: Transaction): Promise<void>;
}

export type WorkDone = (tx: Transaction) => Promise<void>;

/** Every event type of a module with the schema of its `data`. `check` refuses incompatible changes. */
export type EventSchemas = Readonly<{ [type: string]: TSchema }>;

export interface LogPort {
  /** Of the log that is followed now; a position of another epoch means nothing here. */
  epoch(): number;
  /** The last position that every view of this node has applied. */
  appliedPosition(): number;
  /**
   * True once this node's views have the write (`Maru-Position`); waits up to `timeoutMs`. False:
   * read the record. Throws `invalid("Maru-Position", …)` for a text that is no position.
   */
  waitFor(position: string, timeoutMs: number): Promise<boolean>;
  /** Positioned events after `after`, oldest first, at most `limit`; "gone" when they are no longer kept. */
  readAfter(
    context: Context,
    after: number,
    limit: number,
  ): Promise<readonly EventEnvelope[] | "gone">;
}

/** An event that a durable consumer gave up on. Event and consumer together identify it. */
export interface DeadLetter {
  readonly consumer: string;
  readonly event: EventEnvelope;
  readonly attempts: number;
  /** What the last attempt failed with; for operators alone. */
  readonly error: string;
  /** Milliseconds since 1970; when the consumer gave up. */
  readonly atMs: number;
}

/** What operators do with dead letters. */
export interface DeadLetters {
  /** Oldest first; of every consumer where none is named. */
  list(
    context: Context,
    options: { readonly consumer?: string; readonly limit: number },
  ): Promise<readonly DeadLetter[]>;
  /** Hands them to their consumers anew, all or those of the given event ids; how many there were. */
  redrive(
    context: Context,
    options: { readonly consumer?: string; readonly ids?: readonly Id[] },
  ): Promise<number>;
}

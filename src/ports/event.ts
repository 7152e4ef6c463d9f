import type { Id } from "../kernel/id.ts";

/** Values that JSON can hold. Ids are decimal strings here, as everywhere outside memory. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface Aggregate {
  /** What the event is about, such as `story`. */
  readonly type: string;
  readonly id: Id;
  /** Rises with every change of the aggregate; 0 where the event is a delta and order does not matter. */
  readonly version: number;
}

/** A fact, as a command states it: past tense, typed with a version (`stories.published.v1`). */
export interface NewEvent {
  readonly type: string;
  readonly aggregate: Aggregate;
  readonly actorId: Id | null;
  readonly data: JsonObject;
}

/** A fact, as the log holds it. */
export interface EventEnvelope extends NewEvent {
  /** Unique; what makes an effect idempotent. */
  readonly id: Id;
  readonly log: string;
  /** Changes when the record is replaced by another, so that positions of two histories never mix. */
  readonly epoch: number;
  /** From 1, without gaps. Null while the event is committed but not yet positioned. */
  readonly position: number | null;
  /** The transaction that wrote it; with a snapshot it tells whether loaded rows contain it. */
  readonly transactionId: bigint;
  readonly region: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly requestId: string;
  readonly traceparent: string | null;
}

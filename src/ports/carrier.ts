import type { EventEnvelope } from "./event.ts";

/**
 * Carries the log between the nodes of a cell. It makes things sooner and promises nothing: it may
 * lose, repeat, reorder and delay whatever it is given, and be away altogether. The truth is in the
 * record, where every node looks for what it was not brought.
 */
export interface LogCarrier {
  /** Brings what the other nodes send to this one, and goes on trying where the carrier is away. */
  start(receiver: CarrierReceiver): Promise<void>;
  /** From the node that gives positions to all others. Neither waits nor throws. */
  send(batch: LogBatch): void;
  /** Tells the node that gives positions, whichever it is, that something was committed. */
  wake(): void;
  /**
   * Brings the events of a transaction that was just committed here to every other node, before they
   * have positions. `applied` is called with the name of each node whose views have them, from now
   * on until the returned function is called. Neither waits nor throws.
   */
  spread(events: readonly EventEnvelope[], applied: (node: string) => void): () => void;
  /** Null while the carrier is there, otherwise what is wrong with it. */
  trouble(): string | null;
  stop(): Promise<void>;
}

/** How far the log has come, and the events that brought it there. */
export interface LogBatch {
  /** Rises with each node that takes over giving positions: a batch of a lower one is late. */
  readonly holderEpoch: bigint;
  /** Positioned, following each other; none where time alone has passed. */
  readonly events: readonly EventEnvelope[];
  /** The last position of the log. */
  readonly position: number;
  /** Every event of a transaction below `xmin` has a position up to `position`. */
  readonly watermark: {
    readonly epoch: number;
    readonly xmin: bigint;
    readonly position: number;
  };
}

/** What a node does with what it is brought. None of it throws. */
export interface CarrierReceiver {
  moved(batch: LogBatch): void;
  woken(): void;
  /** Events without positions of a transaction of another node; true once the views have them. */
  spread(events: readonly EventEnvelope[]): boolean | Promise<boolean>;
}

/** Of a node without others, or of one that looks into the record for them. */
export const noCarrier: LogCarrier = {
  start: () => Promise.resolve(),
  send: () => undefined,
  wake: () => undefined,
  spread: () => () => undefined,
  trouble: () => null,
  stop: () => Promise.resolve(),
};

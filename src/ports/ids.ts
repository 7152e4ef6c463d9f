import type { Id } from "../kernel/id.ts";
import type { Transaction } from "./record.ts";

/** Gives ids that no other node, thread or past process has given. */
export interface IdSource {
  /** Greater than every id that this source gave before. Throws 503 while it holds no lease. */
  mint(): Id;
}

/** Gives ids for things that happened in the past, such as an import's. */
export interface BackfillIds {
  /** One id for each time, in milliseconds since 1970; equal times get rising ids in the order given. */
  mintAt(tx: Transaction, timesMs: readonly number[]): Promise<readonly Id[]>;
}

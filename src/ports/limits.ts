/** So many within so much time, of each key. */
export interface Limit {
  /** Stable: what is counted is stored under it. */
  readonly name: string;
  readonly max: number;
  /** The time begins with a key's first. */
  readonly periodS: number;
}

/** How a key stands once one more has been taken. */
export interface Taken {
  readonly isWithin: boolean;
  /** How many more may be taken in this period. */
  readonly remaining: number;
  /** When the key begins anew, from now on. */
  readonly resetMs: number;
}

/**
 * Counts what is limited, over all nodes where they share a counter. It protects and promises
 * nothing: counts may be lost, and where the shared counter is away each node goes by its own. It
 * never throws, and never keeps anybody waiting for longer than a moment.
 */
export interface Limits {
  take(limit: Limit, key: string): Promise<Taken>;
  /** One that was taken does not count; where its period is over, the next begins with one to spare. */
  giveBack(limit: Limit, key: string): Promise<void>;
}

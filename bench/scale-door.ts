/**
 * The door for what no record of this machine could hold: ten million accounts with two billion
 * entries in their friend lists, put straight into the feed's caches, in a process of the feed's own
 * modules. What comes through it is labelled so.
 */
export interface DoorCommunity {
  readonly accounts: number;
  readonly friendsEach: number;
  /** Recent stories, spread evenly over the accounts. */
  readonly stories: number;
}

export interface DoorReading {
  /** CPU of a read of the newest 20 by a random viewer, in microseconds. */
  readonly cpuUsPerRead: number;
  readonly reads: number;
  /** Of the process, with all of it in memory. */
  readonly rssBytes: number;
  readonly bytesPerStory: number;
  readonly bytesPerFriendship: number;
}

export interface ScaleDoor {
  /** Seeds this community in a process of its own, reads for so many seconds, and ends it. */
  measure(
    community: DoorCommunity,
    options: { readonly seconds: number; readonly core: number },
  ): Promise<DoorReading>;
}

/** Null: this server has no such door. */
export const scaleDoor: ScaleDoor | null = null;

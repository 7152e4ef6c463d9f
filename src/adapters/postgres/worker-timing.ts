/** When a node looks for work, and how long it may keep it without a sign of life. */
export interface WorkTiming {
  /** Whose node dies is taken by others after this long. */
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** From the abort of a signal until the work counts as one that does not heed it. */
  readonly graceMs: number;
  /** The same where the node stops. */
  readonly stopGraceMs: number;
  /** What this node adds it takes at once; this finds what others add, what waited, and leases that are over. */
  readonly pollMs: number;
}

export const workTimingDefault: WorkTiming = {
  leaseMs: 30_000,
  renewEveryMs: 5_000,
  graceMs: 5_000,
  stopGraceMs: 1_000,
  pollMs: 2_000,
};

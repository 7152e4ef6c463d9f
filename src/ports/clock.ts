/** Time, handed in so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970, as the machine believes; it may step back. */
  nowMs(): number;
  /** Milliseconds since some start, the same in every thread of a process; it never steps back. */
  monotonicMs(): number;
}

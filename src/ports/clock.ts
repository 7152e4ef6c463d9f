/** Time, handed in so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970, as the machine believes; it may step back. */
  nowMs(): number;
  /** Milliseconds since some start; it never steps back. */
  monotonicMs(): number;
}

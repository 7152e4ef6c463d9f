/**
 * Pages and pictures of other people's servers. No request leaves for an address that is not public,
 * whatever a name, a redirect or a second look-up says. One `get` has a deadline of its own, and few
 * are open at once; the others wait.
 */
export interface OutsideWeb {
  /**
   * Never throws for what the other side does. Rejects with the signal's reason where that is aborted,
   * with `request.unavailable` where too many wait, and once it is closed.
   */
  get(url: string, want: Wanted, signal: AbortSignal): Promise<OutsideAnswer | OutsideFailure>;
  /** Ends what is open. */
  close(): Promise<void>;
}

export interface Wanted {
  /** For the header `Accept`. */
  readonly accept: string;
  /** Of the body as it is when it is unpacked. Where it is larger, `ifLarger` says what becomes of it. */
  readonly bytesMax: number;
  readonly ifLarger: "cut" | "fail";
}

export interface OutsideAnswer {
  /** After redirects; without credentials. */
  readonly url: string;
  readonly status: number;
  readonly contentType: string | null;
  /** Of an answer that is no success nothing is read. */
  readonly bytes: Uint8Array;
}

/**
 * `forbidden_address`: nothing may go there, or not to that port. `broken`: what came is no answer, or
 * ended before its end. Of those that may pass, `unreachable`, `too_slow` and `broken`, the first also
 * stands for a name that is not there and for a certificate that is not believed.
 */
export type OutsideFault =
  | "not_http"
  | "forbidden_address"
  | "unreachable"
  | "too_slow"
  | "too_large"
  | "too_many_redirects"
  | "broken";

export interface OutsideFailure {
  readonly fault: OutsideFault;
}

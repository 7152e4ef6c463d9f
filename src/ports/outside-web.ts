/**
 * Pages and pictures of other people's servers. No request leaves for an address that is not public,
 * whatever a name, a redirect or a second look-up says.
 */
export interface OutsideWeb {
  /** Never throws for what the other side does. */
  get(url: string, want: Wanted, signal: AbortSignal): Promise<OutsideAnswer | OutsideFailure>;
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
  /** After redirects. */
  readonly url: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly bytes: Uint8Array;
}

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

/** What the browser knows of how the page came, in the terms of `POST /v1/page-timings`. */
export interface PageTimings {
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly downloadMs?: number;
  readonly readyMs?: number;
  readonly lcpMs?: number;
  readonly inpMs?: number;
  readonly cls?: number;
}

type Navigation = Pick<
  PerformanceNavigationTiming,
  | "domainLookupStart"
  | "domainLookupEnd"
  | "connectStart"
  | "connectEnd"
  | "secureConnectionStart"
  | "requestStart"
  | "responseStart"
  | "responseEnd"
>;

/** Where the time went until the page itself was there. Over plain http there is no TLS. */
export function navigationTimings(navigation: Navigation): PageTimings {
  const { connectEnd, secureConnectionStart, requestStart, responseStart, responseEnd } =
    navigation;
  if (responseEnd === 0) {
    return {};
  }
  return {
    dnsMs: span(navigation.domainLookupStart, navigation.domainLookupEnd),
    connectMs: span(navigation.connectStart, connectEnd),
    ...(secureConnectionStart > 0 ? { tlsMs: span(secureConnectionStart, connectEnd) } : {}),
    firstByteMs: span(requestStart, responseStart),
    downloadMs: span(responseStart, responseEnd),
  };
}

/** Whole thousandths are more than clocks of browsers tell. */
const parts = 1_000;

export function span(fromMs: number, toMs: number): number {
  return Math.round(Math.max(0, toMs - fromMs) * parts) / parts;
}

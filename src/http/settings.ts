import { unguarded, type LoadSettings } from "./load-guard.ts";

/** What an operator may set of the host; every part has a bound. */
export interface HttpSettings {
  /** Under which people reach the site, such as `https://maru.example`; null: whatever they typed. */
  readonly publicUrl: string | null;
  /** Addresses or networks of proxies whose `X-Forwarded-For` and `-Proto` are believed. */
  readonly trustedProxies: readonly string[];
  /** After which nobody waits for an answer any more; clients may ask for less. */
  readonly requestTimeoutMs: number;
  /** Of a request's body, where its route says nothing else. */
  readonly bodyBytesMax: number;
  /** Of bodies that routes take as streams. */
  readonly incoming: IncomingLimits;
  /** Of files that are sent as they are read. */
  readonly sending: SendingLimits;
  /** At once; further ones are refused by closing them. */
  readonly connectionsMax: number;
  /** What is refused so that the rest is answered well. */
  readonly load: LoadSettings;
  /** How long a node that is being stopped goes on serving, so that balancers notice. */
  readonly drainDelayMs: number;
  /** How long requests that run then may take to finish. */
  readonly drainTimeoutMs: number;
}

/** Only time in which the client is waited for counts as silent or slow. */
export interface IncomingLimits {
  /** At once, of the main thread, which takes what the others forward; further ones are refused. */
  readonly atOnceMax: number;
  /** How long a client may send nothing. */
  readonly silentMs: number;
  /** Who sends less than this on average has to have sent all by `slowMs`. */
  readonly bytesPerSMin: number;
  readonly slowMs: number;
  /** Of the whole request, however well it goes. */
  readonly wholeMs: number;
}

export interface SendingLimits {
  /** At once, of the main thread, which sends for the others, too; further ones are refused. */
  readonly atOnceMax: number;
  /** A client that takes nothing more for so long is let go. */
  readonly stalledMs: number;
}

const drainTimeoutMsMin = 10_000;

/** What may run for so long may also finish. */
export function drainTimeoutMs(requestTimeoutMs: number): number {
  return Math.max(drainTimeoutMsMin, requestTimeoutMs);
}

/** At once; each takes a descriptor beside its client's connection. */
export const filesSentMax = 2_000;
export const filesReceivedMax = 256;

export const httpSettingsDefault: HttpSettings = {
  publicUrl: null,
  trustedProxies: [],
  requestTimeoutMs: 10_000,
  bodyBytesMax: 128 * 1024,
  incoming: {
    // Each may have some 256 KiB on its way through the host and its handler.
    atOnceMax: filesReceivedMax,
    silentMs: 30_000,
    bytesPerSMin: 1_024,
    slowMs: 30_000,
    wholeMs: 60 * 60 * 1_000,
  },
  sending: { atOnceMax: filesSentMax, stalledMs: 60_000 },
  connectionsMax: 20_000,
  load: unguarded,
  drainDelayMs: 0,
  drainTimeoutMs: drainTimeoutMsMin,
};

/** Of a connection: how long a client may take. */
export const headersTimeoutMs = 10_000;
/** For a whole request, except one whose body is a stream, which has limits of its own. */
export const receiveTimeoutMs = 30_000;
/** Longer than the 60 s after which common balancers close, so that it is never us who race them. */
export const keepAliveTimeoutMs = 65_000;

export const urlBytesMax = 8 * 1024;
export const headerBytesMax = 16 * 1024;

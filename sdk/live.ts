import { createBlockParser } from "./event-stream.ts";
import { liveEvent, type LiveEvent } from "./live-events.ts";
import { pause, type Pause } from "./pause.ts";
import { problemOf, retryAfterOf } from "./problem.ts";
import { waitMs } from "./retry.ts";
import { createWatchdog, type Watchdog } from "./watchdog.ts";

export type { LiveEvent, ViewerFlags } from "./live-events.ts";

export type LiveState = "connecting" | "open" | "waiting";

/** Of a wait: how long it is unless something wakes it, and how many attempts in a row failed. */
export interface LiveWait {
  readonly ms: number;
  readonly failures: number;
}

/**
 * "check", after a sleep or when the page is looked at again: a connection that is silent for
 * longer than it should be is replaced, and a wait is over. "reconnect", when the network came back
 * or is another one: whatever connection there is is replaced, too. Either takes a moment that is
 * random, so that not everybody comes back at once, and a server's Retry-After holds.
 */
export type Wake = "check" | "reconnect";

export interface LiveOptions {
  /** The `Maru-Live-After` of the page that was read, or an event's id: where to begin. */
  readonly after?: string;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
  /** Takes the listener that is to be called with each wake, and gives what lets it go. */
  readonly wake?: (listener: (how?: Wake) => void) => () => void;
  readonly onState?: (state: LiveState, wait?: LiveWait) => void;
  /** Silence for this long, and the connection counts as dead. The server writes every 12 s. */
  readonly staleMs?: number;
  /** The longest wait before the second attempt in a row; it doubles with each, up to the bound. */
  readonly backoffMs?: number;
  readonly backoffMsMax?: number;
}

export interface LiveDeps {
  readonly baseUrl: string;
  readonly credentials: NonNullable<RequestInit["credentials"]>;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly nowMs?: () => number;
}

const staleMsDefault = 35_000;
const backoffMsDefault = 1_000;
const backoffMsMaxDefault = 30_000;
/** Spreads those whom the same thing woke, or cut off. */
const wakeSpreadMs = 1_000;
const msPerSecond = 1000;

const clientErrorMin = 400;
const serverErrorMin = 500;
/** Of those that blame the client: too late, too early, too many. */
const temporaryStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * The feed as it changes. It reconnects by itself and resumes after the last event, so that none
 * is missed; it ends when the signal aborts, and throws a MaruProblem when the server refuses.
 */
export async function* live(
  deps: LiveDeps,
  options: LiveOptions = {},
): AsyncGenerator<LiveEvent, undefined, undefined> {
  const {
    signal = new AbortController().signal,
    staleMs = staleMsDefault,
    backoffMs = backoffMsDefault,
    backoffMsMax = backoffMsMaxDefault,
    onState = () => undefined,
  } = options;
  const nowMs = deps.nowMs ?? Date.now;
  let lastId = options.after ?? "";
  let failures = 0;
  let serverRetryMs: number | null = null;
  /** From a Retry-After. */
  let notBeforeMs = 0;
  let connection: { readonly cut: AbortController; readonly watchdog: Watchdog } | null = null;
  let waiting: Pause | null = null;

  async function* events(): AsyncGenerator<LiveEvent> {
    while (!signal.aborted) {
      const cut = new AbortController();
      const watchdog = createWatchdog({
        staleMs,
        nowMs,
        onDead: () => {
          cut.abort();
        },
      });
      connection = { cut, watchdog };
      let isCutHere = false;
      try {
        onState("connecting");
        const response = await connect(AbortSignal.any([signal, cut.signal]));
        if (response !== null) {
          watchdog.heard();
          onState("open");
          yield* eventsOf(response, watchdog);
        }
        isCutHere = cut.signal.aborted;
      } finally {
        watchdog.stop();
        connection = null;
        cut.abort();
      }
      failures += 1;
      await waitForNext(isCutHere);
    }
  }

  async function waitForNext(isCutHere: boolean): Promise<void> {
    if (signal.aborted) {
      return;
    }
    // Who was connected until now waits as the server asks, which spreads all of its clients; 0 is
    // said to one person's alone.
    const byServerMs = failures === 1 ? serverRetryMs : null;
    const ms = isCutHere
      ? Math.random() * wakeSpreadMs
      : byServerMs === 0
        ? 0
        : (byServerMs ?? 0) + waitMs(failures, undefined, { backoffMs, backoffMsMax });
    const wholeMs = Math.max(ms, notBeforeMs - nowMs());
    waiting = pause(wholeMs, signal);
    onState("waiting", { ms: wholeMs, failures });
    await waiting.over;
    waiting = null;
  }

  /** Null when there is no connection now; throws when there will be none. */
  async function connect(ending: AbortSignal): Promise<Response | null> {
    const request = new Request(`${deps.baseUrl}/v1/feed/live`, {
      headers: {
        ...deps.headers(),
        accept: "text/event-stream",
        ...(lastId === "" ? {} : { "last-event-id": lastId }),
      },
      cache: "no-store",
      credentials: deps.credentials,
      signal: ending,
    });
    const response = await deps.fetch(request).catch(() => null);
    if (response === null || isEventStream(response)) {
      return response;
    }
    if (isRefusal(response.status)) {
      throw await problemOf(response);
    }
    notBeforeMs = nowMs() + (retryAfterOf(response) ?? 0) * msPerSecond;
    await response.body?.cancel().catch(() => undefined);
    return null;
  }

  /** Until the connection ends, in whatever way: the next one resumes where this one ended. */
  async function* eventsOf(response: Response, watchdog: Watchdog): AsyncGenerator<LiveEvent> {
    if (response.body === null) {
      return;
    }
    const parse = createBlockParser((ms) => {
      serverRetryMs = ms;
    });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    try {
      for (;;) {
        const read = await reader.read().catch(() => null);
        if (read === null || read.done) {
          return;
        }
        watchdog.heard();
        for (const { type, id, data } of parse(decoder.decode(read.value, { stream: true }))) {
          lastId = id === "" ? lastId : id;
          const event = data === null ? null : liveEvent(type, id, data);
          if (event !== null) {
            failures = 0;
            yield event;
          }
        }
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  function wake(how: Wake = "check"): void {
    waiting?.shorten(Math.max(Math.random() * wakeSpreadMs, notBeforeMs - nowMs()));
    if (how === "reconnect") {
      connection?.cut.abort();
    } else {
      connection?.watchdog.doubt();
    }
  }

  const letGo = options.wake?.(wake);
  try {
    yield* events();
  } finally {
    letGo?.();
  }
}

/** A network that wants to be signed in to answers everything with a page of its own. */
function isEventStream(response: Response): boolean {
  const type = response.headers.get("content-type") ?? "";
  return response.ok && type.startsWith("text/event-stream");
}

function isRefusal(status: number): boolean {
  return status >= clientErrorMin && status < serverErrorMin && !temporaryStatuses.has(status);
}

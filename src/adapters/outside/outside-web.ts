import type { IncomingMessage } from "node:http";
import type { OutsideAnswer, OutsideWeb, Wanted } from "../../ports/outside-web.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { createReach } from "./addresses.ts";
import { encodings, readBody } from "./body.ts";
import { Faulty } from "./fault.ts";
import { addressesOfMachine } from "./machine.ts";
import { createResolve, type Resolve } from "./names.ts";
import { createPlaces } from "./places.ts";
import { send } from "./request.ts";
import { addressesOf, hostOf, redirectOf, targetOf } from "./target.ts";

export interface OutsideWebOptions {
  readonly metrics: Metrics;
  /** Who asks, for those who are asked: `MaruBot/1.2.3 (+https://maru.example/)`. */
  readonly userAgent: string;
  /** Networks that may be reached although they are private, for communities within one. None by default. */
  readonly allow?: readonly string[];
  /** Networks that may not be reached although they are public, or allowed. */
  readonly forbid?: readonly string[];
  /** Of this machine, which are not reached either, unless they are allowed. */
  readonly own?: () => readonly string[];
  readonly resolve?: Resolve;
  readonly limits?: Partial<OutsideLimits>;
  /** Certificates of authorities instead of those that Node knows, in PEM. */
  readonly authorities?: string;
}

export interface OutsideLimits {
  /**
   * The ports of pages for people. At any other one there may be something that takes a request for a
   * command, and whoever writes a link could look who listens where.
   */
  readonly ports: readonly number[];
  readonly redirectsMax: number;
  /** From the first request to the last byte. */
  readonly wholeMs: number;
  readonly idleMs: number;
  readonly headerBytesMax: number;
  readonly openMax: number;
  readonly openToHostMax: number;
  readonly waitingMax: number;
}

const outsideLimitsDefault: OutsideLimits = {
  ports: [80, 443, 8080, 8443],
  redirectsMax: 5,
  wholeMs: 8_000,
  idleMs: 4_000,
  headerBytesMax: 16 * 1024,
  openMax: 8,
  openToHostMax: 2,
  waitingMax: 1_000,
};

/** One `get` from its beginning to its end. */
interface Visit {
  readonly want: Wanted;
  readonly ending: AbortController;
  /** Waits for a place at the host; gives what leaves it. */
  readonly enter: (url: URL) => Promise<() => void>;
}

/** Follows redirects by hand: every step is checked as the first one is. */
export function createOutsideWeb(options: OutsideWebOptions): OutsideWeb {
  const limits: OutsideLimits = { ...outsideLimitsDefault, ...options.limits };
  const { resolve = createResolve(), authorities } = options;
  const reach = createReach({ ...options, own: options.own ?? addressesOfMachine });
  const places = createPlaces(limits);
  const open = new Set<AbortController>();
  const outcomes = options.metrics.counter(
    "maru_outside_requests_total",
    "Pages and pictures asked of other people's servers, by outcome: answered, or the fault.",
    ["outcome"],
  );
  let isClosed = false;

  /** One step: an answer, or where it is to be had. */
  async function ask(url: URL, { want, ending }: Visit): Promise<OutsideAnswer | URL> {
    const addresses = await addressesOf(hostOf(url), { resolve, reach });
    ending.signal.throwIfAborted();
    const response = await send({
      url,
      addresses,
      reach,
      ending,
      headers: {
        "user-agent": options.userAgent,
        accept: want.accept,
        "accept-encoding": encodings,
      },
      headerBytesMax: limits.headerBytesMax,
      idleMs: limits.idleMs,
      ...(authorities === undefined ? {} : { authorities }),
    });
    try {
      return redirectOf(response, url, limits.ports) ?? (await answerOf(response, url, want));
    } catch (error) {
      throw error instanceof Faulty ? error : new Faulty("broken");
    } finally {
      response.destroy();
    }
  }

  async function follow(first: URL, visit: Visit): Promise<OutsideAnswer> {
    let url = first;
    for (let redirected = 0; redirected <= limits.redirectsMax; redirected += 1) {
      const leave = await visit.enter(url);
      try {
        const came = await orAborted(ask(url, visit), visit.ending.signal);
        if (!(came instanceof URL)) {
          return came;
        }
        url = came;
      } finally {
        leave();
      }
    }
    throw new Faulty("too_many_redirects");
  }

  async function visit(
    text: string,
    want: Wanted,
    ending: AbortController,
  ): Promise<OutsideAnswer> {
    const first = targetOf(text, limits.ports);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await follow(first, {
        want,
        ending,
        async enter({ hostname }) {
          const leave = await places.enter(hostname, ending.signal);
          // What it waited for its first turn is not the other side's doing.
          timer ??= setTimeout(() => {
            ending.abort(new Faulty("too_slow"));
          }, limits.wholeMs);
          return leave;
        },
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async function counted(work: Promise<OutsideAnswer>): ReturnType<OutsideWeb["get"]> {
    try {
      const answer = await work;
      outcomes.add(1, { outcome: "answered" });
      return answer;
    } catch (error) {
      if (error instanceof Faulty) {
        outcomes.add(1, { outcome: error.fault });
        return { fault: error.fault };
      }
      throw error;
    }
  }

  return {
    async get(url, want, signal) {
      signal.throwIfAborted();
      if (isClosed) {
        throw closedError();
      }
      const ending = new AbortController();
      const giveUp = (): void => {
        ending.abort(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      open.add(ending);
      try {
        return await counted(visit(url, want, ending));
      } finally {
        open.delete(ending);
        signal.removeEventListener("abort", giveUp);
      }
    },
    async close() {
      isClosed = true;
      for (const ending of open) {
        ending.abort(closedError());
      }
    },
  };
}

const closedError = (): Error => new Error("The web outside is not asked any more.");

/**
 * Over as soon as the signal says so, whatever name servers, sockets and streams make of it: what was
 * destroyed may tell that it ended well, or nothing at all.
 */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    work
      .finally(() => {
        signal.removeEventListener("abort", giveUp);
      })
      .then(resolve, reject);
  });
}

const withoutBody: readonly number[] = [204, 205];

async function answerOf(response: IncomingMessage, url: URL, want: Wanted): Promise<OutsideAnswer> {
  const status = response.statusCode ?? 0;
  const hasBody = status >= 200 && status < 300 && !withoutBody.includes(status);
  return {
    url: url.href,
    status,
    contentType: response.headers["content-type"] ?? null,
    bytes: hasBody ? await readBody(response, want) : new Uint8Array(),
  };
}

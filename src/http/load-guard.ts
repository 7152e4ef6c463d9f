import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import {
  createConcurrencyLimit,
  type ConcurrencyLimit,
  type Leave,
} from "../kernel/concurrency-limit.ts";
import type { MonotonicMs } from "../kernel/deadline.ts";
import { createLoopPressure, type LoadClass } from "../kernel/loop-pressure.ts";
import { isPrivate, networkOf } from "../kernel/network.ts";
import { keepTurning, soon } from "../kernel/turns.ts";
import type { Problem } from "../kernel/problem.ts";
import { createTokenBuckets, type Empty, type TokenBuckets } from "../kernel/token-buckets.ts";
import type { Route } from "../ports/routes.ts";
import type { Counter, Metrics } from "../ports/telemetry.ts";
import { overloaded, tooManyRequests } from "./problems.ts";
import { asksForPage } from "./refusal-page.ts";
import { createTrust } from "./trusted.ts";

/**
 * What keeps a server answering when more is asked of it than it can do: it refuses, at once and before
 * much is spent on it, what it would not answer in time (docs/operations/overload.md). In this order: a
 * network's rate, the event loop's delay, how much is under way, an account's rate.
 */
export interface LoadGuard {
  /**
   * Before anything is known of a request but its first line and headers: refused, or the line in which
   * it waits for its turn. Where nobody waits (`isCalm`) the thread is not late any more, whatever it was
   * a second ago.
   */
  atTheDoor(request: IncomingMessage, isCalm?: boolean): "commands" | "others" | Problem;
  /** When a command's turn has come; null: it may go on. Otherwise nobody looks at its body. */
  roomFor(request: IncomingMessage): Problem | null;
  /** So long somebody who was let in waited for their turn, in milliseconds. */
  waited(ms: number): void;
  /** Of whoever is known by now; null: let in. Of a request that is `counted` it takes nothing. */
  ofAccount(accountId: bigint, request: IncomingMessage): Problem | null;
  /** The request was counted for its account, and goes on to where it would be once more. */
  counted(request: IncomingMessage): void;
  /** Takes a place for what is about to wait for the database; it is left once it is answered. */
  enter(of: LoadClass, request?: IncomingMessage): Leave | Problem;
  /** How it stands, for metrics. */
  readonly readings: LoadReadings;
  stop(): void;
}

export interface LoadReadings {
  /** From 0 on batches are refused, from 0.5 writes, from 1 reads. */
  pressure(): number;
  /** How late the event loop is, or how long requests wait for their turn, in milliseconds. */
  loopDelayMs(): number;
  readonly reads: Pick<ConcurrencyLimit, "limit" | "underWay">;
  readonly writes: Pick<ConcurrencyLimit, "limit" | "underWay">;
}

export interface LoadSettings {
  /** Requests a second, of each account and of each network; 0: not limited. */
  readonly accountRate: number;
  readonly networkRate: number;
  /** Whether what is under way is limited by how long it takes. */
  readonly adaptiveLimit: boolean;
  /** How late the thread may be before less important requests are refused; 0: however late. */
  readonly loopDelayMs: number;
}

/** Nothing is refused for load. */
export const unguarded: LoadSettings = {
  accountRate: 0,
  networkRate: 0,
  adaptiveLimit: false,
  loopDelayMs: 0,
};

/** In every thread of the node into one. */
export function countRefused(metrics: Metrics): Counter {
  return metrics.counter(
    "maru_http_refused_total",
    "Requests that were refused to keep the server answering, by what they are and what for.",
    ["class", "why"],
  );
}

const secondsPerMs = 0.001;

export function measureLoad(
  metrics: Metrics,
  readings: LoadReadings & { readonly waiting: () => number },
): void {
  const { reads, writes } = readings;
  metrics.gauge(
    "maru_http_waiting",
    "Requests that have arrived and wait for their turn in the main thread, or for the node's lease.",
    readings.waiting,
  );
  metrics.gauge(
    "maru_http_pressure",
    "How much more the main thread has to do than it gets done: from 0 on batches are refused, from 0.5 writes, from 1 reads.",
    readings.pressure,
  );
  metrics.gauge(
    "maru_http_loop_delay_seconds",
    "How late the main thread is: its timers, or requests that wait for their turn.",
    () => readings.loopDelayMs() * secondsPerMs,
  );
  metrics.gauge("maru_http_read_limit", "Reads that may be under way at once.", reads.limit);
  metrics.gauge("maru_http_reads_under_way", "Reads that memory does not answer.", reads.underWay);
  metrics.gauge("maru_http_write_limit", "Writes that may be under way at once.", writes.limit);
  metrics.gauge("maru_http_writes_under_way", "Writes that are under way.", writes.underWay);
}

/** A bucket holds so many seconds' worth. */
const burstS = 10;
const accountsMax = 200_000;
const networksMax = 100_000;
/** Reads differ by much in what they take: a few slow ones say nothing of the others. */
const readsMin = 64;
const limitFirst = 256;
/** Fewer could not share transactions as well, and so would cost more than they leave room for. */
const writesMin = 48;
/** How often the event loop's delay is looked at. */
const sampleMs = 20;
/** Requests between two looks: with fewer it is something else that makes the thread late, such as the machine. */
const crowd = 16;
const overdueMs = 200;
/** Of the reads' limit, for what nobody waits for. */
const batchShare = 0.5;
/**
 * A page that was let in is worth nothing without its parts: so many may be asked for, of any page, without being
 * refused. Beyond that they are let in like any read.
 */
const partsOfPage = 24;
const partsDueMax = 2_000;
/** Whoever is refused is told to come again after so many seconds. Made once: each costs more than it says. */
const overloads = [1, 2, 3, 4].map((retryAfterS) => overloaded({ retryAfterS }));

/** What a request was refused for. */
export type RefusedFor = "network" | "account" | "pressure" | "concurrency";

export function createLoadGuard(deps: {
  readonly settings: LoadSettings;
  readonly trustedProxies: readonly string[];
  /** Of `loadsOf`; without it requests are what their methods tell. */
  readonly loads?: ReadonlyMap<string, LoadClass | null>;
  /** Of `partsOf`. */
  readonly parts?: readonly string[];
  readonly monotonicMs: MonotonicMs;
  readonly onRefused: (of: LoadClass, why: RefusedFor) => void;
}): LoadGuard {
  const { settings, monotonicMs, onRefused, parts = [] } = deps;
  const bucketsOf = <K extends string | bigint>(
    perSecond: number,
    keysMax: number,
  ): TokenBuckets<K> | null =>
    perSecond === 0
      ? null
      : createTokenBuckets<K>({ perSecond, burst: perSecond * burstS, keysMax, monotonicMs });
  const accounts = bucketsOf<bigint>(settings.accountRate, accountsMax);
  const networks = bucketsOf<string>(settings.networkRate, networksMax);
  const addressOf = createAddresses(deps.trustedProxies);
  const limits = {
    read: createConcurrencyLimit({ monotonicMs, limitMin: readsMin, limitFirst }),
    write: createConcurrencyLimit({ monotonicMs, limitMin: writesMin, limitFirst }),
  };
  /**
   * Those who were let in in this turn and have not taken their places yet: of many that come together only
   * as many are let in as there are places, because to refuse one later costs several times as much.
   */
  const promised = { read: 0, write: 0 };
  const awaited = new Set<IncomingMessage>();
  const pressure = createLoopPressure({ targetMs: Math.max(1, settings.loopDelayMs) });
  const countedOnce = new WeakSet<IncomingMessage>();
  /** Parts that those who were let in to a page may ask for yet. */
  let partsDue = 0;
  let turns = 0;
  let sampledMs = monotonicMs();
  /** Seen at the door since the last sample. */
  let seen = 0;
  /** The longest that somebody has waited. */
  let waitedMostMs = 0;
  const sample = (nowMs: number): void => {
    const sinceMs = nowMs - sampledMs;
    sampledMs = nowMs;
    const isCrowd = seen >= crowd;
    const lateMs = Math.max(0, sinceMs - sampleMs, waitedMostMs);
    seen = 0;
    waitedMostMs = 0;
    pressure.observe(isCrowd ? lateMs : 0, sinceMs);
  };
  const sampling =
    settings.loopDelayMs === 0
      ? null
      : setInterval(() => {
          sample(monotonicMs());
        }, sampleMs);
  sampling?.unref();

  function isShed(of: LoadClass, nowMs: number): boolean {
    if (sampling === null) {
      return false;
    }
    // Where the timer is held up requests themselves tell how late the thread is.
    if (nowMs - sampledMs > overdueMs) {
      sample(nowMs);
    }
    return pressure.sheds(of);
  }

  /** Spread, so that those who are refused together do not come again together. */
  function overload(of: LoadClass, why: RefusedFor): Problem {
    onRefused(of, why);
    turns = (turns + 1) % overloads.length;
    return overloads[turns] as Problem;
  }

  function overRate(of: LoadClass, why: RefusedFor, empty: Empty, max: number): Problem {
    onRefused(of, why);
    return tooManyRequests({
      retryAfterS: Math.ceil(empty.waitS),
      limit: { max, remaining: 0, resetS: Math.ceil(empty.fullS) },
    });
  }

  const limitOf = (of: LoadClass): "read" | "write" => (of === "write" ? "write" : "read");
  const shareOf = (of: LoadClass): number => (of === "batch" ? batchShare : 1);

  function promise(of: LoadClass, request: IncomingMessage): void {
    if (awaited.size === 0) {
      // Not everybody comes for their place, such as whoever has to sign in first.
      soon(() => {
        awaited.clear();
        promised.read = 0;
        promised.write = 0;
      });
    }
    awaited.add(request);
    promised[limitOf(of)] += 1;
  }

  function loadAtTheDoor({ method = "", url = "" }: IncomingMessage): LoadClass | null {
    const of = classOf(method);
    if (of === "read" || deps.loads === undefined) {
      return of;
    }
    const [path = ""] = url.split("?", 1);
    const load = deps.loads.get(`${method} ${path}`);
    return load === undefined ? of : load;
  }

  const isPart = ({ method, url = "" }: IncomingMessage): boolean =>
    method === "GET" && parts.some((start) => url.startsWith(start));

  return {
    atTheDoor(request, isCalm = false) {
      const nowMs = monotonicMs();
      // A flood of sockets holds up what waits for the end of the turn, and timers.
      keepTurning(nowMs);
      const load = loadAtTheDoor(request);
      const of = load ?? "write";
      if (networks !== null) {
        const network = addressOf(request);
        const empty = network === null ? null : networks.take(network);
        if (empty !== null) {
          return overRate(of, "network", empty, networks.burst);
        }
      }
      seen += 1;
      if (partsDue > 0 && isPart(request)) {
        partsDue -= 1;
        return "others";
      }
      if (!isCalm && isShed(of, nowMs)) {
        return overload(of, "pressure");
      }
      if (of === "read" && asksForPage(request)) {
        partsDue = Math.min(partsDueMax, partsDue + partsOfPage);
      }
      // Of reads nobody knows yet whether memory answers them.
      return settings.adaptiveLimit && load !== null && load !== "read" ? "commands" : "others";
    },
    roomFor(request) {
      const of = loadAtTheDoor(request) ?? "write";
      if (limits[limitOf(of)].isFull(shareOf(of), promised[limitOf(of)])) {
        return overload(of, "concurrency");
      }
      // Who sends slowly keeps no place free.
      if (request.complete) {
        promise(of, request);
      }
      return null;
    },
    waited(ms) {
      waitedMostMs = Math.max(waitedMostMs, ms);
    },
    counted(request) {
      countedOnce.add(request);
    },
    ofAccount(accountId, request) {
      const isCounted = accounts === null || countedOnce.has(request);
      const empty = isCounted ? null : accounts.take(accountId);
      return empty === null || accounts === null
        ? null
        : overRate(classOf(request.method), "account", empty, accounts.burst);
    },
    enter(of, request) {
      if (!settings.adaptiveLimit) {
        return () => undefined;
      }
      if (request !== undefined && awaited.delete(request)) {
        promised[limitOf(of)] -= 1;
      }
      return limits[limitOf(of)].enter(shareOf(of)) ?? overload(of, "concurrency");
    },
    readings: {
      pressure: pressure.pressure,
      loopDelayMs: pressure.lateMs,
      reads: limits.read,
      writes: limits.write,
    },
    stop() {
      if (sampling !== null) {
        clearInterval(sampling);
      }
    },
  };
}

type Loaded = Pick<Route, "method" | "path" | "load" | "answers" | "streamOf">;

/** Null: it takes no place, because it lasts, or hardly ever waits, or has a bound of its own. */
export function loadOf({ method, load, answers, streamOf }: Loaded): LoadClass | null {
  const lasts = streamOf !== undefined || Object.values(answers).includes("event-stream");
  return lasts || load === "apart" || load === "part" ? null : (load ?? classOf(method));
}

/** By method and path, of routes whose method does not tell. */
export function loadsOf(routes: readonly Loaded[]): ReadonlyMap<string, LoadClass | null> {
  return new Map(
    routes
      .filter(({ load }) => load !== undefined)
      .map((route) => [`${route.method} ${route.path}`, loadOf(route)]),
  );
}

/** What the paths of parts of pages begin with. */
export function partsOf(routes: readonly Pick<Route, "path" | "load">[]): readonly string[] {
  return routes.filter(({ load }) => load === "part").map(({ path }) => path.replace(/\{.*/, ""));
}

function classOf(method: string | undefined): LoadClass {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" ? "read" : "write";
}

const forwardedFor = "x-forwarded-for";

/**
 * The network of whoever asks, as far as proxies that are trusted tell; null: that of machines of one's
 * own, of which nobody knows how many people are behind them.
 */
function createAddresses(proxies: readonly string[]): (request: IncomingMessage) => string | null {
  const isTrusted = createTrust(proxies);
  const bySocket = new WeakMap<Socket, string | null>();

  const networkOrNull = (address: string): string | null =>
    isPrivate(address) ? null : networkOf(address);

  return ({ socket, headers }) => {
    const { remoteAddress } = socket;
    // What a thread of the node forwards it has looked at.
    if (remoteAddress === undefined) {
      return null;
    }
    const forwarded = headers[forwardedFor];
    if (proxies.length > 0 && typeof forwarded === "string" && isTrusted(remoteAddress)) {
      const hops = forwarded.split(",").map((hop) => hop.trim());
      const client = hops.findLast((hop) => !isTrusted(hop));
      return client === undefined ? null : networkOrNull(client);
    }
    let network = bySocket.get(socket);
    if (network === undefined) {
      network = networkOrNull(remoteAddress);
      bySocket.set(socket, network);
    }
    return network;
  };
}

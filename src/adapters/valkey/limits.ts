import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { Limit, Limits, Taken } from "../../ports/limits.ts";
import type { Logger } from "../../ports/telemetry.ts";

/**
 * Counts in Valkey, or Redis, for all nodes together. Every node counts for itself as well: what is
 * too much at one node is refused without a question, and where Valkey is away or empty the nodes'
 * own counts remain.
 */
export interface SharedLimits extends Limits {
  /** Null while Valkey answers, otherwise what is wrong with it. */
  trouble(): string | null;
  stop(): void;
}

export interface SharedLimitsDeps {
  readonly url: string;
  /** What Valkey calls this node's connection. */
  readonly name: string;
  /** Counts at this node. */
  readonly local: Limits;
  readonly logger: Logger;
  readonly monotonicMs: () => number;
}

/** Whoever waits for a count waits no longer than this. */
const answerMs = 100;
/** So long nobody asks a server that has not answered. */
const leaveAloneMs = 1_000;
const connectMs = 1_000;
/** A connection on which a question waits for so long is closed. */
const silentMs = 2_000;
const reconnectMsMin = 100;
const reconnectMsMax = 1_000;
const logEveryMs = 10_000;
/** So that trouble is known before somebody needs an answer. */
const watchEveryMs = 1_000;
const keyPrefix = "maru:limit:";

export function createSharedLimits(deps: SharedLimitsDeps): SharedLimits {
  const { local, logger, monotonicMs } = deps;
  const { host } = new URL(deps.url);
  const silence = `Valkey does not answer at ${host}`;
  const client = new Redis(deps.url, {
    connectionName: deps.name,
    commandTimeout: answerMs,
    connectTimeout: connectMs,
    socketTimeout: silentMs,
    // What could not be counted at once is counted here; counting it later would count it twice.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * reconnectMsMin, reconnectMsMax),
  });
  const counters = new Map<string, RateLimiterRedis>();
  let problem: string | null = silence;
  let askAgainAtMs = Number.NEGATIVE_INFINITY;
  let loggedAtMs = Number.NEGATIVE_INFINITY;

  function failed(error: unknown): void {
    problem = silence;
    const nowMs = monotonicMs();
    askAgainAtMs = nowMs + leaveAloneMs;
    if (nowMs - loggedAtMs < logEveryMs) return;
    loggedAtMs = nowMs;
    // The error itself may hold the command, with a password or somebody's address in it.
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn({ host, reason }, "Valkey is away; each node counts for itself");
  }

  function answered(): void {
    if (problem !== null) logger.info({ host }, "Valkey counts for all nodes");
    problem = null;
  }

  const watch = setInterval(() => {
    if (client.status === "ready") client.ping().then(answered, failed);
  }, watchEveryMs);
  watch.unref();
  client.on("error", failed);
  client.on("close", () => {
    problem = silence;
  });
  client.on("ready", () => {
    askAgainAtMs = Number.NEGATIVE_INFINITY;
    answered();
  });

  function counterOf({ name, max, periodS }: Limit): RateLimiterRedis {
    let counter = counters.get(name);
    if (counter === undefined) {
      counter = new RateLimiterRedis({
        storeClient: client,
        points: max,
        duration: periodS,
        keyPrefix: `${keyPrefix}${name}`,
        rejectIfRedisNotReady: true,
      });
      counters.set(name, counter);
    }
    return counter;
  }

  /** Null where nobody answers. */
  async function ask<T>(question: () => Promise<T>): Promise<T | null> {
    if (monotonicMs() < askAgainAtMs) return null;
    try {
      const answer = await question();
      answered();
      return answer;
    } catch (error) {
      failed(error);
      return null;
    }
  }

  return {
    async take(limit, key): Promise<Taken> {
      const here = await local.take(limit, key);
      if (!here.isWithin) return here;
      // `consume` would throw where nothing is left.
      const there = await ask(() => counterOf(limit).penalty(key));
      if (there === null || here.remaining < there.remainingPoints) return here;
      return {
        isWithin: there.consumedPoints <= limit.max,
        remaining: there.remainingPoints,
        resetMs: there.msBeforeNext,
      };
    },
    async giveBack(limit, key) {
      await local.giveBack(limit, key);
      await ask(() => counterOf(limit).reward(key));
    },
    trouble: () => problem,
    stop() {
      clearInterval(watch);
      client.disconnect();
    },
  };
}

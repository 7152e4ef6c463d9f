import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { RootLogger } from "./adapters/telemetry/logger.ts";
import type { Telemetry } from "./adapters/telemetry/metrics.ts";
import type { CountedRequests } from "./adapters/telemetry/request-histogram.ts";
import type { Sampling } from "./adapters/telemetry/sampling.ts";
import { countRefused, type LoadSettings, type RefusedFor } from "./http/load-guard.ts";
import type { MonotonicMs } from "./kernel/deadline.ts";
import type { SigningKey } from "./kernel/keyring.ts";
import type { LoadClass } from "./kernel/loop-pressure.ts";
import type { ShelfMemory } from "./kernel/shelf.ts";
import type { FeedBuffers } from "./modules/feed/shared.ts";
import type { LogLevel } from "./ports/telemetry.ts";

/**
 * The node's further HTTP threads (`reading-thread.ts`). They read the memory of the main thread, so
 * that more cores mean more readers of one index, and share its port, over whose listeners the
 * system spreads connections. One that breaks down is started anew; what it was doing is lost like
 * a cut connection.
 */
export interface ReadingThreads {
  /** Resolves once all of them listen. */
  start(address: { readonly host: string; readonly port: number }): Promise<void>;
  /** Finishes what runs. */
  drain(): Promise<void>;
  /** Ends what a drain would let finish. */
  close(): Promise<void>;
}

export interface ThreadStart {
  readonly thread: number;
  readonly host: string;
  readonly port: number;
  readonly socketPath: string;
  readonly feed: FeedBuffers;
  readonly sessions: ShelfMemory;
  /** Until when the node may answer. */
  readonly term: SharedArrayBuffer;
  readonly keys: readonly SigningKey[];
  readonly trustedProxies: readonly string[];
  readonly connectionsMax: number;
  readonly load: LoadSettings;
  /** What the paths of parts of pages begin with. */
  readonly pageParts: readonly string[];
  readonly logLevel: LogLevel;
  readonly isTracing: boolean;
  readonly sampling: Sampling | undefined;
  readonly version: string;
}

export interface RefusedCount {
  readonly class: LoadClass;
  readonly why: RefusedFor;
  readonly count: number;
}

export type FromThread =
  | { readonly kind: "listening" }
  | { readonly kind: "failed"; readonly message: string }
  | {
      readonly kind: "report";
      readonly lines: string;
      readonly requests: readonly CountedRequests[];
      readonly connections: number;
      /** Since the last report. */
      readonly refused: readonly RefusedCount[];
    }
  | { readonly kind: "stopped" };

export type ToThread =
  | { readonly kind: "level"; readonly level: LogLevel }
  | { readonly kind: "stop" }
  | { readonly kind: "close" };

export interface ReadingThreadsDeps extends Omit<
  ThreadStart,
  "thread" | "host" | "port" | "socketPath" | "logLevel"
> {
  /** Beside the main thread. */
  readonly count: number;
  /** The main thread's server takes what threads forward. */
  readonly listenInside: (socketPath: string) => Promise<void>;
  readonly logger: RootLogger;
  readonly telemetry: Pick<Telemetry, "addRequests" | "metrics">;
  readonly monotonicMs: MonotonicMs;
}

const restartAfterMs = 1_000;
/** A thread reports ten times a second. One that has not for so long hangs, with the connections that it has. */
const silentMsMax = 5_000;
const watchEveryMs = 500;
/** Where the main thread itself stood still, silence says nothing. */
const stalledMs = 2_000;
const socketName = "inside.sock";

interface Running {
  readonly worker: Worker;
  connections: number;
  heardAtMs: number;
  isListening: boolean;
}

export function createReadingThreads(deps: ReadingThreadsDeps): ReadingThreads {
  const { count, logger, telemetry, monotonicMs } = deps;
  const running = new Map<number, Running>();
  let folder: string | null = null;
  let isEnding = false;
  let toldLevel = logger.level();
  let watchedAtMs = monotonicMs();

  const refused = countRefused(telemetry.metrics);
  telemetry.metrics.gauge(
    "maru_http_thread_connections",
    "Connections of clients to the threads beside the main thread.",
    () => [...running.values()].reduce((sum, { connections }) => sum + connections, 0),
  );
  telemetry.metrics.gauge(
    "maru_http_threads",
    "HTTP threads that run, the main thread too.",
    () => {
      return 1 + running.size;
    },
  );

  function watch(): void {
    const nowMs = monotonicMs();
    const hasStalled = nowMs - watchedAtMs > stalledMs;
    watchedAtMs = nowMs;
    for (const [thread, state] of running) {
      if (hasStalled) {
        state.heardAtMs = nowMs;
      } else if (state.isListening && nowMs - state.heardAtMs > silentMsMax) {
        logger.error({ thread }, "an HTTP thread hangs and is ended");
        state.isListening = false;
        void state.worker.terminate();
      }
    }
  }

  function run(start: ThreadStart): Promise<void> {
    const worker = new Worker(new URL("reading-thread.ts", import.meta.url), { workerData: start });
    const state: Running = { worker, connections: 0, heardAtMs: monotonicMs(), isListening: false };
    running.set(start.thread, state);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    worker.on("message", (message: FromThread) => {
      state.heardAtMs = monotonicMs();
      if (message.kind === "listening") {
        state.isListening = true;
        resolve(undefined);
      } else if (message.kind === "failed") {
        reject(new Error(`a thread cannot listen: ${message.message}`));
        void worker.terminate();
      } else if (message.kind === "report") {
        state.connections = message.connections;
        passLevelOn();
        telemetry.addRequests(message.requests);
        for (const { count: times, ...labels } of message.refused) {
          refused.add(times, labels);
        }
        if (message.lines !== "") {
          logger.pass(message.lines);
        }
      }
    });
    worker.on("error", (error) => {
      logger.error({ error, thread: start.thread }, "an HTTP thread broke down");
    });
    worker.on("exit", () => {
      running.delete(start.thread);
      reject(new Error("a thread ended before it listened"));
      if (!isEnding) {
        void startAnew(start);
      }
    });
    return promise;
  }

  async function startAnew(start: ThreadStart): Promise<void> {
    await delay(restartAfterMs, undefined, { ref: false });
    if (isEnding) {
      return;
    }
    try {
      await run({ ...start, logLevel: logger.level() });
      logger.warn({ thread: start.thread }, "an HTTP thread was started anew");
    } catch (error) {
      logger.error({ error, thread: start.thread }, "an HTTP thread could not be started anew");
    }
  }

  function tellAll(message: ToThread): void {
    for (const { worker } of running.values()) {
      worker.postMessage(message);
    }
  }

  /** An operator may have changed it. */
  function passLevelOn(): void {
    const level = logger.level();
    if (level !== toldLevel) {
      toldLevel = level;
      tellAll({ kind: "level", level });
    }
  }

  const untilEnded = async (): Promise<void> => {
    await Promise.all(
      [...running.values()].map(
        ({ worker }) => new Promise((resolve) => worker.once("exit", resolve)),
      ),
    );
    if (folder !== null) {
      await rm(folder, { recursive: true, force: true });
    }
  };

  let draining: Promise<void> | undefined;
  let watching: NodeJS.Timeout | undefined;

  function drain(): Promise<void> {
    isEnding = true;
    clearInterval(watching);
    draining ??= untilEnded();
    tellAll({ kind: "stop" });
    return draining;
  }

  return {
    async start(address) {
      // A folder that nobody else may enter: who can write to the socket is believed.
      folder = await mkdtemp(join(tmpdir(), "maru-threads-"));
      const socketPath = join(folder, socketName);
      await deps.listenInside(socketPath);
      const { feed, sessions, term, keys, trustedProxies, connectionsMax } = deps;
      const { load, pageParts, isTracing, sampling, version } = deps;
      const shared = { feed, sessions, term, keys, trustedProxies, connectionsMax };
      const rest = { load, pageParts, isTracing, sampling, version, logLevel: logger.level() };
      await Promise.all(
        Array.from({ length: count }, (_, i) =>
          run({ ...shared, ...rest, ...address, socketPath, thread: i + 1 }),
        ),
      );
      watchedAtMs = monotonicMs();
      watching = setInterval(watch, watchEveryMs);
      watching.unref();
    },
    drain,
    close() {
      const ended = drain();
      tellAll({ kind: "close" });
      return ended;
    },
  };
}

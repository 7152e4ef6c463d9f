import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { RootLogger } from "./adapters/telemetry/logger.ts";
import type { Telemetry } from "./adapters/telemetry/metrics.ts";
import type { CountedRequests } from "./adapters/telemetry/request-histogram.ts";
import type { Sampling } from "./adapters/telemetry/sampling.ts";
import type { SigningKey } from "./kernel/keyring.ts";
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
  readonly keys: readonly SigningKey[];
  readonly trustedProxies: readonly string[];
  readonly connectionsMax: number;
  readonly logLevel: LogLevel;
  readonly isTracing: boolean;
  readonly sampling: Sampling | undefined;
  readonly version: string;
}

export type FromThread =
  | { readonly kind: "listening" }
  | { readonly kind: "failed"; readonly message: string }
  | {
      readonly kind: "report";
      readonly lines: string;
      readonly requests: readonly CountedRequests[];
      readonly connections: number;
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
}

const restartAfterMs = 1_000;
const socketName = "inside.sock";

export function createReadingThreads(deps: ReadingThreadsDeps): ReadingThreads {
  const { count, logger, telemetry } = deps;
  const running = new Map<number, { readonly worker: Worker; connections: number }>();
  let folder: string | null = null;
  let isEnding = false;
  let toldLevel = logger.level();

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

  function run(start: ThreadStart): Promise<void> {
    const worker = new Worker(new URL("reading-thread.ts", import.meta.url), { workerData: start });
    const state = { worker, connections: 0 };
    running.set(start.thread, state);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    worker.on("message", (message: FromThread) => {
      if (message.kind === "listening") {
        resolve(undefined);
      } else if (message.kind === "failed") {
        reject(new Error(`a thread cannot listen: ${message.message}`));
      } else if (message.kind === "report") {
        state.connections = message.connections;
        passLevelOn();
        telemetry.addRequests(message.requests);
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

  function drain(): Promise<void> {
    isEnding = true;
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
      const { feed, sessions, keys, trustedProxies, connectionsMax } = deps;
      const { isTracing, sampling, version } = deps;
      const shared = { feed, sessions, keys, trustedProxies, connectionsMax };
      const rest = { isTracing, sampling, version, logLevel: logger.level() };
      await Promise.all(
        Array.from({ length: count }, (_, i) =>
          run({ ...shared, ...rest, ...address, socketPath, thread: i + 1 }),
        ),
      );
    },
    drain,
    close() {
      const ended = drain();
      tellAll({ kind: "close" });
      return ended;
    },
  };
}

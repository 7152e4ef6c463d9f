import { fork, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { PostgresEndpoint } from "./adapters/postgres/pools.ts";
import type { RootLogger } from "./adapters/telemetry/logger.ts";
import type { MetricsSnapshot } from "./adapters/telemetry/metrics.ts";
import type { ListenAddress } from "./http/listener.ts";
import type { Readiness } from "./http/readiness.ts";
import type { HttpSettings } from "./http/settings.ts";
import { createSilence } from "./kernel/silence.ts";
import { regularly } from "./kernel/turns.ts";
import type { Clock } from "./ports/clock.ts";
import type { LogLevel, Metrics } from "./ports/telemetry.ts";

/**
 * The operators' side of a node: a process of its own, which the node starts, feeds and starts again. It answers
 * from what the node last told, so that operators are answered while the node has more to do than it can, or hangs.
 */
export interface Operator {
  /** Resolves with where operators are answered. Rejects where that address cannot be had. */
  start(): Promise<ListenAddress>;
  /** Where it opens connections of its own. */
  useDatabase(endpoint: PostgresEndpoint): void;
  /** From now on it is told of the node, again and again. */
  follow(node: ReportedNode): void;
  /** Tells of the node at once; resolves when that has been taken. */
  report(): Promise<void>;
  stop(): Promise<void>;
}

/** What a node tells of itself. */
export interface ReportedNode {
  readonly readiness: () => Readiness;
  readonly metrics: () => Promise<MetricsSnapshot>;
  /** An operator sent dead letters back to their consumers. */
  readonly redriven: () => void;
}

export interface OperatorDeps {
  readonly address: ListenAddress;
  readonly settings: HttpSettings;
  readonly logger: RootLogger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly metricsEveryMs: number;
  /** Whoever does not take a report in this time hangs. */
  readonly hungMs?: number;
}

export interface Report {
  readonly readiness: Readiness;
  readonly logLevel: LogLevel;
  /** Null: as last told. */
  readonly metrics: MetricsSnapshot | null;
}

export type ToOperator =
  | {
      readonly kind: "start";
      readonly address: ListenAddress;
      readonly settings: HttpSettings;
      readonly logLevel: LogLevel;
    }
  | { readonly kind: "database"; readonly endpoint: PostgresEndpoint }
  | ({ readonly kind: "report" } & Report)
  | { readonly kind: "stop" };

export type FromOperator =
  | { readonly kind: "listening"; readonly address: ListenAddress }
  | { readonly kind: "failed"; readonly message: string }
  /** The last report has arrived. */
  | { readonly kind: "taken" }
  | { readonly kind: "level"; readonly level: LogLevel }
  | { readonly kind: "redriven" };

/** So often a node says how it is. */
export const reportEveryMs = 100;
const msPerS = 1_000;
const restartAfterMs = 1_000;
const hungMsDefault = 10_000;
const stopWithinMs = 1_500;
/** It takes half a second, and more where the machine is busy. */
const startWithinMs = 60_000;
/** Of the operators' process, whatever the node's own is allowed. */
const heapMib = 128;

export function createOperator(deps: OperatorDeps): Operator {
  const { settings, logger, metricsEveryMs } = deps;
  const { monotonicMs, nowMs } = deps.clock;
  let { address } = deps;
  let child: ChildProcess | null = null;
  /** Until then it has no time for reports. */
  let isListening = false;
  let endpoint: PostgresEndpoint | null = null;
  let node: ReportedNode | null = null;
  let untaken: PromiseWithResolvers<undefined> | null = null;
  let nextEnd = Promise.withResolvers<undefined>();
  let metricsDueMs = 0;
  let isStopping = false;
  let stopReporting = (): void => undefined;
  const silence = createSilence({ monotonicMs, askedEveryMs: 2 * reportEveryMs });

  deps.metrics.gauge(
    "maru_reported_timestamp_seconds",
    "When the node told the operators' process these metrics, in seconds since 1970.",
    () => nowMs() / msPerS,
  );

  function tell(message: ToOperator): void {
    // That it is gone is learnt from its end.
    child?.send(message, () => undefined);
  }

  async function run(): Promise<ListenAddress> {
    const { promise, resolve, reject } = Promise.withResolvers<ListenAddress>();
    const started = fork(new URL("operator-process.ts", import.meta.url), {
      execArgv: [`--max-old-space-size=${String(heapMib)}`],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child = started;
    started.on("message", (message: FromOperator) => {
      if (message.kind === "listening") {
        ({ address } = message);
        isListening = true;
        clearTimeout(tooLate);
        resolve(address);
      } else if (message.kind === "failed") {
        reject(new Error(message.message));
      } else if (message.kind === "taken") {
        taken();
      } else if (message.kind === "level") {
        logger.setLevel(message.level);
        void tellOfNode();
      } else {
        node?.redriven();
      }
    });
    const tooLate = setTimeout(() => started.kill("SIGKILL"), startWithinMs);
    const ended = (error: Error): void => {
      clearTimeout(tooLate);
      reject(error);
      if (child === started) {
        child = null;
        isListening = false;
        taken();
        nextEnd.resolve(undefined);
        nextEnd = Promise.withResolvers();
      }
    };
    started.on("error", (error) => {
      // Where it could not even be made, there is no exit.
      if (started.pid === undefined) {
        ended(error);
      }
    });
    started.once("exit", (code, signal) => {
      ended(new Error(`the operators' process ended (${String(signal ?? code)})`));
    });
    tell({ kind: "start", address, settings, logLevel: logger.level() });
    if (endpoint !== null) {
      tell({ kind: "database", endpoint });
    }
    metricsDueMs = 0;
    return promise;
  }

  const isWanted = (): boolean => !isStopping;

  /** Once it has been started, it is started again whenever it ends. */
  async function keepRunning(): Promise<void> {
    while (isWanted()) {
      if (child !== null) {
        await nextEnd.promise;
        continue;
      }
      logger.error({}, "the operators' process ended; it is started again");
      await delay(restartAfterMs, undefined, { ref: false });
      if (isWanted()) {
        await run().catch((error: unknown) => {
          logger.error({ error }, "the operators' process could not be started again");
        });
      }
    }
  }

  function taken(): void {
    silence.heard();
    untaken?.resolve(undefined);
    untaken = null;
  }

  /** One report at a time: what an operator that hangs has not taken must not pile up here. */
  async function tellOfNode(): Promise<void> {
    if (node === null || !isListening || untaken !== null) {
      return;
    }
    untaken = Promise.withResolvers();
    const sinceMs = monotonicMs();
    let metrics: MetricsSnapshot | null = null;
    if (sinceMs >= metricsDueMs) {
      metricsDueMs = sinceMs + metricsEveryMs;
      metrics = await node.metrics().catch((error: unknown) => {
        logger.error({ error }, "the metrics could not be told");
        return null;
      });
    }
    try {
      tell({ kind: "report", readiness: node.readiness(), logLevel: logger.level(), metrics });
    } catch (error) {
      logger.error({ error }, "how the node is could not be told");
      taken();
    }
  }

  function watch(): void {
    if (untaken === null) {
      silence.heard();
      void tellOfNode();
    } else if (silence.ms() > (deps.hungMs ?? hungMsDefault)) {
      logger.error({}, "the operators' process hangs and is ended");
      silence.heard();
      child?.kill("SIGKILL");
    }
  }

  return {
    async start() {
      const listening = await run();
      void keepRunning();
      return listening;
    },
    useDatabase(where) {
      endpoint = where;
      tell({ kind: "database", endpoint });
    },
    follow(reported) {
      node = reported;
      stopReporting = regularly(reportEveryMs, monotonicMs, watch);
    },
    async report() {
      await untaken?.promise;
      metricsDueMs = 0;
      await tellOfNode();
      await untaken?.promise;
    },
    async stop() {
      isStopping = true;
      stopReporting();
      const ending = child;
      if (ending === null) {
        return;
      }
      const ended = nextEnd.promise;
      tell({ kind: "stop" });
      await Promise.race([ended, delay(stopWithinMs, undefined, { ref: false })]);
      ending.kill("SIGKILL");
      await ended;
    },
  };
}

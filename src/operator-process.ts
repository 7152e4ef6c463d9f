import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { createDeadLetters } from "./adapters/postgres/dead-letters.ts";
import { openOperatorSql } from "./adapters/postgres/pools.ts";
import { asProblem } from "./adapters/postgres/record-errors.ts";
import { systemClock } from "./adapters/system/clock.ts";
import { createLogger } from "./adapters/telemetry/logger.ts";
import type { PooledSql } from "./adapters/postgres/session-pool.ts";
import {
  createMetrics,
  metricsContentType,
  renderMetrics,
  type MetricsSnapshot,
} from "./adapters/telemetry/metrics.ts";
import { createAdminHost, type AdminHost, type OperatedNode } from "./http/admin.ts";
import { readinessOf, type Readiness } from "./http/readiness.ts";
import type { Context } from "./kernel/context.ts";
import { orDeadline } from "./kernel/deadline.ts";
import { unavailable } from "./kernel/problem.ts";
import { createSilence } from "./kernel/silence.ts";
import type { DeadLetters } from "./ports/log.ts";
import { noTracer } from "./ports/telemetry.ts";
import { reportEveryMs, type FromOperator, type Report, type ToOperator } from "./operator.ts";

/**
 * The operators' process of a node. It knows of the node what it was told last, and asks for nothing while somebody
 * waits; what it changes in the node, it waits for no longer than a moment.
 */

const { monotonicMs } = systemClock;
/** A node that has not told for so long gets no requests from its balancers. */
const silentMs = 500;
/** Whoever watches over the node may end it then. */
const deadMs = 2_000;
const levelWithinMs = 2_000;
const retryAfterS = 1;
/** Where the system allows it: before what serves people, and not the first to go when memory is short. */
const niceness = -10;
const outOfMemoryScore = "-500";

const logger = createLogger({ level: "info", clock: systemClock });
const telemetry = createMetrics({ processMetrics: false });
const silence = createSilence({ monotonicMs, askedEveryMs: 2 * reportEveryMs });
let report: Report | null = null;
let sql: PooledSql | null = null;
let admin: AdminHost | null = null;
let metrics: MetricsSnapshot | null = null;
let nextReport = Promise.withResolvers<undefined>();

function tell(message: FromOperator, told = (): void => undefined): void {
  process.send?.(message, undefined, undefined, told);
}

function preferThis(): void {
  try {
    setPriority(niceness);
    writeFileSync("/proc/self/oom_score_adj", outOfMemoryScore);
  } catch {
    // Only root and who was granted it may; the node's unit says the same from outside.
  }
}

telemetry.metrics.gauge(
  "maru_operator_resident_memory_bytes",
  "Memory of the operators' process.",
  () => process.memoryUsage.rss(),
);

telemetry.metrics.gauge(
  "maru_operator_process_id",
  "Of the operators' process.",
  () => process.pid,
);

function lacking(status: Readiness["status"], reason: string): Readiness {
  return { ...readinessOf([{ name: "node", check: () => reason }]), status };
}

const node: OperatedNode = {
  liveness: () => (report === null ? "starting" : silence.ms() > deadMs ? "silent" : "live"),
  readiness() {
    if (report === null) {
      return lacking("not ready", "it is starting");
    }
    const ms = silence.ms();
    return ms > silentMs
      ? lacking("silent", `it has said nothing for ${(ms / 1_000).toFixed(1)} s`)
      : report.readiness;
  },
  logLevel: () => report?.logLevel ?? logger.level(),
  async setLogLevel(level) {
    tell({ kind: "level", level });
    const giveUpAtMs = monotonicMs() + levelWithinMs;
    while (report?.logLevel !== level) {
      const remainingMs = giveUpAtMs - monotonicMs();
      if (remainingMs <= 0) {
        throw unavailable({ retryAfterS, detail: "The node does not answer." });
      }
      await Promise.race([nextReport.promise, delay(remainingMs)]);
    }
  },
};

/** The database may be away, or hang. */
async function within<T>({ deadline }: Context, work: (sql: PooledSql) => Promise<T>): Promise<T> {
  if (sql === null) {
    throw unavailable({ retryAfterS, detail: "The node has no database yet." });
  }
  try {
    return await orDeadline(deadline, work(sql));
  } catch (error) {
    throw asProblem(error);
  }
}

const redriven = (): void => {
  tell({ kind: "redriven" });
};

const deadLetters: DeadLetters = {
  list: (context, options) =>
    within(context, (own) => createDeadLetters({ sql: own, redriven }).list(context, options)),
  redrive: (context, options) =>
    within(context, (own) => createDeadLetters({ sql: own, redriven }).redrive(context, options)),
};

async function start({
  address,
  settings,
  logLevel,
}: Extract<ToOperator, { kind: "start" }>): Promise<void> {
  logger.setLevel(logLevel);
  admin = createAdminHost({
    settings,
    clock: systemClock,
    logger,
    accessLog: logger.accessLog,
    metrics: telemetry.metrics,
    requests: telemetry.requests,
    tracer: noTracer,
    node,
    deadLetters,
    renderMetrics: async () => {
      const own = await telemetry.snapshot();
      return renderMetrics(metrics === null ? [own] : [metrics, own]);
    },
    metricsContentType,
  });
  try {
    tell({ kind: "listening", address: await admin.listen(address.port, address.host) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Nobody could reach it: the node starts another when that may help.
    tell({ kind: "failed", message }, end);
  }
}

async function stop(): Promise<void> {
  await admin?.close();
  await sql?.end({ timeout: 0 });
  end();
}

function end(): void {
  logger.flush();
  process.exit(0);
}

preferThis();
const asking = setInterval(() => silence.ms(), reportEveryMs);
asking.unref();
// A terminal and a unit signal all processes of the node; this one ends with the node, and not before.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  process.on(signal, () => undefined);
}
process.on("disconnect", end);
process.on("message", (message: ToOperator) => {
  if (message.kind === "start") {
    void start(message);
  } else if (message.kind === "database") {
    sql = openOperatorSql(message.endpoint);
  } else if (message.kind === "report") {
    silence.heard();
    report = message;
    metrics = message.metrics ?? metrics;
    logger.setLevel(message.logLevel);
    nextReport.resolve(undefined);
    nextReport = Promise.withResolvers();
    tell({ kind: "taken" });
  } else {
    void stop();
  }
});

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createNatsCarrier } from "./adapters/nats/carrier.ts";
import { createHiding, hiddenAtOnce, type Hiding } from "./adapters/postgres/hiding.ts";
import { createImpatientSql } from "./adapters/postgres/impatient-sql.ts";
import { openSql, type PostgresEndpoint } from "./adapters/postgres/pools.ts";
import { createServingLease } from "./adapters/postgres/serving-lease.ts";
import type { Config } from "./config.ts";
import { endlessTerm, type ServingTerm } from "./kernel/serving-term.ts";
import type { Clock } from "./ports/clock.ts";
import { noCarrier, type LogCarrier } from "./ports/carrier.ts";
import type { HealthCheck } from "./ports/module.ts";
import type { Logger, Metrics } from "./ports/telemetry.ts";

/** What a node needs to be one of several; of a node alone it is next to nothing. */
export interface CellParts {
  /** Names this process among the nodes. */
  readonly node: string;
  /** No other process can have this name at the same time, as with a data folder. */
  readonly isAlone: boolean;
  readonly carrier: LogCarrier;
  readonly hiding: Hiding;
  readonly term: ServingTerm;
  readonly healthChecks: readonly HealthCheck[];
  /** Before the views begin. */
  join(): Promise<void>;
  start(): void;
  /** Safe to call again, and before `join`. */
  stop(): Promise<void>;
}

/** The name of the embedded record's only node: its data folder has one at a time. */
const embeddedNode = "embedded";
const randomCharacters = 8;

export function createCell(deps: {
  readonly config: Config;
  readonly endpoint: PostgresEndpoint;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly appliedBelow: () => bigint;
  /** Why a view does not go on; null where all do. */
  readonly stuck: () => string | null;
}): CellParts {
  const { config, endpoint, clock, logger, metrics, appliedBelow, stuck } = deps;
  if (config.databaseUrl === null) {
    return {
      node: embeddedNode,
      isAlone: true,
      carrier: noCarrier,
      hiding: hiddenAtOnce,
      term: endlessTerm(),
      healthChecks: [],
      join: () => Promise.resolve(),
      start: () => undefined,
      stop: () => Promise.resolve(),
    };
  }
  const node = `${config.nodeName ?? hostname()}.${randomUUID().slice(0, randomCharacters)}`;
  const carrier =
    config.natsUrls.length === 0
      ? noCarrier
      : createNatsCarrier({
          urls: config.natsUrls,
          name: node,
          logger,
          metrics,
          monotonicMs: clock.monotonicMs,
          chance: Math.random,
        });
  // Whoever waits for others must not keep the log waiting.
  const sql = createImpatientSql(() => openSql(endpoint, { max: 2, applicationName: "maru cell" }));
  const lease = createServingLease({
    open: () => openSql(endpoint, { max: 1, applicationName: "maru lease" }),
    stuck,
    mayGoOnAlone: config.natsUrls.length === 0,
    logger,
    monotonicMs: clock.monotonicMs,
    node,
    appliedBelow,
  });
  let stopped: Promise<void> | null = null;
  return {
    node,
    isAlone: false,
    carrier,
    hiding: createHiding({
      sql,
      carrier,
      metrics,
      monotonicMs: clock.monotonicMs,
      node,
      appliedBelow,
    }),
    term: lease.term,
    healthChecks: [lease.healthCheck, { name: "nats", check: carrier.trouble, isBearable: true }],
    join: lease.join,
    start: lease.start,
    stop() {
      stopped ??= lease.stop().finally(() => sql.end());
      return stopped;
    },
  };
}

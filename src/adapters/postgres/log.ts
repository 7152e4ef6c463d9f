import { present } from "../../kernel/assert.ts";
import { createBulkhead } from "../../kernel/bulkhead.ts";
import { noCarrier, type CarrierReceiver, type LogCarrier } from "../../ports/carrier.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type {
  DeadLetters,
  DurableConsumer,
  DurableWorker,
  EventSchemas,
  LogPort,
  View,
} from "../../ports/log.ts";
import type { HealthCheck, Job } from "../../ports/module.ts";
import type { RecordPort, Sql } from "../../ports/record.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import type { BackOff } from "./consumer-failure.ts";
import { createConsumers, type Consumers } from "./consumers.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { createEventPreparation } from "./event-preparation.ts";
import type { EventSink } from "./event-sink.ts";
import { createFollower, type Follower } from "./follower.ts";
import { hiddenAtOnce, type Hiding } from "./hiding.ts";
import { createBlockerWatch, type BlockerWatchOptions } from "./log-blockers.ts";
import { dropOldDays, makeDays } from "./log-days.ts";
import { readAfter, readEvents } from "./log-reading.ts";
import { logName } from "./log-schema.ts";
import { encodePosition } from "./position.ts";
import { readLogState } from "./relay-move.ts";
import { createRelay } from "./relay.ts";
import type { WorkTiming } from "./worker-timing.ts";
import { createWorkers, type Workers } from "./workers.ts";

/** Days are made two ahead, so that many turns may fail before one is missing. */
const daysEveryMs = 3_600_000;

/** Streams that read what they missed at the same time, and those that may wait for their turn. */
const resumesMax = 2;
const resumesWaitingMax = 20_000;
/** Above the time that PostgreSQL gives a statement. */
const standstillMs = 12_000;

export interface PostgresLogDeps {
  readonly sql: Sql;
  /** The record writes through this log, and the log's consumers write through the record. */
  readonly record: () => RecordPort;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly region: number;
  /** Names this process among the nodes. */
  readonly holder: string;
  /** No other process can have this name at the same time, as with a data folder. */
  readonly stableHolder: boolean;
  readonly schemas: EventSchemas;
  /** Asked for at the start, when the modules are there. */
  readonly views: () => readonly View[];
  readonly consumers: () => readonly DurableConsumer[];
  readonly workers?: () => readonly DurableWorker[];
  /** To the other nodes and back; without it this node follows the log in the record. */
  readonly carrier?: LogCarrier;
  readonly hiding?: Hiding;
  readonly blockers?: BlockerWatchOptions;
  readonly backOff?: BackOff;
  readonly workBackOff?: BackOff;
  readonly workTiming?: WorkTiming;
}

export interface PostgresLog extends EventSink {
  readonly port: LogPort;
  readonly deadLetters: DeadLetters;
  /** Something was sent back to its consumers, by another process. */
  readonly redriven: () => void;
  readonly jobs: readonly Job[];
  /** Of the views too, once `start` has resolved. */
  healthChecks(): readonly HealthCheck[];
  isRelay(): boolean;
  /** The views have everything of transactions below this; 0 before they have begun. */
  appliedBelow(): bigint;
  /** Why a view does not go on; null where all do. */
  stuck(): string | null;
  /** Views get every event from here on; afterwards they may load. */
  start(): Promise<void>;
  /** And the workers. After the modules have started. */
  startConsumers(): Promise<void>;
  /** Before the modules end, on which their work builds. */
  stopWorkers(): Promise<void>;
  stop(): Promise<void>;
}

interface Started {
  readonly follower: Follower;
  readonly consumers: Consumers;
  readonly workers: Workers;
}

export function createPostgresLog(deps: PostgresLogDeps): PostgresLog {
  const { sql, clock, logger, metrics, region } = deps;
  const { carrier = noCarrier, hiding = hiddenAtOnce } = deps;
  let started: Started | null = null;
  const epoch = (): number => started?.follower.epoch() ?? 0;
  const redriven = (): void => started?.consumers.redriven();
  const preparation = createEventPreparation({ ...deps, epoch });
  const relay = createRelay({
    ...deps,
    blockers: createBlockerWatch({ sql, clock, logger, metrics }, deps.blockers),
    moved(events, position, watermark) {
      started?.follower.moved(events, position, watermark);
      started?.consumers.moved(events);
    },
    carry: carrier.send,
  });

  const receiver: CarrierReceiver = {
    moved({ events, position, watermark }) {
      relay.heard();
      started?.follower.moved(events, position, watermark);
      started?.consumers.moved(events);
    },
    woken() {
      if (relay.isRelay()) {
        relay.signal();
      }
    },
    spread: (events) => started?.follower.committed(events) ?? false,
  };
  const relayCheck: HealthCheck = {
    name: "log",
    check() {
      const failure = relay.failure();
      return failure === null ? null : `the log does not go on: ${failure}`;
    },
  };
  // A node's streams may all come back at once; the log's own connections must not wait for them.
  const resumes = createBulkhead({ concurrencyMax: resumesMax, queueMax: resumesWaitingMax });
  let movedOn = { position: 0, atMs: 0 };
  /** A view that hangs says nothing itself. It is asked often. */
  function standstill(): string | null {
    const nowMs = clock.monotonicMs();
    const position = started?.follower.appliedPosition() ?? 0;
    if (position !== movedOn.position || started?.follower.isBehind() !== true) {
      movedOn = { position, atMs: nowMs };
    }
    return nowMs - movedOn.atMs > standstillMs ? `no view goes on from ${String(position)}` : null;
  }

  const running = (): Started => present(started, "the log has not been started");

  return {
    prepare: preparation.prepare,
    positionOf: (transactionId) =>
      encodePosition({ region, log: logName, epoch: epoch(), transactionId: transactionId ?? 0n }),
    async committed(events) {
      relay.signal();
      if (!relay.isRelay()) {
        carrier.wake();
      }
      return (await started?.follower.committed(events)) ?? true;
    },
    hidden(deadline, hidden) {
      relay.signal();
      return hiding.everywhere(deadline, hidden);
    },
    appliedBelow: () => started?.follower.appliedBelow() ?? 0n,
    stuck: () =>
      relay.trouble() ??
      started?.follower.healthChecks.map(({ check }) => check()).find((why) => why !== null) ??
      standstill(),
    port: {
      epoch,
      appliedPosition: () => running().follower.appliedPosition(),
      async waitFor(position, timeoutMs) {
        const { follower } = running();
        if (await follower.waitFor(position, 0)) {
          return true;
        }
        // Whoever gives positions need not know yet that there is something to give one to.
        relay.signal();
        carrier.wake();
        return follower.waitFor(position, timeoutMs);
      },
      async readAfter(context, after, limit) {
        return resumes.run(context.deadline, () => readAfter(sql, after, limit));
      },
    },
    deadLetters: createDeadLetters({ sql, redriven }),
    redriven,
    jobs: [
      {
        name: "log days",
        everyMs: daysEveryMs,
        async run() {
          await makeDays(sql);
          const dropped = await dropOldDays(sql);
          if (dropped.length > 0) {
            logger.info({ dropped }, "Dropped days of the log that everyone has read");
          }
        },
      },
    ],
    healthChecks: () => [relayCheck, ...(started?.follower.healthChecks ?? [])],
    isRelay: relay.isRelay,
    async start() {
      const read = (after: number, limit: number): ReturnType<typeof readEvents> =>
        readEvents(sql, after, limit);
      const follower = createFollower({
        ...deps,
        isAlone: deps.stableHolder,
        views: deps.views(),
        read,
      });
      const workers = createWorkers({
        ...deps,
        workers: deps.workers?.() ?? [],
        backOff: deps.workBackOff,
        timing: deps.workTiming,
      });
      const consumers = createConsumers({
        ...deps,
        consumers: [...deps.consumers(), ...workers.consumers],
        causedBy: preparation.causedBy,
        handled: workers.added,
      });
      const state = await readLogState(sql);
      follower.start(state.position, state.epoch);
      started = { follower, consumers, workers };
      await carrier.start(receiver);
      // What was committed and not yet positioned when an earlier process ended comes now.
      await relay.start();
    },
    async startConsumers() {
      const { consumers, workers } = running();
      await consumers.start();
      await workers.start();
    },
    stopWorkers: async () => started?.workers.stop(),
    async stop() {
      await started?.workers.stop();
      await started?.consumers.stop();
      await relay.stop();
      await carrier.stop();
      await started?.follower.stop();
    },
  };
}

import { assert } from "../../kernel/assert.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DurableConsumer, DurableWorker } from "../../ports/log.ts";
import type { RecordPort, Sql } from "../../ports/record.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import type { BackOff } from "./consumer-failure.ts";
import {
  createWorkList,
  waitingFor,
  bringBack,
  type Waiting,
  type WorkList,
} from "./worker-list.ts";
import { createWorkerRunner, type WorkerRunner } from "./worker-runner.ts";
import { workTimingDefault, type WorkTiming } from "./worker-timing.ts";

/** Work takes seconds to minutes, and what it failed for seldom passes sooner. */
const workBackOffDefault: BackOff = { firstMs: 5_000, maxMs: 600_000 };
/** Putting an event on the list asks for nothing but the record; the worker has its own attempts later. */
const listingAttemptsMax = 20;
/** For the metrics. */
const lookEveryMs = 10_000;
const secondsPerMs = 0.001;
const bucketsS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

export interface WorkersDeps {
  readonly workers: readonly DurableWorker[];
  readonly record: () => RecordPort;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Names this process among the nodes. */
  readonly holder: string;
  /** No other process can have this name at the same time. */
  readonly stableHolder: boolean;
  readonly backOff?: BackOff | undefined;
  readonly timing?: WorkTiming | undefined;
}

/**
 * Runs the durable workers. Each has a consumer of its name, which puts the events on the worker's
 * list with its progress; every node takes from the list as much as it may work on at once.
 */
export interface Workers {
  readonly consumers: readonly DurableConsumer[];
  /** The consumer of this name has added something. */
  readonly added: (name: string) => void;
  start(): Promise<void>;
  /** Lets go of all that is under way. Safe to call again. */
  stop(): Promise<void>;
}

interface Running {
  readonly list: WorkList;
  readonly runner: WorkerRunner;
}

export function createWorkers(deps: WorkersDeps): Workers {
  const { sql, record, clock, logger, metrics, holder } = deps;
  const { backOff = workBackOffDefault, timing = workTimingDefault } = deps;
  const names = deps.workers.map(({ name }) => name);
  const outcomes = metrics.counter(
    "maru_log_work_total",
    "Attempts of workers by outcome: done, failed, dead, let_go or lost.",
    ["worker", "outcome"],
  );
  const durations = metrics.histogram(
    "maru_log_work_seconds",
    "Time of a worker's attempt, with its end in the record.",
    bucketsS,
    ["worker"],
  );
  let waiting: ReadonlyMap<string, Waiting> = new Map();
  let looking: NodeJS.Timeout | undefined;

  const all = deps.workers.map((worker): Running => {
    const { name, atOnceMax, attemptsMax } = worker;
    assert(atOnceMax >= 1 && attemptsMax >= 1, `the worker ${name} works at all`);
    const list = createWorkList({ sql, worker: name, holder, leaseMs: timing.leaseMs });
    const runner = createWorkerRunner({
      worker,
      list,
      record,
      clock,
      logger,
      backOff,
      chance: Math.random,
      timing,
      ended(outcome, ms) {
        outcomes.add(1, { worker: name, outcome });
        durations.observe(ms * secondsPerMs, { worker: name });
      },
    });
    return { list, runner };
  });

  const byWorker = (value: (one: Running) => number): Readonly<Record<string, number>> =>
    Object.fromEntries(all.map((one) => [one.runner.worker.name, value(one)]));
  const waits = ({ runner }: Running): Waiting =>
    waiting.get(runner.worker.name) ?? { count: 0, oldestMs: 0 };
  metrics.gauges(
    "maru_log_work_running",
    "Works that have not returned on this node.",
    "worker",
    () => byWorker(({ runner }) => runner.running()),
  );
  metrics.gauges(
    "maru_log_work_waiting",
    "Events that are due for a worker and that no node works on.",
    "worker",
    () => byWorker((one) => waits(one).count),
  );
  metrics.gauges(
    "maru_log_work_oldest_seconds",
    "For how long the oldest of them has been due.",
    "worker",
    () => byWorker((one) => waits(one).oldestMs * secondsPerMs),
  );

  async function look(): Promise<void> {
    try {
      await bringBack(sql, names, backOff.maxMs + timing.leaseMs);
      waiting = await waitingFor(sql, names);
    } catch {
      // The loops say when the record is away.
    }
  }

  return {
    consumers: all.map(({ list, runner: { worker } }): DurableConsumer => ({
      name: worker.name,
      types: worker.types,
      attemptsMax: listingAttemptsMax,
      handle: (_context, event, tx) => list.add(tx, event),
    })),
    added(name) {
      all.find(({ runner }) => runner.worker.name === name)?.runner.wake();
    },
    async start() {
      if (all.length === 0) {
        return;
      }
      if (deps.stableHolder) {
        // What an earlier process had; it may have ended because of it, so that counts.
        await Promise.all(all.map(({ list }) => list.takeBack([], 0)));
      }
      for (const { runner } of all) {
        runner.start();
      }
      looking = setInterval(() => void look(), lookEveryMs);
      await look();
    },
    async stop() {
      clearInterval(looking);
      await Promise.all(all.map(({ runner }) => runner.stop()));
    },
  };
}

import type { EventEnvelope, View } from "../../ports/log.ts";
import type { HealthCheck } from "../../ports/module.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import { logName } from "./log-schema.ts";
import { decodePosition } from "./position.ts";
import type { Watermark } from "./relay-move.ts";
import { createViewRunner } from "./view-runner.ts";

/** A view that hangs delays no answer longer; the write is safe, and reads go to the record. */
const earlyWaitMsMax = 1_000;
/** When an open transaction holds back the log for long, later writes are read from the record. */
const earlyTransactionsMax = 100_000;
/** Watermarks that wait for slow views; between the first and the last they may be left out. */
const watermarksMax = 64;

export interface FollowerDeps {
  readonly views: readonly View[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly region: number;
  /** There is no other node, so that whatever has answered is in the views. */
  readonly isAlone: boolean;
  readonly read: (after: number, limit: number) => Promise<readonly EventEnvelope[]>;
}

/** Keeps the views of this node up to date and knows how far they are. */
export interface Follower {
  /** Views get what comes after; called before any of them loads. */
  start(position: number, epoch: number): void;
  /** When the views have the events of a transaction that was just committed; false: later. */
  committed(events: readonly EventEnvelope[]): Promise<boolean>;
  /** Events that follow each other (or none), the log's last position, and how far it is complete. */
  moved(events: readonly EventEnvelope[], position: number, watermark: Watermark | null): void;
  appliedPosition(): number;
  /** There is more in the log than the views have. */
  isBehind(): boolean;
  /** The views have everything of transactions below this. */
  appliedBelow(): bigint;
  epoch(): number;
  waitFor(position: string, timeoutMs: number): Promise<boolean>;
  readonly healthChecks: readonly HealthCheck[];
  stop(): Promise<void>;
}

interface Waiter {
  readonly transactionId: bigint;
  readonly reached: () => void;
}

export function createFollower(deps: FollowerDeps): Follower {
  const { views, logger, metrics, region, isAlone } = deps;
  const pending: Watermark[] = [];
  /** Transactions whose events the views have although they may have no position yet. */
  const early = new Set<bigint>();
  const waiters = new Set<Waiter>();
  let complete: Watermark = { epoch: 0, xmin: 0n, position: 0 };
  let logPosition = 0;

  const failures = metrics.counter(
    "maru_log_view_failures_total",
    "Events that a view failed to apply.",
    ["view"],
  );
  const runners = views.map((view) =>
    createViewRunner({
      view,
      logger,
      read: deps.read,
      progressed,
      failed: () => failures.add(1, { view: view.name }),
    }),
  );
  metrics.gauge(
    "maru_log_position",
    "The last position of the log that this node knows.",
    () => logPosition,
  );
  metrics.gauge(
    "maru_log_applied_position",
    "The last position that every view has.",
    appliedPosition,
  );

  function appliedPosition(): number {
    let least = logPosition;
    for (const runner of runners) {
      least = Math.min(least, runner.applied());
    }
    return least;
  }

  /**
   * Who asks for a transaction asks for what they wrote before it, too, perhaps at another node: that
   * this node has the one early tells nothing of the others.
   */
  function has(transactionId: bigint): boolean {
    return transactionId < complete.xmin || (isAlone && early.has(transactionId));
  }

  function answerWaiters(): void {
    for (const waiter of waiters) {
      if (has(waiter.transactionId)) {
        waiter.reached();
      }
    }
  }

  function progressed(): void {
    const applied = appliedPosition();
    let passed: Watermark | undefined;
    while (pending[0] !== undefined && pending[0].position <= applied) {
      passed = pending.shift();
    }
    if (passed !== undefined && passed.xmin !== complete.xmin) {
      complete = passed;
      for (const transactionId of early) {
        if (transactionId < complete.xmin) {
          early.delete(transactionId);
        }
      }
      answerWaiters();
    }
  }

  function beginEpoch(epoch: number): void {
    if (epoch !== complete.epoch) {
      complete = { epoch, xmin: 0n, position: complete.position };
      pending.length = 0;
      early.clear();
      for (const runner of runners) {
        runner.forgetEarly();
      }
    }
  }

  /** Watermarks come by two ways, and by each in its own time: an older one tells nothing. */
  function isNews({ epoch, xmin }: Watermark): boolean {
    const newest = pending.at(-1) ?? complete;
    return epoch > newest.epoch || (epoch === newest.epoch && xmin >= newest.xmin);
  }

  function queue(watermark: Watermark): void {
    const last = pending.at(-1);
    if (last?.position === watermark.position || pending.length >= watermarksMax) {
      pending.pop();
    }
    pending.push(watermark);
  }

  async function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, false);
    });
    try {
      return await Promise.race([work.then(() => true), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    start(position, epoch) {
      logPosition = position;
      complete = { epoch, xmin: 0n, position };
      for (const runner of runners) {
        runner.start(position);
      }
    },
    async committed(events) {
      const [first] = events;
      if (first === undefined) {
        return true;
      }
      const { transactionId } = first;
      const outcomes = runners.map((runner) => runner.committed(events));
      const reached = (all: readonly boolean[]): void => {
        const room = early.size < earlyTransactionsMax;
        if (room && all.every(Boolean) && transactionId >= complete.xmin) {
          early.add(transactionId);
          answerWaiters();
        }
      };
      const waiting = outcomes.filter((outcome) => typeof outcome !== "boolean");
      const known = outcomes.filter((outcome) => typeof outcome === "boolean");
      if (waiting.length === 0) {
        reached(known);
        return known.every(Boolean);
      }
      const all = Promise.all(waiting).then((others) => {
        reached([...known, ...others]);
        return [...known, ...others].every(Boolean);
      });
      const isReached = (await within(earlyWaitMsMax, all)) && (await all);
      if (!isReached) {
        logger.warn(
          { requestId: first.requestId },
          "A view is slow; the write was answered before it had it",
        );
      }
      return isReached;
    },
    moved(events, position, watermark) {
      if (watermark !== null && isNews(watermark)) {
        beginEpoch(watermark.epoch);
        queue(watermark);
      }
      logPosition = Math.max(logPosition, position);
      for (const runner of runners) {
        runner.offer(events, position);
      }
      progressed();
    },
    appliedPosition,
    isBehind: () => appliedPosition() < logPosition,
    appliedBelow: () => complete.xmin,
    epoch: () => complete.epoch,
    async waitFor(text, timeoutMs) {
      const position = decodePosition(text);
      const { transactionId } = position;
      if (transactionId === 0n) {
        return true;
      }
      if (
        position.region !== region ||
        position.log !== logName ||
        position.epoch !== complete.epoch
      ) {
        return false;
      }
      if (has(transactionId) || timeoutMs <= 0) {
        return has(transactionId);
      }
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const waiter: Waiter = { transactionId, reached: () => resolve(undefined) };
      waiters.add(waiter);
      try {
        return await within(timeoutMs, promise);
      } finally {
        waiters.delete(waiter);
      }
    },
    healthChecks: runners.map((runner) => ({
      name: `view ${runner.name}`,
      check: () => runner.stuck(),
    })),
    async stop() {
      await Promise.all(runners.map((runner) => runner.stop()));
    },
  };
}

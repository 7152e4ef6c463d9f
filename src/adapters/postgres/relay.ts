import type { Clock } from "../../ports/clock.ts";
import type { LogBatch } from "../../ports/carrier.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import type { Sql } from "../../ports/record.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import type { BlockerWatch } from "./log-blockers.ts";
import { makeDays } from "./log-days.ts";
import {
  acquireRelayLease,
  releaseRelayLease,
  renewRelayLease,
  type RelayLease,
} from "./relay-lease.ts";
import { moveBatch, readLogState, type Watermark } from "./relay-move.ts";
import { createSignal } from "./signal.ts";

/** After a batch, so that a burst of commits costs a hundred turns a second and not thousands. */
const gapMs = 10;
/** Events wait for a running transaction, whose end nobody tells. */
const heldPollMs = 50;
/** Nothing waits; commits of this node raise a signal, and the watermark is due. */
const idlePollMs = 250;
/** Where another node is the relay, this one looks how far it has come … */
const followPollMs = 100;
/** … less often while it is told by the carrier, which says something every `idlePollMs`. */
const carriedPollMs = 500;
const carriedWithinMs = 750;
const renewEveryMs = 400;
const failurePollMs = 250;
/** Between two answers of the log there may be this much. */
const quietMs = 1_000;
/** Above the time that PostgreSQL gives a statement: this one's connection is dead. */
const hangsAfterMs = 12_000;
/** A database that is away is said to be so once in a while, not with every try. */
const failureLogEveryMs = 10_000;

export interface RelayDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly blockers: BlockerWatch;
  /** Names this process among those that may be the relay. */
  readonly holder: string;
  /**
   * True where no other process can have this name, as with a data folder: the lease is taken back
   * at once after a crash and needs no renewal.
   */
  readonly stableHolder: boolean;
  /**
   * What was positioned just now by this node (none, where it is not the relay), the log's last
   * position, and the watermark where one is known.
   */
  readonly moved: (
    events: readonly EventEnvelope[],
    position: number,
    watermark: Watermark | null,
  ) => void;
  /** What this node has positioned, for the others; without events it says how far the log is. */
  readonly carry: (batch: LogBatch) => void;
}

export interface Relay {
  /** Something was committed. */
  signal(): void;
  /** The carrier has brought what the node that gives positions has moved. */
  heard(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  isRelay(): boolean;
  /** Null while the log can be read, otherwise what fails. */
  failure(): string | null;
  /** Why nothing of the log comes any more, by either way; null while it does. */
  trouble(): string | null;
}

/**
 * The one process that gives positions, and on every other node the one that looks how far it has
 * come. Only the lease decides which of the two a turn is.
 */
export function createRelay(deps: RelayDeps): Relay {
  const { sql, clock, logger, blockers, holder, stableHolder } = deps;
  const signal = createSignal();
  let lease: RelayLease | null = null;
  let newestEpoch = 0n;
  let retired = false;
  let renewedAtMs = 0;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  /** When the log answered last. */
  let answeredAtMs = clock.monotonicMs();
  let held = false;
  let failure: string | null = null;
  let failureLoggedAtMs = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let loop: Promise<void> = Promise.resolve();

  const positioned = deps.metrics.counter(
    "maru_log_positioned_total",
    "Events that got a position.",
  );
  const failures = deps.metrics.counter(
    "maru_log_relay_failures_total",
    "Turns of the relay that failed.",
  );
  deps.metrics.gauge("maru_log_is_relay", "1 on the node that gives positions.", () =>
    lease === null ? 0 : 1,
  );

  function lose(): void {
    lease = null;
    logger.warn({ holder }, "Another process gives positions now");
  }

  async function acquire(): Promise<RelayLease | null> {
    await makeDays(sql);
    const acquired = await acquireRelayLease(sql, holder);
    if (acquired === null) {
      return null;
    }
    lease = acquired.lease;
    newestEpoch = lease.holderEpoch;
    renewedAtMs = clock.monotonicMs();
    const holderEpoch = String(acquired.lease.holderEpoch);
    logger.info({ holder, holderEpoch }, "This process gives positions");
    if (acquired.newHistory) {
      logger.warn({}, "The record was restored or promoted; the log begins a new epoch");
    }
    return acquired.lease;
  }

  async function drain(by: RelayLease, batchesMax = Number.POSITIVE_INFINITY): Promise<void> {
    let more = true;
    for (let batches = 0; more && !stopped && batches < batchesMax; batches += 1) {
      const moved = await moveBatch(sql, by);
      answeredAtMs = clock.monotonicMs();
      if (moved === null) {
        lose();
        return;
      }
      more = moved.more;
      held = moved.heldAtMs !== null;
      blockers.observe(moved.runningXmin, moved.heldAtMs);
      positioned.add(moved.events.length);
      const { events, watermark } = moved;
      deps.carry({ holderEpoch: by.holderEpoch, events, position: watermark.position, watermark });
      deps.moved(events, watermark.position, watermark);
    }
    if (more) {
      signal.raise();
    }
  }

  async function look(batchesMax = Number.POSITIVE_INFINITY): Promise<void> {
    const state = await readLogState(sql);
    answeredAtMs = clock.monotonicMs();
    const mine =
      lease !== null && state.holder === holder && state.holderEpoch === lease.holderEpoch;
    if (lease !== null && !mine) {
      lose();
    }
    const namesake = state.holder === holder && state.holderEpoch > newestEpoch;
    if (stableHolder && newestEpoch > 0n && namesake && !retired) {
      // Only a process that came later can have done that: this one is what it took the place of.
      retired = true;
      logger.error(
        { holder },
        "A later process of this name gives positions; this one never will again",
      );
    }
    const mayTake = lease === null && !retired && (state.free || state.holder === holder);
    const taken = mayTake ? await acquire() : null;
    if (taken !== null) {
      await drain(taken, batchesMax);
      return;
    }
    held = state.heldAtMs !== null;
    blockers.observe(state.runningXmin, state.heldAtMs);
    if (lease !== null && state.watermark === null) {
      await drain(lease);
      return;
    }
    if (lease !== null && state.watermark !== null) {
      const { position, watermark } = state;
      deps.carry({ holderEpoch: lease.holderEpoch, events: [], position, watermark });
    }
    deps.moved([], state.position, state.watermark);
  }

  async function turn(signalled: boolean): Promise<void> {
    const renewalDue = clock.monotonicMs() - renewedAtMs >= renewEveryMs;
    if (lease !== null && !stableHolder && renewalDue) {
      renewedAtMs = clock.monotonicMs();
      if (!(await renewRelayLease(sql, lease))) {
        lose();
      }
    }
    if (lease !== null && signalled) {
      await drain(lease);
    } else {
      await look();
    }
  }

  async function guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      failure = null;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      failures.add(1);
      const nowMs = clock.monotonicMs();
      if (nowMs - failureLoggedAtMs >= failureLogEveryMs) {
        failureLoggedAtMs = nowMs;
        logger.warn({ err: error }, "The log could not be moved on; trying again");
      }
      // A day without its partition is the one failure that time does not mend.
      await makeDays(sql).catch(() => undefined);
    }
  }

  function pauseMs(): number {
    if (failure !== null) {
      return failurePollMs;
    }
    if (held) {
      return heldPollMs;
    }
    if (lease !== null) {
      return idlePollMs;
    }
    return isCarried() ? carriedPollMs : followPollMs;
  }

  const running = (): boolean => !stopped;
  const isCarried = (): boolean => clock.monotonicMs() - heardAtMs < carriedWithinMs;

  async function run(): Promise<void> {
    while (running()) {
      const signalled = await signal.wait(pauseMs());
      if (running()) {
        await guarded(() => turn(signalled));
        await new Promise((resolve) => setTimeout(resolve, gapMs));
      }
    }
  }

  return {
    signal() {
      // Whoever does not give positions is told of those that were given.
      if (lease !== null || !isCarried()) {
        signal.raise();
      }
    },
    heard() {
      heardAtMs = clock.monotonicMs();
    },
    async start() {
      // The lease and the epoch are needed at once. What waits to be moved may be a whole import,
      // and need not be waited for: views load what is committed, and meet its events later.
      await guarded(() => look(1));
      loop = run();
    },
    async stop() {
      stopped = true;
      signal.raise();
      await loop;
      await blockers.settled();
      if (lease !== null) {
        const released = lease;
        lease = null;
        await releaseRelayLease(sql, released).catch(() => undefined);
      }
    },
    trouble() {
      const silentMs = clock.monotonicMs() - Math.max(answeredAtMs, heardAtMs);
      if (silentMs < quietMs) return null;
      return silentMs > hangsAfterMs ? "the log does not answer" : failure;
    },
    isRelay: () => lease !== null,
    failure: () => (retired ? "a later process has taken this one's place" : failure),
  };
}

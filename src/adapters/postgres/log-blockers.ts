import type { Clock } from "../../ports/clock.ts";
import type { Sql } from "../../ports/record.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";

/**
 * Watches for what holds the log back. An event gets its position when every transaction that
 * began to write before its own is over, so one that is left open anywhere on the server delays
 * all that come after it. Views of the writing node have their events regardless.
 */
export interface BlockerWatch {
  /**
   * With every look at the outbox: the lowest transaction that runs, and when the oldest event
   * that waits for it was written (milliseconds since 1970); null where none waits.
   */
  observe(xmin: bigint, heldAtMs: number | null): void;
  /** Resolves when no look at the server is under way. */
  settled(): Promise<void>;
}

export interface BlockerWatchOptions {
  /** Longer than any healthy transaction. */
  readonly warnAfterMs: number;
  /** Sessions of our own database that do nothing in a transaction for longer are ended. */
  readonly idleInTransactionMsMax: number;
  readonly lookEveryMs: number;
}

export const blockerWatchDefaults: BlockerWatchOptions = {
  warnAfterMs: 2_000,
  idleInTransactionMsMax: 10_000,
  lookEveryMs: 1_000,
};

const msPerSecond = 1_000;

interface BlockerRow {
  readonly pid: number | null;
  readonly database: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly transaction_start: Date | null;
  readonly query_start: Date | null;
  readonly prepared: string | null;
}

export function createBlockerWatch(
  deps: {
    readonly sql: Sql;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: Metrics;
  },
  options: BlockerWatchOptions = blockerWatchDefaults,
): BlockerWatch {
  const { sql, clock, logger, metrics } = deps;
  let heldXmin: bigint | null = null;
  let oldestAtMs: number | null = null;
  let heldSinceMs = 0;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;

  metrics.gauge(
    "maru_log_oldest_unpositioned_seconds",
    "Age of the oldest committed event without a position.",
    () => (oldestAtMs === null ? 0 : Math.max(0, clock.nowMs() - oldestAtMs) / msPerSecond),
  );

  async function nameBlocker(xmin: bigint): Promise<void> {
    const [found] = await sql<BlockerRow[]>`
      SELECT pid, datname AS database, application_name AS application, state,
        xact_start AS transaction_start, query_start, NULL AS prepared
      FROM pg_stat_activity WHERE backend_xid = ${String(xmin)}::xid8::xid
      UNION ALL
      SELECT NULL, database, NULL, 'prepared', prepared, NULL, gid
      FROM pg_prepared_xacts WHERE transaction = ${String(xmin)}::xid8::xid`;
    const heldMs = Math.round(clock.monotonicMs() - heldSinceMs);
    logger.warn(
      {
        heldMs,
        transactionId: String(xmin),
        blocker: found ?? "not visible to this database user",
      },
      "The log waits for an open transaction",
    );
  }

  async function endIdle(): Promise<void> {
    // Conditions that stand side by side are tried in any order, and the one that ends a session
    // must be tried on those alone that meet all others: hence two steps.
    const ended = await sql<{ pid: number; application: string }[]>`
      WITH idle AS MATERIALIZED (
        SELECT pid, application_name AS application FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
          AND state IN ('idle in transaction', 'idle in transaction (aborted)')
          AND state_change < clock_timestamp() - ${options.idleInTransactionMsMax} * interval '1 ms'
      )
      SELECT pid, application FROM idle WHERE pg_terminate_backend(pid)`;
    for (const session of ended) {
      logger.warn(session, "Ended a session that left a transaction open and held back the log");
    }
  }

  async function look(xmin: bigint): Promise<void> {
    try {
      await nameBlocker(xmin);
      await endIdle();
    } catch (error) {
      logger.warn({ err: error }, "Could not find out what holds back the log");
    }
  }

  return {
    observe(xmin, heldAtMs) {
      const nowMs = clock.monotonicMs();
      oldestAtMs = heldAtMs;
      if (heldAtMs === null || xmin !== heldXmin) {
        heldXmin = heldAtMs === null ? null : xmin;
        heldSinceMs = nowMs;
        return;
      }
      const due = nowMs - lookedAtMs >= options.lookEveryMs;
      if (nowMs - heldSinceMs >= options.warnAfterMs && due && looking === null) {
        lookedAtMs = nowMs;
        looking = look(xmin).finally(() => {
          looking = null;
        });
      }
    },
    settled: async () => {
      await looking;
    },
  };
}

import { setTimeout as delay } from "node:timers/promises";
import type { MonotonicMs } from "../../kernel/deadline.ts";
import { createServingTerm, type ServingTerm } from "../../kernel/serving-term.ts";
import type { HealthCheck } from "../../ports/module.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { createImpatientSql } from "./impatient-sql.ts";
import type { PooledSql } from "./session-pool.ts";

/**
 * A node's right to answer from memory. While it lasts, whoever takes something out of sight waits
 * for this node (`hiding.ts`); a node that cannot renew it, because it is paused or cut off, answers
 * nothing any more before others stop waiting for it. One whose views do not go on gives it back, so
 * that nobody waits for them.
 */
export interface ServingLease {
  readonly term: ServingTerm;
  readonly healthCheck: HealthCheck;
  /** Registers the node, before its views begin: what they load afterwards is new enough. */
  join(): Promise<void>;
  /** Renews it from here on, and joins again where it was lost. */
  start(): void;
  /** Others need not wait for this node any more. Safe to call again, and before `join`. */
  stop(): Promise<void>;
}

export interface ServingLeaseTiming {
  /** From when a renewal was asked for. */
  readonly ttlMs: number;
  readonly renewEveryMs: number;
  /** Views that have been stuck for so long are not waited for. */
  readonly stuckMs: number;
}

/** Others wait for a silent node a while longer than `ttlMs`: see `cell-looks.ts`. */
export const servingLeaseTimingDefault: ServingLeaseTiming = {
  ttlMs: 1_000,
  renewEveryMs: 200,
  stuckMs: 3_000,
};

const appliedPollMs = 10;
const goodbyeWithinMs = 500;
const msPerS = 1_000;

export function createServingLease(
  deps: {
    /** A connection of its own: nothing that is busy may keep it waiting. */
    readonly open: () => PooledSql;
    readonly logger: Logger;
    readonly monotonicMs: MonotonicMs;
    /** Names this process, and no other ever. */
    readonly node: string;
    /** The views have everything of transactions below this. */
    readonly appliedBelow: () => bigint;
    /** Why a view does not go on; null where all do. */
    readonly stuck: () => string | null;
    /**
     * A node that saw no other when it renewed last goes on while PostgreSQL is away: not for a
     * cell, whose other nodes may be back where this one cannot see them.
     */
    readonly mayGoOnAlone: boolean;
  },
  timing: ServingLeaseTiming = servingLeaseTimingDefault,
): ServingLease {
  const { logger, node, monotonicMs, appliedBelow } = deps;
  const term = createServingTerm(monotonicMs);
  const { ask, end: endSql } = createImpatientSql(deps.open);
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let stopping: Promise<void> | null = null;
  let renewedAtMs = monotonicMs();
  let isAlone = false;
  /** Others may have gone on without this node, and it has not made up for that yet. */
  let isBehind = false;
  let stuckSinceMs: number | null = null;

  const isStopped = (): boolean => stopping !== null;

  /** The row is on disk before the lease counts: a database that comes back knows of it. */
  async function register(): Promise<void> {
    const askedMs = monotonicMs();
    await ask(
      (on) => on`
      INSERT INTO cell.nodes (node, applied_below) VALUES (${node}, ${String(appliedBelow())}::xid8)
      ON CONFLICT (node) DO UPDATE SET renewals = nodes.renewals + 1`,
    );
    renewedAtMs = askedMs;
  }

  /** Its end need not be on disk: a database that comes back has an earlier number, which changes. */
  async function renew(): Promise<boolean> {
    const askedMs = monotonicMs();
    const [renewed] = await ask(
      (on) => on<{ alone: boolean }[]>`
      WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
      UPDATE cell.nodes SET renewals = renewals + 1, applied_below = ${String(appliedBelow())}::xid8
      FROM quick WHERE node = ${node}
      RETURNING NOT EXISTS (SELECT FROM cell.nodes WHERE node <> ${node}) AS alone`,
    );
    if (renewed !== undefined) {
      renewedAtMs = askedMs;
      isAlone = renewed.alone;
    }
    return renewed !== undefined;
  }

  function extend(): void {
    const isEndless = isAlone && deps.mayGoOnAlone;
    term.extend(isEndless ? Number.POSITIVE_INFINITY : renewedAtMs + timing.ttlMs);
  }

  async function leave(withinMs?: number): Promise<void> {
    term.end();
    isBehind = true;
    await ask((on) => on`DELETE FROM cell.nodes WHERE node = ${node}`, withinMs);
  }

  /** Nobody waits for a node that is alone. */
  function isStuck(): boolean {
    if (isAlone && deps.mayGoOnAlone) {
      return false;
    }
    stuckSinceMs = deps.stuck() === null ? null : (stuckSinceMs ?? monotonicMs());
    return stuckSinceMs !== null && monotonicMs() - stuckSinceMs > timing.stuckMs;
  }

  /** Looks often whether the views are so far, and renews as usual meanwhile. */
  async function caughtUp(target: bigint): Promise<boolean> {
    while (appliedBelow() < target) {
      const nextMs = renewedAtMs + timing.renewEveryMs;
      if (isStopped() || isStuck() || (monotonicMs() >= nextMs && !(await renew()))) {
        return false;
      }
      await delay(appliedPollMs);
    }
    return await renew();
  }

  /**
   * Others have stopped waiting for this node, so it may lack what was hidden meanwhile: it serves
   * again when it has everything that was committed before it was registered again.
   */
  async function joinAgain(): Promise<void> {
    term.end();
    await register();
    const [row] = await ask(
      (on) => on<{ xmax: string }[]>`SELECT pg_snapshot_xmax(pg_current_snapshot()) AS xmax`,
    );
    if ((await caughtUp(BigInt(row?.xmax ?? 0))) && !isStopped()) {
      isBehind = false;
      extend();
      logger.info({ node }, "This node serves again");
    }
  }

  async function turn(): Promise<void> {
    try {
      if (isStuck()) {
        await leave();
      } else if (!isBehind && (await renew())) {
        if (!isStopped()) {
          extend();
        }
      } else if (!isStopped()) {
        if (!isBehind) {
          logger.warn({ node }, "Other nodes have gone on without this one; it joins them again");
        }
        isBehind = true;
        await joinAgain();
      }
    } catch {
      // The term runs out by itself, and health tells.
    }
    if (!isStopped()) {
      timer = setTimeout(() => {
        underWay = turn();
      }, timing.renewEveryMs);
    }
  }

  async function end(): Promise<void> {
    clearTimeout(timer);
    await Promise.race([underWay, delay(goodbyeWithinMs)]);
    await leave(goodbyeWithinMs).catch(() => undefined);
    await endSql();
  }

  return {
    term,
    healthCheck: {
      name: "serving lease",
      check() {
        if (term.isRunning()) {
          return null;
        }
        const silentS = Math.round((monotonicMs() - renewedAtMs) / msPerS);
        return `this node has not been able to renew its lease for ${String(silentS)} s, and answers nothing that it may have missed a change of`;
      },
    },
    async join() {
      await register();
      extend();
    },
    start() {
      underWay = turn();
    },
    stop() {
      term.end();
      stopping ??= end();
      return stopping;
    },
  };
}

import { setTimeout as delay } from "node:timers/promises";
import type { MonotonicMs } from "../../kernel/deadline.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import type { ImpatientSql } from "./impatient-sql.ts";
import { servingLeaseTimingDefault } from "./serving-lease.ts";

/** Which other nodes hold a serving lease, and how far each has the log. */
export interface CellLook {
  readonly others: readonly { readonly name: string; readonly below: bigint }[];
  /** Greater than every transaction that was there when it was looked. */
  readonly xmax: bigint;
}

/**
 * However many wait, there is one look at a time, and one in a while. A node that is seen to renew
 * nothing for longer than its lease lasts is taken off the list.
 */
export interface CellLooks {
  /** A look that begins after this was called. */
  next(): Promise<CellLook>;
}

/**
 * A node whose lease was not renewed for so long serves no more, by its own clock as by this one:
 * it counts from before it asked, this one from after the answer was there. Half a lease of margin.
 */
const goneAfterMs = 1.5 * servingLeaseTimingDefault.ttlMs;
/**
 * Silence counts where it was watched: whoever looked less often may have missed a whole life of a
 * node, whose renewals are counted anew.
 */
const watchedMs = 500;
/** Between the beginnings of two looks. */
const spacingMs = 10;

interface NodeRow {
  /** Null: there is no other node. */
  readonly node: string | null;
  readonly renewals: bigint;
  readonly applied_below: string;
  readonly xmax: string;
}

export function createCellLooks(deps: {
  readonly sql: Pick<ImpatientSql, "ask">;
  readonly metrics: Metrics;
  readonly monotonicMs: MonotonicMs;
  readonly node: string;
}): CellLooks {
  const { sql, node, monotonicMs } = deps;
  const left = deps.metrics.counter(
    "maru_hiding_nodes_left_total",
    "Nodes that were gone on without, because they had not renewed their lease.",
  );
  const silent = new Map<string, { readonly renewals: bigint; readonly sinceMs: number }>();
  let underWay: Promise<unknown> = Promise.resolve();
  let upcoming: Promise<CellLook> | null = null;
  let beganMs = Number.NEGATIVE_INFINITY;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  /** True where its row is gone: should it come back, it has to catch up before it serves. */
  async function goOnWithout(name: string, renewals: bigint): Promise<boolean> {
    const removed = await sql.ask(
      (on) => on`
      DELETE FROM cell.nodes WHERE node = ${name} AND renewals = ${renewals} RETURNING 1 AS one`,
    );
    left.add(removed.length);
    return removed.length > 0;
  }

  async function isGone(name: string, renewals: bigint): Promise<boolean> {
    const known = silent.get(name);
    if (known?.renewals !== renewals) {
      silent.set(name, { renewals, sinceMs: monotonicMs() });
      return false;
    }
    return monotonicMs() - known.sinceMs > goneAfterMs && goOnWithout(name, renewals);
  }

  async function look(): Promise<CellLook> {
    if (monotonicMs() - lookedAtMs > watchedMs) {
      silent.clear();
    }
    const rows = await sql.ask(
      (on) => on<NodeRow[]>`
      SELECT node, renewals, applied_below, pg_snapshot_xmax(pg_current_snapshot()) AS xmax
      FROM (SELECT) AS one LEFT JOIN cell.nodes ON node <> ${node}`,
    );
    const others: { name: string; below: bigint }[] = [];
    for (const { node: name, renewals, applied_below: below } of rows) {
      if (name !== null && !(await isGone(name, renewals))) {
        others.push({ name, below: BigInt(below) });
      }
    }
    for (const name of silent.keys()) {
      if (!others.some((other) => other.name === name)) {
        silent.delete(name);
      }
    }
    lookedAtMs = monotonicMs();
    return { others, xmax: BigInt(rows[0]?.xmax ?? 0) };
  }

  async function lookInTurn(before: Promise<unknown>): Promise<CellLook> {
    await before.catch(() => undefined);
    const waitMs = beganMs + spacingMs - monotonicMs();
    if (waitMs > 0) {
      await delay(waitMs);
    }
    upcoming = null;
    beganMs = monotonicMs();
    return look();
  }

  return {
    next() {
      if (upcoming === null) {
        upcoming = lookInTurn(underWay);
        underWay = upcoming;
      }
      return upcoming;
    },
  };
}

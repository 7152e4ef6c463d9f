import { randomUUID } from "node:crypto";
import { present } from "../../kernel/assert.ts";
import { laneMax } from "../../kernel/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { HealthCheck, ModuleSchema } from "../../ports/module.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { createIdMint, type LaneTerm } from "./id-mint.ts";

/** Kept for ids of the past, which take turns in the record; every other lane is leased to a mint. */
export const backfillLane = laneMax;

const createTables = `
CREATE SCHEMA ids;

-- A lane of a region belongs to one holder until expires_at. Ids of the lane up to high_ms
-- (milliseconds since 1970) belong to the holder and those before it; the next one begins after it.
CREATE TABLE ids.leases (
  region smallint NOT NULL,
  lane smallint NOT NULL,
  holder text,
  expires_at timestamptz NOT NULL DEFAULT '-infinity',
  high_ms bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (region, lane)
) WITH (fillfactor = 50);

-- How many ids of lane ${backfillLane} were asked for in a millisecond of the past.
CREATE TABLE ids.backfill (
  region smallint NOT NULL,
  at_ms bigint NOT NULL,
  used int NOT NULL,
  PRIMARY KEY (region, at_ms)
);
`;

export const idsSchema: ModuleSchema = {
  tables: {
    module: "ids",
    migrations: [{ number: 1, name: "create the leases", sql: createTables }],
  },
  partitioned: [],
  events: {},
};

export interface IdLeaseTiming {
  /** A node that cannot reach PostgreSQL mints ids for this long. */
  readonly ttlMs: number;
  /** The mint stops this long before the lane may be another's, whatever the two clocks' rates. */
  readonly marginMs: number;
  /** Ids may be this far ahead of the last renewal. */
  readonly rangeMs: number;
}

export const idLeaseTimingDefault: IdLeaseTiming = {
  ttlMs: 15_000,
  marginMs: 2_000,
  rangeMs: 15_000,
};

const renewEveryMs = 3_000;
/** After a failure; several tries fit into a lease. */
const retryEveryMs = 500;

export interface IdLeasesDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to 7. */
  readonly region: number;
}

export interface IdLeases {
  readonly ids: IdSource;
  readonly healthChecks: readonly HealthCheck[];
  /** Takes a lane if one is free, and keeps it until `stop`; what fails is tried again meanwhile. */
  start(): Promise<void>;
  /** Gives the lane back, so that the next node need not wait for it to expire. */
  stop(): Promise<void>;
  /** Extends the lease, or takes a lane where there is none; runs by itself after `start`. */
  renew(): Promise<void>;
}

interface Held {
  readonly lane: number;
  readonly holder: string;
  readonly afterMs: number;
}

interface LeaseRow {
  readonly lane: number;
  readonly high_ms: bigint;
  readonly now_ms: bigint;
}

export function createIdLeases(
  deps: IdLeasesDeps,
  timing: IdLeaseTiming = idLeaseTimingDefault,
): IdLeases {
  const { sql, clock, logger, region } = deps;
  const mint = createIdMint({ clock, region });
  let held: Held | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  /** What a round trip told: the term, and how PostgreSQL's clock stands to ours. */
  function grant(lease: Held, row: LeaseRow, askedAtMs: number): void {
    const uncertaintyMs = (clock.monotonicMs() - askedAtMs) / 2;
    const term: LaneTerm = {
      lane: lease.lane,
      afterMs: lease.afterMs,
      highMs: Number(row.high_ms),
      // From before the question, so that the lease is over here before it is over there.
      endsAtMs: askedAtMs + timing.ttlMs - timing.marginMs,
      recordLessMonotonicMs: Number(row.now_ms) - askedAtMs - uncertaintyMs,
      uncertaintyMs,
    };
    mint.grant(term);
  }

  async function extend(lease: Held): Promise<boolean> {
    const askedAtMs = clock.monotonicMs();
    const [row] = await sql<LeaseRow[]>`
      WITH moment AS (SELECT clock_timestamp() AS now)
      UPDATE ids.leases SET
        expires_at = now + ${timing.ttlMs} * interval '1 ms',
        high_ms = greatest(high_ms, (extract(epoch FROM now) * 1000)::bigint + ${timing.rangeMs})
      FROM moment
      WHERE region = ${region} AND lane = ${lease.lane} AND holder = ${lease.holder}
      RETURNING lane, high_ms, (extract(epoch FROM now) * 1000)::bigint AS now_ms`;
    if (row === undefined) {
      return false;
    }
    grant(lease, row, askedAtMs);
    return true;
  }

  /**
   * Takes a free lane whose range is already past, so that ids never run ahead of the clock. A
   * process that was killed leaves a lane that is free some seconds later; there are many others.
   */
  async function take(): Promise<boolean> {
    const holder = randomUUID();
    return sql
      .begin(async (tx: TransactionSql) => {
        await tx`
        INSERT INTO ids.leases (region, lane)
        SELECT ${region}, lane FROM generate_series(0, ${backfillLane - 1}) AS lane
        WHERE NOT EXISTS (SELECT FROM ids.leases WHERE region = ${region})
        ON CONFLICT DO NOTHING`;
        const [free] = await tx<{ lane: number; high_ms: bigint }[]>`
        SELECT lane, high_ms FROM ids.leases
        WHERE region = ${region} AND expires_at < clock_timestamp()
          AND high_ms < (extract(epoch FROM clock_timestamp()) * 1000)::bigint
        ORDER BY lane LIMIT 1 FOR UPDATE SKIP LOCKED`;
        if (free === undefined) {
          return false;
        }
        const lease: Held = { lane: free.lane, holder, afterMs: Number(free.high_ms) };
        const askedAtMs = clock.monotonicMs();
        const [row] = await tx<LeaseRow[]>`
        WITH moment AS (SELECT clock_timestamp() AS now)
        UPDATE ids.leases SET
          holder = ${holder},
          expires_at = now + ${timing.ttlMs} * interval '1 ms',
          high_ms = (extract(epoch FROM now) * 1000)::bigint + ${timing.rangeMs}
        FROM moment
        WHERE region = ${region} AND lane = ${free.lane}
        RETURNING lane, high_ms, (extract(epoch FROM now) * 1000)::bigint AS now_ms`;
        return { lease, row: present(row, "the lane that was locked"), askedAtMs };
      })
      .then((taken) => {
        if (taken === false) {
          return false;
        }
        // Only now that it is committed may anything be minted.
        held = taken.lease;
        grant(taken.lease, taken.row, taken.askedAtMs);
        return true;
      });
  }

  async function renewOnce(): Promise<void> {
    if (held !== null && (await extend(held))) {
      return;
    }
    if (held !== null) {
      logger.warn({ region, lane: held.lane }, "The lease of ids was lost; taking another lane");
      held = null;
      mint.revoke();
    }
    if (!(await take())) {
      logger.warn({ region }, "No lane for ids is free; trying again");
    }
  }

  /** One at a time, whoever asks. */
  function renew(): Promise<void> {
    running = running.then(renewOnce, renewOnce);
    return running;
  }

  async function tick(): Promise<void> {
    try {
      await renew();
    } catch (error) {
      logger.warn({ err: error }, "The lease of ids could not be renewed; trying again");
    }
    const why = mint.refusal();
    if (why !== null) {
      logger.error({ region, why }, "No ids are given");
    }
    if (!stopped) {
      timer = setTimeout(() => void tick(), why === null ? renewEveryMs : retryEveryMs);
    }
  }

  return {
    ids: mint,
    healthChecks: [
      {
        name: "ids",
        check() {
          const why = mint.refusal();
          return why === null ? null : `no ids are given: ${why}`;
        },
      },
    ],
    start: tick,
    renew,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running.catch(() => undefined);
      const lease = held;
      held = null;
      const usedUpToMs = mint.revoke();
      if (lease !== null) {
        await sql`
          UPDATE ids.leases
          SET holder = NULL, expires_at = '-infinity', high_ms = ${Math.max(usedUpToMs, lease.afterMs)}
          WHERE region = ${region} AND lane = ${lease.lane} AND holder = ${lease.holder}`;
      }
    },
  };
}

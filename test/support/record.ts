import { createKeyring } from "../../src/kernel/keyring.ts";
import { composeId, type Id } from "../../src/kernel/id.ts";
import { createCursors } from "../../src/kernel/page.ts";
import type { EventSink } from "../../src/adapters/postgres/event-sink.ts";
import { logSchema } from "../../src/adapters/postgres/log-schema.ts";
import { migrate } from "../../src/adapters/postgres/migrate.ts";
import { createPartitions, upcomingMonthsMs } from "../../src/adapters/postgres/partitions.ts";
import { openPools, type PostgresEndpoint } from "../../src/adapters/postgres/pools.ts";
import { createRecord } from "../../src/adapters/postgres/record.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { EventEnvelope, View } from "../../src/ports/log.ts";
import type { ModuleDeps, ModuleSchema } from "../../src/ports/module.ts";
import type { Partitions, Sql } from "../../src/ports/record.ts";
import type { BackfillIds, IdSource } from "../../src/ports/ids.ts";
import type { Logger, Metrics } from "../../src/ports/telemetry.ts";
import { startTestPostgres, type TestPostgres } from "./postgres.ts";

/**
 * A record on a real PostgreSQL for a module's own tests: events go to the outbox and, right after
 * commit, to the views given; there is no relay, so every delivery is the first.
 */
export interface TestRecord extends ModuleDeps {
  readonly postgres: TestPostgres;
  readonly endpoint: PostgresEndpoint;
  readonly sql: Sql;
  readonly partitions: Partitions;
  readonly backfillIds: BackfillIds;
  /** Every event that was committed through `record`, oldest first. */
  readonly events: EventEnvelope[];
  /** Views that get the events of `record.write` before it answers. */
  readonly views: View[];
  close(): Promise<void>;
}

export const realClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

export const quietLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => {
    console.error(message, fields);
  },
};

export const noMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => undefined,
  gauges: () => undefined,
  tally: () => undefined,
  histogram: () => ({ observe: () => undefined }),
};

/** Ids of one lane by the real clock; enough where one process mints. */
export function testIds(lane = 1): IdSource {
  let last = { timeMs: 0, sequence: 0 };
  return {
    mint() {
      const timeMs = Math.max(Date.now(), last.timeMs);
      const sequence = timeMs === last.timeMs ? last.sequence + 1 : 0;
      last = sequence > 4095 ? { timeMs: timeMs + 1, sequence: 0 } : { timeMs, sequence };
      return composeId({ ...last, region: 0, lane });
    },
  };
}

function testBackfillIds(): BackfillIds {
  const used = new Map<number, number>();
  return {
    mintAt: (_tx, timesMs) =>
      Promise.resolve(
        timesMs.map((timeMs): Id => {
          const sequence = used.get(timeMs) ?? 0;
          used.set(timeMs, sequence + 1);
          return composeId({ timeMs, region: 0, lane: 127, sequence });
        }),
      ),
  };
}

export async function openTestRecord(
  schemas: readonly ModuleSchema[],
  shared?: TestPostgres,
): Promise<TestRecord> {
  const postgres = shared ?? (await startTestPostgres());
  const endpoint = await postgres.freshDatabase();
  const pools = openPools(endpoint, { read: 8, write: 24, log: 4 });
  const all = [logSchema, ...schemas];
  await migrate(
    pools.log,
    all.map((schema) => schema.tables),
  );
  const partitions = createPartitions(
    pools.log,
    all.flatMap((schema) => schema.partitioned),
  );
  await partitions.ensureFor(upcomingMonthsMs(Date.now()));

  const ids = testIds();
  const events: EventEnvelope[] = [];
  const views: View[] = [];
  const sink: EventSink = {
    prepare: (context, news) =>
      news.map((event) => ({
        ...event,
        id: ids.mint(),
        log: "main",
        epoch: 1,
        region: 0,
        atMs: Date.now(),
        requestId: context.requestId,
        traceparent: null,
      })),
    positionOf: (transactionId) => String(transactionId ?? 0n),
    hidden: () => Promise.resolve(),
    async committed(committed) {
      for (const event of committed) {
        events.push(event);
        for (const view of views) {
          if (view.types.includes(event.type)) {
            await view.apply(event, { repeated: false });
          }
        }
      }
      return true;
    },
  };
  const keyring = createKeyring([{ id: 1, secret: Buffer.alloc(32, 1) }]);
  return {
    postgres,
    endpoint,
    sql: pools.log,
    partitions,
    backfillIds: testBackfillIds(),
    record: createRecord({
      pools,
      sizes: { read: 8, write: 24, log: 4 },
      sink,
      metrics: noMetrics,
      monotonicMs: () => performance.now(),
    }),
    ids,
    clock: realClock,
    cursors: createCursors(keyring),
    metrics: noMetrics,
    logger: quietLogger,
    events,
    views,
    async close() {
      await pools.end();
      if (shared === undefined) {
        await postgres.stop();
      }
    },
  };
}

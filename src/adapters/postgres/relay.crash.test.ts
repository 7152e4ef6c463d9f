import { expect, test } from "vitest";
import { killServerOf, temporaryFolder } from "../../../test/support/data-folder.ts";
import { migrateLog } from "../../../test/support/log.ts";
import { testIds } from "../../../test/support/record.ts";
import { present } from "../../kernel/assert.ts";
import type { Id } from "../../kernel/id.ts";
import type { TransactionSql } from "../../ports/record.ts";
import { startEmbeddedPostgres } from "../embedded/postgres-server.ts";
import { makeDays } from "./log-days.ts";
import { readEvents } from "./log-reading.ts";
import { appendToOutbox } from "./outbox.ts";
import { openSql } from "./pools.ts";
import { acquireRelayLease } from "./relay-lease.ts";
import { moveBatch, readLogState } from "./relay-move.ts";

const rounds = 6;
const backSoonMs = 30_000;

/** Everything stays as in service, but what need not be on disk gets there late, so that a crash loses it. */
const settings = { shared_buffers: "16MB", max_connections: "20", wal_writer_delay: "10s" };

test("positions that a crash of PostgreSQL takes back are given to the same events again", async () => {
  const dataDir = await temporaryFolder();
  let ups = 0;
  const server = await startEmbeddedPostgres({
    dataDir,
    purpose: "serve",
    settings,
    log: () => undefined,
    onStateChange: (state) => (ups += state === "up" ? 1 : 0),
  });
  const sql = openSql(server.connection, { max: 6, applicationName: "test" });
  await migrateLog(server.connection);
  await makeDays(sql);
  const ids = testIds();
  const committed = new Set<Id>();
  const seen = new Map<number, Id>();
  let takenBack = 0;

  const commit = async (aggregate: number): Promise<void> => {
    const id = ids.mint();
    await sql.begin(async (tx) => {
      const common = {
        log: "main",
        epoch: 1,
        region: 0,
        atMs: 0,
        requestId: "r",
        traceparent: null,
      };
      const aggregateOf = { type: "thing", id: BigInt(aggregate), version: 1 };
      await appendToOutbox(tx as TransactionSql, [
        { ...common, id, type: "things.made.v1", aggregate: aggregateOf, actorId: null, data: {} },
      ]);
      await tx`SELECT pg_sleep(${aggregate % 3 === 0 ? 0.002 : 0})`;
    });
    committed.add(id);
  };

  for (let round = 0; round < rounds; round += 1) {
    const lease = present(await acquireRelayLease(sql, "embedded"), "the lease").lease;
    const before = ups;
    await Promise.all(Array.from({ length: 40 }, (_, n) => commit(n)));
    for (let n = 0; n < 3; n += 1) {
      await Promise.all([commit(0), commit(1), moveBatch(sql, lease, 10)]);
    }
    for (let more = true; more;) {
      const moved = present(await moveBatch(sql, lease, 10), "the lease");
      more = moved.more;
    }
    for (const event of await readEvents(sql, 0, 10_000)) {
      seen.set(event.position!, event.id);
    }
    const { position } = await readLogState(sql);
    await killServerOf(dataDir);
    await expect.poll(() => ups, { timeout: backSoonMs }).toBeGreaterThan(before);
    await expect
      .poll(async () => (await sql`SELECT 1 AS one`).length, { timeout: backSoonMs })
      .toBe(1);
    takenBack += position - (await readLogState(sql)).position;
  }

  const lease = present(await acquireRelayLease(sql, "embedded"), "the lease").lease;
  while (present(await moveBatch(sql, lease), "the lease").heldAtMs !== null);
  const log = await readEvents(sql, 0, 10_000);
  expect(log.map((event) => event.position)).toEqual(log.map((_, index) => index + 1));
  expect(log.map((event) => event.id).sort()).toEqual([...committed].sort());
  for (const [position, id] of seen) {
    expect(log[position - 1]?.id).toBe(id);
  }
  // Otherwise nothing was lost and the test has shown nothing.
  expect(takenBack).toBeGreaterThan(0);
  await sql.end({ timeout: 1 });
  await server.stop();
});

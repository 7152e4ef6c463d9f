import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrateLog } from "../../../test/support/log.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { testIds } from "../../../test/support/record.ts";
import { present } from "../../kernel/assert.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import { makeDays } from "./log-days.ts";
import { readEvents } from "./log-reading.ts";
import { appendToOutbox } from "./outbox.ts";
import { openSql, type PostgresEndpoint } from "./pools.ts";
import { acquireRelayLease, type RelayLease } from "./relay-lease.ts";
import { moveBatch, readLogState } from "./relay-move.ts";

let postgres: TestPostgres;
let endpoint: PostgresEndpoint;
let sql: Sql;
let relaySql: Sql;
let writers: Writer[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  endpoint = await postgres.freshDatabase();
  await migrateLog(endpoint);
  sql = openSql(endpoint, { max: 4, applicationName: "test" });
  relaySql = openSql(endpoint, { max: 1, applicationName: "relay under test" });
  writers = Array.from({ length: writerCount }, () => ({
    sql: openSql(endpoint, { max: 1, applicationName: "writer" }),
    open: null,
  }));
  await makeDays(sql);
});
afterAll(async () => {
  await Promise.all(
    [sql, relaySql, ...writers.map((writer) => writer.sql)].map((one) => one.end()),
  );
  await postgres.stop();
});

const ids = testIds();
/** Small, so that a handful of events fills several batches. */
const limit = 4;

async function acquire(holder: string): Promise<RelayLease> {
  await sql`UPDATE log.state SET expires_at = '-infinity'`;
  return present(await acquireRelayLease(sql, holder), "the lease").lease;
}

async function append(tx: TransactionSql, aggregateId: bigint, n: number): Promise<bigint> {
  const id = ids.mint();
  await appendToOutbox(tx, [
    {
      id,
      type: "things.made.v1",
      aggregate: { type: "thing", id: aggregateId, version: n },
      actorId: null,
      data: { n },
      log: "main",
      epoch: 1,
      region: 0,
      atMs: Date.now(),
      requestId: "request",
      traceparent: null,
    },
  ]);
  return id;
}

async function commitOne(): Promise<bigint> {
  const [id] = await sql.begin(async (tx) => [await append(tx as TransactionSql, 1n, 0)]);
  return present(id, "an id");
}

async function drain(lease: RelayLease): Promise<void> {
  for (let more = true; more;) {
    const moved = present(await moveBatch(sql, lease, limit), "the lease");
    more = moved.more;
  }
}

async function everything(): Promise<readonly EventEnvelope[]> {
  return readEvents(sql, 0, 100_000);
}

/** A session whose transaction stands open while others come and go. */
interface Writer {
  readonly sql: Sql;
  open: bigint[] | null;
}

type Action =
  | { readonly kind: "append"; readonly writer: number; readonly aggregate: number }
  | { readonly kind: "commit" | "abort"; readonly writer: number }
  | { readonly kind: "move" | "kill" | "replace" | "read" };

const writerCount = 5;
const aggregates = 3;
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      writer: fc.nat(writerCount - 1),
      aggregate: fc.nat(aggregates - 1),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("commit" as const), writer: fc.nat(writerCount - 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("abort" as const), writer: fc.nat(writerCount - 1) }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: "move" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "kill" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "replace" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "read" as const }) },
);

class Run {
  readonly committed: bigint[] = [];
  readonly read: EventEnvelope[] = [];
  private lease: RelayLease;
  private moving: Promise<unknown> = Promise.resolve();

  private constructor(lease: RelayLease) {
    this.lease = lease;
  }

  static async begin(): Promise<Run> {
    await sql`TRUNCATE log.outbox, log.events`;
    await sql`UPDATE log.state SET position = 0, moved_below = '0'`;
    return new Run(await acquire("relay"));
  }

  /** Moves beside what comes next; a killed connection is a crash in the middle. */
  private move(): void {
    this.moving = this.moving
      .then(() => moveBatch(relaySql, this.lease, limit))
      .catch((error: unknown) => error);
  }

  private async readOn(): Promise<void> {
    this.read.push(...(await readEvents(sql, this.read.at(-1)?.position ?? 0, 3)));
  }

  async step(step: Action): Promise<void> {
    switch (step.kind) {
      case "append": {
        const writer = writers[step.writer]!;
        if (writer.open === null) {
          await writer.sql`BEGIN`;
          writer.open = [];
        }
        const id = await append(
          writer.sql as unknown as TransactionSql,
          BigInt(step.aggregate),
          writer.open.length,
        );
        writer.open.push(id);
        break;
      }
      case "commit":
      case "abort": {
        const writer = writers[step.writer]!;
        await writer.sql.unsafe(step.kind === "commit" ? "COMMIT" : "ROLLBACK");
        this.committed.push(...(step.kind === "commit" ? (writer.open ?? []) : []));
        writer.open = null;
        break;
      }
      case "move":
        this.move();
        break;
      case "kill":
        this.move();
        await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay under test'`;
        break;
      case "replace":
        // The old one may be in the middle of a batch: it ends first or finds itself replaced.
        this.move();
        this.lease = await acquire("relay");
        break;
      case "read":
        await this.readOn();
        break;
    }
  }

  async end(): Promise<void> {
    for (let writer = 0; writer < writerCount; writer += 1) {
      await this.step({ kind: "commit", writer });
    }
    await this.moving;
    await drain(this.lease);
    for (let before = -1; before !== this.read.length;) {
      before = this.read.length;
      await this.readOn();
    }
  }
}

describe("positions", () => {
  test("follow each other, once for each committed event, in the order of transactions, whatever is slow or crashes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 120 }), async (actions) => {
        const run = await Run.begin();
        for (const step of actions) {
          await run.step(step);
        }
        await run.end();
        const log = await everything();
        expect(log.map((event) => event.position)).toEqual(log.map((_, index) => index + 1));
        expect(new Set(log.map((event) => event.id))).toEqual(new Set(run.committed));
        expect(log).toHaveLength(run.committed.length);
        // Within a transaction the order of appending, across transactions that of their ids.
        for (const [index, event] of log.entries()) {
          const next = log[index + 1];
          if (next !== undefined) {
            expect(next.transactionId >= event.transactionId).toBe(true);
            if (next.transactionId === event.transactionId) {
              expect(next.id > event.id).toBe(true);
            }
          }
        }
        // Whoever read along saw the same log, with nothing left out or changed later.
        expect(run.read).toEqual(log);
      }),
      { numRuns: 25 },
    );
  });

  test("wait for a transaction that began to write earlier and is still open", async () => {
    const lease = await acquire("relay");
    await drain(lease);
    const slow = openSql(endpoint, { max: 1, applicationName: "slow" });
    await slow`BEGIN`;
    const first = await append(slow as unknown as TransactionSql, 1n, 0);
    const second = await commitOne();
    const held = await moveBatch(sql, lease);
    expect(held).toMatchObject({ events: [], more: false });
    expect(held?.heldAtMs).not.toBeNull();
    await slow`COMMIT`;
    await slow.end();
    const moved = await moveBatch(sql, lease);
    expect(moved?.events.map((event) => event.id)).toEqual([first, second]);
    expect(moved?.heldAtMs).toBeNull();
  });

  test("come with a watermark that is complete below its transaction", async () => {
    const lease = await acquire("relay");
    await drain(lease);
    for (let n = 0; n < limit + 1; n += 1) {
      await commitOne();
    }
    const first = present(await moveBatch(sql, lease, limit), "a batch");
    expect(first.more).toBe(true);
    expect(first.watermark.xmin).toBe(first.events.at(-1)?.transactionId);
    const rest = present(await moveBatch(sql, lease, limit), "a batch");
    expect(rest.more).toBe(false);
    expect(rest.watermark.xmin).toBeGreaterThan(rest.events.at(-1)!.transactionId);
    const { watermark, position } = await readLogState(sql);
    expect(position).toBe(rest.events.at(-1)?.position);
    expect(watermark?.position).toBe(position);
  });

  test("need no flush of their own, while commands have one", async () => {
    const lease = await acquire("relay");
    await commitOne();
    const seen = await sql.begin(async (tx) => {
      await tx`SET LOCAL synchronous_commit = on`;
      await moveBatch(tx as unknown as Sql, lease);
      const [row] = await tx<
        { setting: string }[]
      >`SELECT current_setting('synchronous_commit') AS setting`;
      return row?.setting;
    });
    expect(seen).toBe("off");
  });
});

describe("a relay whose lease is another's", () => {
  test("moves nothing", async () => {
    const old = await acquire("a");
    const now = await acquire("b");
    const id = await commitOne();
    expect(await moveBatch(sql, old)).toBeNull();
    const moved = await moveBatch(sql, now);
    expect(moved?.events.map((event) => event.id)).toEqual([id]);
  });

  test("moves nothing when it was stopped on its way to the lease", async () => {
    const old = await acquire("a");
    const id = await commitOne();
    const { lease, zombie } = await sql.begin(async (tx) => {
      await tx`SELECT FROM log.state FOR UPDATE`;
      const waiting = moveBatch(sql, old);
      await expect
        .poll(
          () =>
            sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%numbered%'`,
        )
        .toHaveLength(1);
      await tx`UPDATE log.state SET expires_at = '-infinity'`;
      const taken = await acquireRelayLease(nested(tx as TransactionSql), "b");
      return { lease: present(taken, "the lease").lease, zombie: waiting };
    });
    expect(await zombie).toBeNull();
    const moved = await moveBatch(sql, lease);
    expect(moved?.events.map((event) => event.id)).toEqual([id]);
  });

  test("cannot take it back while it is renewed", async () => {
    await acquire("b");
    expect(await acquireRelayLease(sql, "a")).toBeNull();
    // Nobody holds a lease for so long: a clock that has been put right wrote that.
    await sql`UPDATE log.state SET expires_at = clock_timestamp() + interval '1 hour'`;
    expect((await readLogState(sql)).free).toBe(true);
    expect((await acquireRelayLease(sql, "a"))?.lease.holder).toBe("a");
  });
});

describe("a restored record", () => {
  test("goes on with its positions under a new epoch, though transaction ids begin anew", async () => {
    const lease = await acquire("relay");
    await drain(lease);
    const before = await readLogState(sql);
    const [a, b] = [await commitOne(), await commitOne()];
    await sql`UPDATE log.state SET history = '1/00000001'`;
    // As after a restore into a server that has given fewer transaction ids.
    await sql`UPDATE log.outbox SET transaction_id = '9000000000000'`;
    const acquired = present(await acquireRelayLease(sql, "relay"), "the lease");
    expect(acquired.newHistory).toBe(true);
    await expect.poll(async () => (await moveBatch(sql, acquired.lease))?.heldAtMs).toBeNull();
    const events = await readEvents(sql, before.position, 10);
    expect(events.map((event) => event.id)).toEqual([a, b]);
    expect(events[0]).toMatchObject({ epoch: before.epoch + 1, position: before.position + 1 });
  });
});

/** A connection whose transaction is open already, for code that opens one. */
function nested(tx: TransactionSql): Sql {
  return { begin: (work: (tx: TransactionSql) => unknown) => work(tx) } as unknown as Sql;
}

import { beforeEach, describe, expect, test } from "vitest";
import { logDatabase } from "../../../test/support/log.ts";
import type { Transaction, TransactionSql } from "../../ports/record.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import { bringBack, createWorkList, waitingFor, type WorkList } from "./worker-list.ts";

const database = logDatabase();
let list: WorkList;
beforeEach(() => {
  list = listOf("a");
});

const leaseMs = 60_000;
const listOf = (holder: string, worker = "noting"): WorkList =>
  createWorkList({ sql: database.sql, worker, holder, leaseMs });

/** Ids as they are: beyond what JSON's numbers hold. */
const firstId = 3_558_868_123_522_170_880n;

function event(position: number): EventEnvelope {
  return {
    id: firstId + BigInt(position),
    type: "things.made.v1",
    aggregate: { type: "thing", id: firstId - BigInt(position), version: 7 },
    actorId: position % 2 === 0 ? null : firstId,
    data: { n: position, text: "한국어", list: [1, { a: null }] },
    log: "main",
    epoch: 2,
    position,
    transactionId: 2n ** 40n,
    region: 3,
    atMs: 1_790_000_000_123,
    requestId: "request-1",
    traceparent: "00-1-2-01",
  };
}

function inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  return database.sql.begin((sql) =>
    work({ sql: sql as TransactionSql, append: () => undefined, hide: () => undefined }),
  ) as Promise<T>;
}

async function add(...positions: readonly number[]): Promise<void> {
  await inTransaction(async (tx) => {
    for (const position of positions) {
      await list.add(tx, event(position));
    }
  });
}

describe("the list of a worker", () => {
  test("gives each event as it was, the oldest first, to one holder", async () => {
    await add(2, 1, 3);
    // It is there once, however often it is added.
    await add(1);
    const other = listOf("b");
    const first = await list.take(2);
    expect(first.map((entry) => entry.event)).toEqual([event(1), event(2)]);
    expect(first).toMatchObject([
      { attempts: 1, lastError: null },
      { attempts: 1, lastError: null },
    ]);
    expect((await other.take(10)).map((entry) => entry.event)).toEqual([event(3)]);
    expect(await list.take(10)).toEqual([]);
  });

  test("is nobody else's", async () => {
    await add(1);
    expect(await listOf("a", "another").take(1)).toEqual([]);
  });

  test("waits for nobody who takes from it or ends something at the same time", async () => {
    await add(1, 2);
    const [entry] = await list.take(1);
    await inTransaction(async (tx) => {
      expect(await list.remove(tx, entry!)).toBe(true);
      expect(await list.renew([entry!])).toEqual(new Map([[entry!.lease, false]]));
      expect((await list.take(10)).map((taken) => taken.event.position)).toEqual([2]);
    });
    expect(await list.renew([entry!])).toEqual(new Map());
  });

  test("does nothing to what another has taken since", async () => {
    await add(1);
    const [entry] = await list.take(1);
    await database.sql`UPDATE log.work SET due_at = now()`;
    const [again] = await list.take(1);
    expect(again?.attempts).toBe(2);
    expect(await list.putOff(entry!, { waitMs: 0, attempts: 0, error: null })).toBe(false);
    expect(await inTransaction((tx) => list.remove(tx, entry!))).toBe(false);
    const how = { attempts: 1, error: "no" };
    expect(await inTransaction((tx) => list.bury(tx, entry!, how))).toBe(false);
    expect([...(await list.renew([entry!, again!]))]).toEqual([[again?.lease, true]]);
    expect(await database.sql`SELECT FROM log.dead_letters`).toHaveLength(0);
    expect(await inTransaction((tx) => list.remove(tx, again!))).toBe(true);
  });

  test("keeps for longer what is renewed", async () => {
    await add(1);
    const [entry] = await list.take(1);
    await database.sql`UPDATE log.work SET due_at = now() + interval '1 s'`;
    expect(await list.renew([entry!])).toEqual(new Map([[entry!.lease, true]]));
    const [row] = await database.sql`
      SELECT due_at > now() + ${leaseMs / 2} * interval '1 ms' AS later FROM log.work`;
    expect(row).toEqual({ later: true });
  });

  test("has again what its holder has taken and does not know of", async () => {
    await add(1, 2, 3);
    const [known] = await list.take(1);
    await list.take(1);
    await listOf("b").take(1);
    await list.takeBack([known!.lease], 1);
    expect(await list.take(10)).toMatchObject([{ attempts: 1, event: { position: 2 } }]);
    await list.takeBack([], 0);
    expect(await list.take(10)).toMatchObject([
      { attempts: 2, event: { position: 1 } },
      { attempts: 2, event: { position: 2 } },
    ]);
  });
});

describe("what waits", () => {
  test("is counted by worker, without what is taken or put off", async () => {
    await add(1, 2, 3, 4);
    const [entry] = await list.take(2);
    await list.putOff(entry!, { waitMs: 60_000, attempts: 1, error: "no" });
    await database.sql`
      UPDATE log.work SET due_at = due_at - interval '10 s' WHERE attempts = 0 AND position = 3`;
    const waiting = await waitingFor(database.sql, ["noting", "idle"]);
    expect(waiting.get("noting")?.count).toBe(2);
    expect(waiting.get("noting")?.oldestMs).toBeGreaterThan(9_000);
    expect(waiting.get("idle")).toEqual({ count: 0, oldestMs: 0 });
  });

  test("is due again where a clock that has been put right since had put it off", async () => {
    await add(1, 2, 3);
    const [first, second] = await list.take(2);
    await list.putOff(first!, { waitMs: 50_000, attempts: 1, error: "no" });
    await list.putOff(second!, { waitMs: 200_000, attempts: 1, error: "no" });
    await bringBack(database.sql, ["noting"], 100_000);
    expect((await list.take(10)).map(({ event: { position } }) => position)).toEqual([2, 3]);
  });
});

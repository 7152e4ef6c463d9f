import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrateLog } from "../../../test/support/log.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { AssertionError } from "../../kernel/assert.ts";
import { idTimeMs, sequenceMax, type Id } from "../../kernel/id.ts";
import type { Sql, Transaction, TransactionSql } from "../../ports/record.ts";
import { createBackfillIds } from "./backfill-ids.ts";
import { openSql } from "./pools.ts";

let postgres: TestPostgres;
let sql: Sql;
beforeAll(async () => {
  postgres = await startTestPostgres();
  const endpoint = await postgres.freshDatabase();
  await migrateLog(endpoint);
  sql = openSql(endpoint, { max: 6, applicationName: "test" });
});
afterAll(async () => {
  await sql.end();
  await postgres.stop();
});

const backfill = createBackfillIds({ region: 0 });
const baseMs = Date.UTC(2015, 5, 1);

async function mintAt(timesMs: readonly number[]): Promise<readonly Id[]> {
  const { ids } = await sql.begin(async (tx) => {
    const transaction: Transaction = {
      sql: tx as TransactionSql,
      append: () => undefined,
      hide: () => undefined,
    };
    return { ids: await backfill.mintAt(transaction, timesMs) };
  });
  return ids;
}

test("ids carry the times that were asked for and rise within equal ones, in any order of calls", async () => {
  const seen = new Set<Id>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { minLength: 1, maxLength: 50 }), async (offsets) => {
      const times = offsets.map((offset) => baseMs + offset);
      const ids = await mintAt(times);
      expect(ids.map(idTimeMs)).toEqual(times);
      ids.forEach((id, i) => {
        expect(seen.has(id)).toBe(false);
        seen.add(id);
        const earlier = ids.slice(0, i).filter((other) => idTimeMs(other) === idTimeMs(id));
        expect(earlier.every((other) => other < id)).toBe(true);
      });
    }),
    { numRuns: 30 },
  );
});

test("a millisecond that is full passes on to the next, still rising", async () => {
  const fullMs = baseMs + 1_000;
  const count = 2 * (sequenceMax + 1) + 10;
  const ids = await mintAt(Array.from({ length: count }, () => fullMs));
  expect(new Set(ids).size).toBe(count);
  expect(ids.every((id, i) => i === 0 || id > ids[i - 1]!)).toBe(true);
  expect(idTimeMs(ids.at(-1)!)).toBe(fullMs + 2);
  const [next] = await mintAt([fullMs + 1]);
  expect(idTimeMs(next!)).toBe(fullMs + 2);
  expect(ids).not.toContain(next);
});

test("imports beside each other never get the same id", async () => {
  const times = Array.from({ length: 500 }, (_, n) => baseMs + 5_000 + (n % 50));
  const all = await Promise.all(Array.from({ length: 6 }, () => mintAt(times)));
  expect(new Set(all.flat()).size).toBe(6 * 500);
});

test("an import that is undone leaves its ids to the next", async () => {
  const atMs = baseMs + 9_000;
  let undone: readonly Id[] = [];
  await expect(
    sql.begin(async (tx) => {
      const transaction: Transaction = {
        sql: tx as TransactionSql,
        append: () => undefined,
        hide: () => undefined,
      };
      undone = await backfill.mintAt(transaction, [atMs]);
      throw new Error("interrupted");
    }),
  ).rejects.toThrow("interrupted");
  expect(await mintAt([atMs])).toEqual(undone);
});

test("a time that no id can carry is refused", async () => {
  await expect(mintAt([Date.UTC(1999, 11, 31)])).rejects.toThrow(AssertionError);
  await expect(mintAt([Date.UTC(2070, 0, 1)])).rejects.toThrow(AssertionError);
});

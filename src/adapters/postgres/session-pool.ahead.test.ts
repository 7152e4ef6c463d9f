import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { Sql } from "../../ports/record.ts";
import { openSql } from "./pools.ts";
import type { Ended, PooledSql } from "./session-pool.ts";

/** Transactions whose BEGIN and COMMIT travel with their statements. */

let postgres: TestPostgres;
let admin: Sql;
let pool: PooledSql;
beforeAll(async () => {
  postgres = await startTestPostgres();
  admin = openSql(postgres.connection, { max: 2, applicationName: "admin" });
  await admin`CREATE TABLE notes (id int PRIMARY KEY, part int NOT NULL CHECK (part > 0))`;
  await admin`CREATE TABLE parts (id int NOT NULL, part int NOT NULL)`;
});
afterAll(async () => {
  await admin.end();
  await postgres.stop();
});
beforeEach(async () => {
  pool = openSql(postgres.connection, { max: 4, applicationName: "victim" });
  await admin`TRUNCATE notes, parts`;
});
afterEach(() => pool.end({ timeout: 1 }));

async function ids(): Promise<number[]> {
  const rows = await admin<{ id: number }[]>`SELECT id FROM notes ORDER BY id`;
  return rows.map(({ id }) => id);
}

/** Two rows of one transaction. */
function write(id: number, part = 1): Promise<Ended> {
  return pool.beginAhead(async (begin, end) => {
    const sql = begin();
    await sql`SELECT pg_advisory_xact_lock_shared(${id})`;
    return end([
      sql`INSERT INTO parts VALUES (${id}, 2)`,
      sql`INSERT INTO notes VALUES (${id}, ${part})`,
    ]);
  });
}

test("what is sent with the commit is committed with it", async () => {
  expect(await write(1)).toBe("committed");
  expect(await ids()).toEqual([1]);
  expect(await admin`SELECT FROM parts`).toHaveLength(1);
});

test("a statement that is refused undoes all of it, and the connection goes on", async () => {
  const ended = await write(2, 0);
  expect(ended).toMatchObject({ isUndone: true, error: { code: "23514" } });
  const [row] = await admin`SELECT (SELECT count(*) FROM parts)::int AS n`;
  expect(row?.["n"]).toBe(0);
  for (let id = 3; id < 13; id += 1) {
    expect(await write(id)).toBe("committed");
  }
  expect(await ids()).toHaveLength(10);
});

test("work that gives up leaves nothing, and no transaction open", async () => {
  const given = pool.beginAhead(async (begin) => {
    const sql = begin();
    await sql`INSERT INTO notes VALUES (20, 1)`;
    throw new Error("changed my mind");
  });
  await expect(given).rejects.toThrow("changed my mind");
  const silent = pool.beginAhead(async (begin) => {
    const sql = begin();
    await sql`INSERT INTO notes VALUES (21, 1)`;
    return "never ended";
  });
  expect(await silent).toBe("never ended");
  expect(await ids()).toEqual([]);
  const open = await admin`
    SELECT FROM pg_stat_activity WHERE application_name = 'victim' AND state LIKE 'idle in%'`;
  expect(open).toHaveLength(0);
});

test("while connections are killed, all of a transaction is there or nothing, as it was told", async () => {
  const told = new Map<number, "committed" | "undone" | "unknown">();
  let next = 100;
  let isOver = false;
  const work = async (): Promise<void> => {
    while (!isOver) {
      const id = (next += 1);
      try {
        const ended = await write(id);
        told.set(id, ended === "committed" ? ended : ended.isUndone ? "undone" : "unknown");
      } catch {
        // Before its end was sent.
        told.set(id, "undone");
        await admin`SELECT pg_sleep(0.002)`;
      }
    }
  };
  const working = Array.from({ length: 8 }, work);
  const committed = (): number => [...told.values()].filter((how) => how === "committed").length;
  for (let round = 0; round < 60; round += 1) {
    const before = committed();
    await expect.poll(committed, { interval: 2 }).toBeGreaterThan(before);
    await admin`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'`;
  }
  isOver = true;
  await Promise.all(working);
  expect([...told.values()].filter((how) => how !== "committed").length).toBeGreaterThan(0);
  const there = new Set(await ids());
  const parts = await admin<{ id: number }[]>`SELECT id FROM parts`;
  expect(new Set(parts.map(({ id }) => id))).toEqual(there);
  for (const [id, how] of told) {
    if (how !== "unknown") {
      expect([id, there.has(id)]).toEqual([id, how === "committed"]);
    }
  }
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { openSql } from "./pools.ts";
import type { PooledSql } from "./session-pool.ts";
import { warmConnections } from "./warm-connections.ts";

let postgres: TestPostgres;
let pool: PooledSql;
beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = openSql(postgres.connection, { max: 4, applicationName: "warmed" });
});
afterAll(async () => {
  await pool.end({ timeout: 1 });
  await postgres.stop();
});

async function opened(): Promise<number> {
  const [row] = await pool<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'warmed'`;
  return row?.count ?? 0;
}

test("all connections are open before anybody needs one, and free", async () => {
  await pool`CREATE TABLE parts (id int) PARTITION BY RANGE (id)`;
  expect(await opened()).toBe(1);
  await warmConnections(pool, { count: 4, tables: [{ schema: "public", table: "parts" }] });
  expect(await opened()).toBe(4);
  const all = await Promise.all(Array.from({ length: 8 }, () => pool`SELECT 1`));
  expect(all).toHaveLength(8);
});

test("a table that is not there stops nothing", async () => {
  await warmConnections(pool, { count: 4, tables: [{ schema: "public", table: "nowhere" }] });
  expect(await opened()).toBe(4);
});

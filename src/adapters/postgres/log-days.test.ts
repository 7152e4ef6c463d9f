import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrateLog } from "../../../test/support/log.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { Sql } from "../../ports/record.ts";
import { daysKept, daysKeptMax, dropOldDays, makeDays } from "./log-days.ts";
import { openSql } from "./pools.ts";

let postgres: TestPostgres;
let sql: Sql;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await sql.end();
  await postgres.stop();
});
beforeEach(async () => {
  const endpoint = await postgres.freshDatabase();
  await migrateLog(endpoint);
  await (sql as Sql | undefined)?.end();
  sql = openSql(endpoint, { max: 4, applicationName: "test" });
});

/** A day with one event of that position, so many days ago. */
async function makeDay(daysAgo: number, position: number): Promise<string> {
  const [row] = await sql<{ day: string; next: string; name: string }[]>`
    SELECT day::text, (day + 1)::text AS next, 'events_' || to_char(day, 'YYYY_MM_DD') AS name
    FROM (SELECT (now() AT TIME ZONE 'UTC')::date - ${daysAgo}::int AS day) AS days`;
  const { day, next, name } = row!;
  await sql.unsafe(
    `CREATE TABLE log.${name} PARTITION OF log.events FOR VALUES FROM ('${day}') TO ('${next}')`,
  );
  await sql`
    INSERT INTO log.events
    VALUES (${position}, ${day}, 1, '1', ${position}, 1, 1, NULL, 0, 0, 'things.made.v1', 'thing', 'r', NULL, '{}')`;
  return name;
}

async function days(): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent = 'log.events'::regclass ORDER BY relname`;
  return rows.map((row) => row.name);
}

describe("days of the log", () => {
  test("are made ahead, by any number of nodes at once, and again without harm", async () => {
    await Promise.all([makeDays(sql), makeDays(sql), makeDays(sql)]);
    const made = await days();
    expect(made).toHaveLength(4);
    await makeDays(sql);
    expect(await days()).toEqual(made);
  });

  test("are kept for a week and then dropped whole", async () => {
    const old = await makeDay(daysKept + 2, 1);
    const kept = await makeDay(daysKept, 2);
    await makeDays(sql);
    expect(await dropOldDays(sql)).toEqual([old]);
    expect(await days()).toContain(kept);
    expect(await days()).not.toContain(old);
  });

  test("wait for a durable consumer that has not read them, but not for ever", async () => {
    await makeDay(daysKeptMax + 2, 1);
    await makeDay(daysKept + 3, 2);
    await makeDay(daysKept + 2, 3);
    await sql`INSERT INTO log.consumers (name, position) VALUES ('quick', 3), ('slow', 0)`;
    expect(await dropOldDays(sql)).toHaveLength(1);
    await sql`UPDATE log.consumers SET position = 2 WHERE name = 'slow'`;
    expect(await dropOldDays(sql)).toHaveLength(1);
    await sql`UPDATE log.consumers SET position = 3 WHERE name = 'slow'`;
    expect(await dropOldDays(sql)).toHaveLength(1);
    expect(await days()).toEqual([]);
  });

  test("that somebody reads are dropped at the next turn instead of making others wait", async () => {
    const old = await makeDay(daysKept + 2, 1);
    const reader = await sql.reserve();
    await reader`BEGIN`;
    await reader`SELECT FROM log.events`;
    await expect(dropOldDays(sql)).rejects.toThrow("lock timeout");
    await reader`COMMIT`;
    reader.release();
    expect(await dropOldDays(sql)).toEqual([old]);
  });
});

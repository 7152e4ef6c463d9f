import { describe, expect, test } from "vitest";
import { logDatabase } from "../../../test/support/log.ts";
import { daysKept, daysKeptMax, dropOldDays, makeDays } from "./log-days.ts";

const database = logDatabase();

/** A day with one event of that position, so many days ago. */
async function makeDay(daysAgo: number, position: number): Promise<string> {
  const [row] = await database.sql<{ day: string; next: string; name: string }[]>`
    SELECT day::text, (day + 1)::text AS next, 'events_' || to_char(day, 'YYYY_MM_DD') AS name
    FROM (SELECT (now() AT TIME ZONE 'UTC')::date - ${daysAgo}::int AS day) AS days`;
  const { day, next, name } = row!;
  await database.sql.unsafe(
    `CREATE TABLE log.${name} PARTITION OF log.events FOR VALUES FROM ('${day}') TO ('${next}')`,
  );
  await database.sql`
    INSERT INTO log.events
    VALUES (${position}, ${day}, 1, '1', ${position}, 1, 1, NULL, 0, 0, 'things.made.v1', 'thing', 'r', NULL, '{}')`;
  return name;
}

async function days(): Promise<readonly string[]> {
  const rows = await database.sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent = 'log.events'::regclass ORDER BY relname`;
  return rows.map((row) => row.name);
}

describe("days of the log", () => {
  test("are made ahead, by any number of nodes at once, and again without harm", async () => {
    await Promise.all([makeDays(database.sql), makeDays(database.sql), makeDays(database.sql)]);
    const made = await days();
    expect(made).toHaveLength(4);
    await makeDays(database.sql);
    expect(await days()).toEqual(made);
  });

  test("are kept for a week and then dropped whole", async () => {
    const old = await makeDay(daysKept + 2, 1);
    const kept = await makeDay(daysKept, 2);
    await makeDays(database.sql);
    expect(await dropOldDays(database.sql)).toEqual([old]);
    expect(await days()).toContain(kept);
    expect(await days()).not.toContain(old);
  });

  test("wait for a durable consumer that has not read them, but not for ever", async () => {
    await makeDay(daysKeptMax + 2, 1);
    await makeDay(daysKept + 3, 2);
    await makeDay(daysKept + 2, 3);
    await database.sql`INSERT INTO log.consumers (name, position) VALUES ('quick', 3), ('slow', 0)`;
    expect(await dropOldDays(database.sql)).toHaveLength(1);
    await database.sql`UPDATE log.consumers SET position = 2 WHERE name = 'slow'`;
    expect(await dropOldDays(database.sql)).toHaveLength(1);
    await database.sql`UPDATE log.consumers SET position = 3 WHERE name = 'slow'`;
    expect(await dropOldDays(database.sql)).toHaveLength(1);
    expect(await days()).toEqual([]);
  });

  test("that somebody reads are dropped at the next turn instead of making others wait", async () => {
    const old = await makeDay(daysKept + 2, 1);
    const reader = await database.sql.reserve();
    await reader`BEGIN`;
    await reader`SELECT FROM log.events`;
    await expect(dropOldDays(database.sql)).rejects.toThrow("lock timeout");
    await reader`COMMIT`;
    reader.release();
    expect(await dropOldDays(database.sql)).toEqual([old]);
  });
});

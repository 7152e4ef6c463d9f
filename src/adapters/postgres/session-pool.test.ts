import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { Sql } from "../../ports/record.ts";
import { openSql } from "./pools.ts";

let postgres: TestPostgres;
let admin: Sql;
let pool: Sql;
beforeAll(async () => {
  postgres = await startTestPostgres();
  admin = openSql(postgres.connection, { max: 2, applicationName: "admin" });
});
afterAll(async () => {
  await admin.end();
  await postgres.stop();
});
beforeEach(() => {
  pool = openSql(postgres.connection, { max: 4, applicationName: "victim" });
});
afterEach(async () => {
  await pool.end({ timeout: 1 });
});

async function killAll(): Promise<number> {
  const killed = await admin`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'`;
  return killed.length;
}

async function connections(): Promise<number> {
  const rows = await admin`SELECT FROM pg_stat_activity WHERE application_name = 'victim'`;
  return rows.length;
}

describe("a pool whose connections are killed again and again", () => {
  test("answers every query, goes on with all of its connections, and does nothing outside of its transactions", async () => {
    await pool`CREATE TABLE counted (worker int, part int)`;
    const rounds = 60;
    const workers = 12;
    let stop = false;
    let acknowledged = 0;
    let unanswered = 0;
    const work = async (worker: number): Promise<void> => {
      while (!stop) {
        unanswered += 1;
        try {
          await pool.begin(async (tx) => {
            await tx`INSERT INTO counted VALUES (${worker}, 1)`;
            // As when a command looks something up elsewhere: the connection may go meanwhile.
            await admin`SELECT pg_sleep(0.001)`;
            await tx`INSERT INTO counted VALUES (${worker}, 2)`;
          });
          acknowledged += 1;
        } catch {
          await admin`SELECT pg_sleep(0.002)`;
        }
        unanswered -= 1;
      }
    };
    const working = Array.from({ length: workers }, (_, worker) => work(worker));
    for (let round = 0; round < rounds; round += 1) {
      const before = acknowledged;
      await expect.poll(() => acknowledged, { interval: 2 }).toBeGreaterThan(before);
      await killAll();
    }
    const before = acknowledged;
    await expect.poll(() => acknowledged).toBeGreaterThan(before + 3 * workers);
    stop = true;
    await Promise.all(working);
    expect(unanswered).toBe(0);
    const [counts] = await pool`
      SELECT count(*) FILTER (WHERE part = 1)::int AS first, count(*) FILTER (WHERE part = 2)::int AS second
      FROM counted`;
    // Both parts of each transaction are there or neither; some were committed unacknowledged.
    expect(counts?.["first"]).toBe(counts?.["second"]);
    expect(counts?.["first"]).toBeGreaterThanOrEqual(acknowledged);
    const atOnce = await Promise.all(
      Array.from({ length: 4 }, () => pool`SELECT pg_backend_pid(), pg_sleep(0.05)`),
    );
    expect(new Set(atOnce.map(([row]) => row?.["pg_backend_pid"] as number)).size).toBe(4);
  });

  test("refuses what still holds a lost connection", async () => {
    const reserved = await pool.reserve();
    await reserved`SELECT 1`;
    await killAll();
    await expect(reserved`SELECT pg_sleep(1)`).rejects.toThrow();
    await expect(reserved`SELECT 1`).rejects.toThrow();
    await expect(reserved`SELECT 1`).rejects.toThrow();
    reserved.release();
    expect(await pool`SELECT 1 AS one`).toHaveLength(1);
  });

  test("takes new connections in place of idle ones that are gone", async () => {
    await Promise.all(Array.from({ length: 4 }, () => pool`SELECT pg_sleep(0.05)`));
    expect(await killAll()).toBe(4);
    // The server is done with them a moment before word of it comes here.
    await expect.poll(async () => (await pool`SELECT 1 AS one`).length).toBe(1);
    expect(await connections()).toBe(1);
  });
});

describe("a pool", () => {
  test("never has more connections than it may, and lets the rest wait their turn", async () => {
    const answers = await Promise.all(
      Array.from(
        { length: 40 },
        (_, n) => pool<{ n: number }[]>`SELECT ${n}::int AS n, pg_sleep(0.02)`,
      ),
    );
    expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(await connections()).toBe(4);
  });

  test("undoes a transaction that fails and gives its connection back", async () => {
    await pool`CREATE TABLE undone (n int)`;
    const failing = pool.begin(async (tx) => {
      await tx`INSERT INTO undone VALUES (1)`;
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(await pool`SELECT FROM undone`).toHaveLength(0);
    expect(await connections()).toBe(1);
  });

  test("fails at once while there is no server", async () => {
    const nowhere = openSql(
      { ...postgres.connection, socketDir: "/nowhere" },
      { max: 2, applicationName: "victim" },
    );
    await expect(nowhere`SELECT 1`).rejects.toMatchObject({ code: "ENOENT" });
    await expect(nowhere.begin((tx) => tx`SELECT 1`)).rejects.toMatchObject({ code: "ENOENT" });
    await nowhere.end();
  });

  test("ends when what runs is done, closes everything, and refuses what comes later", async () => {
    const running = pool`SELECT pg_sleep(0.5), 1 AS one`;
    void running.execute();
    await expect
      .poll(() => admin`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)
      .toHaveLength(1);
    await pool.end();
    expect(await running).toHaveLength(1);
    await expect(pool`SELECT 1`).rejects.toMatchObject({ code: "CONNECTION_ENDED" });
    await expect.poll(connections).toBe(0);
  });
});

describe("values", () => {
  test("go there and back, arrays too", async () => {
    const id = 2n ** 62n;
    const time = new Date(1_700_000_000_123);
    const [row] = await pool`
      SELECT ${id}::bigint AS id, ${[1, 2]}::int[] AS ints, ${[`a"b\\c`, "", "NULL", "x,y", null]}::text[] AS texts,
        ${"{1,9007199254740993}"}::bigint[] AS ids, ${"{t,f}"}::bool[] AS bools, ${[]}::int[] AS none,
        ARRAY[${time}::timestamptz] AS times, ${pool.json({ a: ["é"] })}::jsonb AS json, ${time}::timestamptz AS time,
        ARRAY[[1, 2], [3, 4]] AS nested, ARRAY[1.5::float8, NULL] AS floats`;
    expect(row).toEqual({
      id,
      ints: [1, 2],
      texts: [`a"b\\c`, "", "NULL", "x,y", null],
      ids: [1n, 9_007_199_254_740_993n],
      bools: [true, false],
      none: [],
      times: [time],
      json: { a: ["é"] },
      time,
      nested: [
        [1, 2],
        [3, 4],
      ],
      floats: [1.5, null],
    });
  });

  test("stand in fragments, identifiers and lists as the driver has them", async () => {
    const only = pool`WHERE n > ${1}`;
    await pool`CREATE TABLE ${pool("odd name")} (n int, t text)`;
    await pool`INSERT INTO ${pool("odd name")} ${pool([
      { n: 1, t: "a" },
      { n: 2, t: "b" },
    ])}`;
    expect([...(await pool`SELECT t FROM ${pool("odd name")} ${only}`)]).toEqual([{ t: "b" }]);
    expect([...(await pool`SELECT t FROM ${pool("odd name")} WHERE n IN ${pool([1, 3])}`)]).toEqual(
      [{ t: "a" }],
    );
    const rows = await pool.begin((tx) => [
      tx`SELECT 1 AS n`,
      tx`SELECT t FROM ${tx("odd name")} ${only}`,
    ]);
    expect(rows.map((each) => [...each])).toEqual([[{ n: 1 }], [{ t: "b" }]]);
    expect([...(await pool.unsafe("SELECT $1::int AS n", [7]))]).toEqual([{ n: 7 }]);
  });
});

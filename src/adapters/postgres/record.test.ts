import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestRecord, type TestRecord } from "../../../test/support/record.ts";
import { internalContext, type Context } from "../../kernel/context.ts";
import { deadlineAfter } from "../../kernel/deadline.ts";
import { idFloorAt } from "../../kernel/id.ts";
import type { ModuleSchema } from "../../ports/module.ts";
import { migrate, MigrationError } from "./migrate.ts";

const things: ModuleSchema = {
  tables: {
    module: "things",
    migrations: [
      {
        number: 1,
        name: "create",
        sql: `CREATE SCHEMA things;
          CREATE TABLE things.things (id bigint NOT NULL, name text NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id)`,
      },
    ],
  },
  partitioned: [{ schema: "things", table: "things" }],
  events: {},
};

let opened: TestRecord;
beforeAll(async () => {
  opened = await openTestRecord([things]);
});
afterAll(async () => {
  await opened.close();
});

const context = internalContext("test");

describe("a deadline", () => {
  const within = (ms: number): Context => ({
    ...context,
    deadline: deadlineAfter(ms, () => performance.now()),
  });
  const sleeping = async (mark: string): Promise<number> => {
    const rows = await opened.sql`
      SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE ${`%pg_sleep%${mark}`}`;
    return rows.length;
  };

  test("ends the read that is under way for it", async () => {
    const reading = opened.record.read(
      within(300),
      (sql) => sql`SELECT pg_sleep(30) /* read that is late */`,
    );
    await expect.poll(() => sleeping("late */")).toBe(1);
    await expect(reading).rejects.toThrow("too late");
    await expect.poll(() => sleeping("late */")).toBe(0);
  });

  test("ends the write that is under way for it, and nothing of it lasts", async () => {
    const id = opened.ids.mint();
    const writing = opened.record.write(within(500), async (tx) => {
      await tx.sql`INSERT INTO things.things VALUES (${id}, 'late')`;
      await tx.sql`SELECT pg_sleep(30) /* write that is late */`;
    });
    await expect(writing).rejects.toThrow("too late");
    await expect.poll(() => sleeping("late */")).toBe(0);
    expect(await opened.sql`SELECT FROM things.things WHERE id = ${id}`).toHaveLength(0);
  });

  test("lets a commit take its time", async () => {
    const id = opened.ids.mint();
    await opened.record.write(within(2_000), async (tx) => {
      await tx.sql`INSERT INTO things.things VALUES (${id}, 'in time')`;
    });
    expect(await opened.sql`SELECT FROM things.things WHERE id = ${id}`).toHaveLength(1);
  });
});

describe("a transaction", () => {
  test("commits rows and events together and tells the views before it answers", async () => {
    const id = opened.ids.mint();
    await opened.record.write(context, async (tx) => {
      await tx.sql`INSERT INTO things.things VALUES (${id}, 'one')`;
      tx.append({
        type: "things.made.v1",
        aggregate: { type: "thing", id, version: 1 },
        actorId: null,
        data: {},
      });
    });
    expect(opened.events.at(-1)).toMatchObject({ type: "things.made.v1", position: null });
    const rows =
      await opened.sql`SELECT type, aggregate_id FROM log.outbox WHERE aggregate_id = ${id}`;
    expect([...rows]).toEqual([{ type: "things.made.v1", aggregate_id: id }]);
  });

  test("leaves neither rows nor events when the work fails", async () => {
    const id = opened.ids.mint();
    const failing = opened.record.write(context, async (tx) => {
      await tx.sql`INSERT INTO things.things VALUES (${id}, 'two')`;
      tx.append({
        type: "things.made.v1",
        aggregate: { type: "thing", id, version: 1 },
        actorId: null,
        data: {},
      });
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(await opened.sql`SELECT FROM things.things WHERE id = ${id}`).toHaveLength(0);
    expect(await opened.sql`SELECT FROM log.outbox WHERE aggregate_id = ${id}`).toHaveLength(0);
  });

  test("runs again after a deadlock, so that both commands succeed", async () => {
    const [a, b] = [opened.ids.mint(), opened.ids.mint()];
    await opened.sql`INSERT INTO things.things VALUES (${a}, 'a'), (${b}, 'b')`;
    // Both hold their first row before either asks for its second; only in the first attempt.
    let arrived = 0;
    const { promise: bothArrived, resolve } = Promise.withResolvers<undefined>();
    const touch = (first: bigint, second: bigint): Promise<unknown> =>
      opened.record.write(context, async (tx) => {
        await tx.sql`UPDATE things.things SET name = name || '!' WHERE id = ${first}`;
        arrived += 1;
        if (arrived === 2) {
          resolve(undefined);
        }
        await bothArrived;
        await tx.sql`UPDATE things.things SET name = name || '!' WHERE id = ${second}`;
      });
    await Promise.all([touch(a, b), touch(b, a)]);
    const rows =
      await opened.sql`SELECT name FROM things.things WHERE id IN (${a}, ${b}) ORDER BY id`;
    expect(rows.map((row) => row["name"] as string)).toEqual(["a!!", "b!!"]);
    expect(arrived).toBeGreaterThan(2);
  });

  test("answers 503 to a statement that the server ended", async () => {
    const failing = opened.record.write(context, async (tx) => {
      await tx.sql`SET LOCAL statement_timeout = 1`;
      await tx.sql`SELECT pg_sleep(5)`;
    });
    await expect(failing).rejects.toMatchObject({ kind: { code: "request.unavailable" } });
  });
});

describe("partitions", () => {
  test("are made for months of the past on demand, with the parent's keys", async () => {
    const atMs = Date.UTC(2014, 10, 18);
    await opened.partitions.ensureFor([atMs]);
    await opened.partitions.ensureFor([atMs]);
    const id = idFloorAt(atMs) + 1n;
    await opened.sql`INSERT INTO things.things VALUES (${id}, 'old')`;
    const [row] =
      await opened.sql`SELECT tableoid::regclass::text AS partition FROM things.things WHERE id = ${id}`;
    expect(row?.["partition"]).toBe("things.things_y2014m11");
    await expect(
      opened.sql`INSERT INTO things.things VALUES (${id}, 'again')`,
    ).rejects.toMatchObject({ code: "23505" });
  });
});

describe("migrations", () => {
  test("run once, also when nodes start together", async () => {
    const more = {
      module: "things",
      migrations: [
        ...things.tables.migrations,
        { number: 2, name: "index", sql: "CREATE INDEX ON things.things (name)" },
      ],
    };
    const reports = await Promise.all([migrate(opened.sql, [more]), migrate(opened.sql, [more])]);
    expect(reports.flatMap((report) => report.applied)).toEqual(["things/2 index"]);
  });

  test("refuse a released step that was edited", async () => {
    const edited = {
      module: "things",
      migrations: [{ number: 1, name: "create", sql: "SELECT 1" }],
    };
    await expect(migrate(opened.sql, [edited])).rejects.toThrow(MigrationError);
  });
});

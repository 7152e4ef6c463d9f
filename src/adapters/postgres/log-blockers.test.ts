import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { logDatabase, made, openTestNode, type TestNode } from "../../../test/support/log.ts";
import { noMetrics, quietLogger } from "../../../test/support/record.ts";
import { internalContext } from "../../kernel/context.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import type { BlockerWatchOptions } from "./log-blockers.ts";
import { openSql } from "./pools.ts";

const database = logDatabase({ connections: 1, applicationName: "the culprit" });
let node: TestNode;
let warnings: { readonly fields: object; readonly message: string }[];
let gauges: Map<string, () => number>;
beforeEach(() => {
  warnings = [];
  gauges = new Map();
});
afterEach(() => node.close());

const metrics: Metrics = {
  ...noMetrics,
  gauge: (name, _help, read) => void gauges.set(name, read),
};

async function open(blockers: BlockerWatchOptions): Promise<void> {
  node = await openTestNode(database.endpoint, {
    blockers,
    metrics,
    logger: { ...quietLogger, warn: (fields, message) => void warnings.push({ fields, message }) },
  });
  await node.log.start();
}

async function write(): Promise<void> {
  await node.record.write(internalContext("request"), async (tx) => {
    tx.append(made(node.ids.mint(), 1));
  });
}

const oldest = (): number => gauges.get("maru_log_oldest_unpositioned_seconds")!();

describe("a transaction that is left open", () => {
  test("is named, and the age of what waits for it is measured", async () => {
    const { sql: culprit } = database;
    await open({ warnAfterMs: 50, idleInTransactionMsMax: 60_000, lookEveryMs: 50 });
    expect(oldest()).toBe(0);
    await culprit`BEGIN`;
    const [session] = await culprit`SELECT pg_current_xact_id(), pg_backend_pid() AS pid`;
    await write();
    await expect
      .poll(() => warnings[0])
      .toMatchObject({
        message: "The log waits for an open transaction",
        fields: {
          blocker: {
            pid: session?.["pid"] as number,
            application: "the culprit",
            state: "idle in transaction",
          },
        },
      });
    expect(oldest()).toBeGreaterThan(0.04);
    expect(node.log.port.appliedPosition()).toBe(0);
    await culprit`COMMIT`;
    await expect.poll(() => node.log.port.appliedPosition()).toBe(1);
    await expect.poll(() => oldest()).toBe(0);
  });

  test("in an idle session of our own database is ended after the bound, and the log goes on", async () => {
    const { sql: culprit } = database;
    await open({ warnAfterMs: 50, idleInTransactionMsMax: 300, lookEveryMs: 50 });
    await culprit`BEGIN`;
    const [session] = await culprit`SELECT pg_current_xact_id(), pg_backend_pid() AS pid`;
    await write();
    await expect.poll(() => node.log.port.appliedPosition(), { timeout: 10_000 }).toBe(1);
    expect(warnings.map(({ message }) => message)).toContain(
      "Ended a session that left a transaction open and held back the log",
    );
    const pid = session?.["pid"] as number;
    expect(await node.sql`SELECT FROM pg_stat_activity WHERE pid = ${pid}`).toHaveLength(0);
  });

  test("is left alone while it works, and when it has written nothing", async () => {
    const { sql: culprit } = database;
    await open({ warnAfterMs: 50, idleInTransactionMsMax: 1, lookEveryMs: 20 });
    const reader = openSql(database.endpoint, { max: 1, applicationName: "a reader" });
    await reader`SELECT pg_advisory_lock(1)`;
    await reader`BEGIN`;
    await reader`SELECT 1`;
    const working = culprit`SELECT pg_current_xact_id(), pg_advisory_xact_lock(1)`;
    void working.execute();
    await expect
      .poll(() => node.sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)
      .toHaveLength(1);
    await write();
    await expect.poll(() => warnings.length).toBeGreaterThan(3);
    expect(warnings[0]?.fields).toMatchObject({
      blocker: { application: "the culprit", state: "active" },
    });
    await reader`SELECT pg_advisory_unlock(1)`;
    expect(await working).toHaveLength(1);
    await expect.poll(() => node.log.port.appliedPosition()).toBe(1);
    expect(await reader`SELECT 2 AS two`).toHaveLength(1);
    await reader`COMMIT`;
    await reader.end();
  });
});

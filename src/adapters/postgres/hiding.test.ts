import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { logDatabase } from "../../../test/support/log.ts";
import { noMetrics, quietLogger } from "../../../test/support/record.ts";
import { until } from "../../../test/support/http.ts";
import { deadlineAfter } from "../../kernel/deadline.ts";
import type { EventEnvelope } from "../../ports/event.ts";
import type { Sql } from "../../ports/record.ts";
import { createHiding, type Hidden } from "./hiding.ts";
import { openSql } from "./pools.ts";
import type { PooledSql } from "./session-pool.ts";
import {
  createServingLease,
  servingLeaseTimingDefault,
  type ServingLease,
} from "./serving-lease.ts";

const database = logDatabase();
let leases: ServingLease[];

beforeEach(() => {
  leases = [];
});
afterEach(async () => {
  await Promise.all(leases.map((lease) => lease.stop()));
});

const monotonicMs = (): number => performance.now();
const inTime = (ms = 10_000) => deadlineAfter(ms, monotonicMs);

interface Node {
  readonly lease: ServingLease;
  applied: bigint;
  stuck: string | null;
}

const openLease = () => openSql(database.endpoint, { max: 1, applicationName: "test lease" });

function newNode(node: string, open = openLease): Node {
  const made: Node = {
    applied: 0n,
    stuck: null,
    lease: createServingLease(
      {
        open,
        logger: quietLogger,
        monotonicMs,
        node,
        appliedBelow: () => made.applied,
        stuck: () => made.stuck,
        mayGoOnAlone: false,
      },
      { ...servingLeaseTimingDefault, stuckMs: 300 },
    ),
  };
  leases.push(made.lease);
  return made;
}

async function joined(name: string, open = openLease): Promise<Node> {
  const node = newNode(name, open);
  await node.lease.join();
  node.lease.start();
  return node;
}

/** Waits for every answer. */
const patient = (on: Sql): Parameters<typeof createHiding>[0]["sql"] => ({
  ask: (statement) => statement(on as PooledSql),
});

const one = [{ id: 1n }] as unknown as readonly EventEnvelope[];

/** `spread`: what the carrier does with events, if there are any; by default it loses them. */
function hidingOf(
  node: string,
  spread: (applied: (node: string) => void) => void = () => undefined,
  appliedBelow: () => bigint = () => 2n ** 60n,
) {
  return createHiding({
    sql: patient(database.sql),
    metrics: noMetrics,
    monotonicMs,
    node,
    appliedBelow,
    carrier: {
      wake: () => undefined,
      spread(_events, applied) {
        spread(applied);
        return () => undefined;
      },
    },
  });
}

const hidden = (transactionId: bigint | null, more: Partial<Hidden> = {}): Hidden => ({
  transactionId,
  events: transactionId === null ? [] : one,
  isHere: transactionId !== null,
  ...more,
});

async function settles(promise: Promise<unknown>, withinMs: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), pause(withinMs).then(() => false)]);
}

const nodesThere = async (): Promise<readonly string[]> =>
  (await database.sql<{ node: string }[]>`SELECT node FROM cell.nodes ORDER BY node`).map(
    ({ node }) => node,
  );

describe("what is hidden", () => {
  test("waits for nobody where nobody else serves", async () => {
    await joined("a");
    await hidingOf("a").everywhere(inTime(), hidden(100n));
  });

  test("waits until every other node says that it has it", async () => {
    await joined("a");
    await joined("b");
    await joined("c");
    let tell: (node: string) => void = () => undefined;
    const hiding = hidingOf("a", (applied) => {
      tell = applied;
    }).everywhere(inTime(), hidden(100n));
    tell("b");
    expect(await settles(hiding, 100)).toBe(false);
    tell("c");
    expect(await settles(hiding, 1_000)).toBe(true);
  });

  test("waits until the log has brought it to those who are not told", async () => {
    await joined("a");
    const b = await joined("b");
    const hiding = hidingOf("a").everywhere(inTime(), hidden(100n));
    b.applied = 100n;
    expect(await settles(hiding, 400)).toBe(false);
    b.applied = 101n;
    await hiding;
  });

  test("waits for everything that is committed where it was hidden before", async () => {
    await joined("a");
    const b = await joined("b");
    const [row] = await database.sql<{ id: string }[]>`SELECT pg_current_xact_id()::text AS id`;
    const hiding = hidingOf("a").everywhere(inTime(), hidden(null));
    b.applied = BigInt(row?.id ?? 0);
    expect(await settles(hiding, 400)).toBe(false);
    // The leases' own renewals are transactions, too.
    b.applied += 1_000n;
    await hiding;
  });

  test("is not believed to be known by those who were told nothing", async () => {
    await joined("a");
    const b = await joined("b");
    const answering = hidingOf("a", (applied) => {
      applied("b");
    });
    await answering.everywhere(inTime(), hidden(100n));
    const hiding = answering.everywhere(inTime(), hidden(null));
    expect(await settles(hiding, 300)).toBe(false);
    b.applied = 2n ** 60n;
    await hiding;
  });

  test("waits for this node, too, where its views do not have it", async () => {
    await joined("a");
    let applied = 100n;
    const here = hidingOf("a", undefined, () => applied);
    const slow = here.everywhere(inTime(), hidden(100n, { isHere: false }));
    const before = here.everywhere(inTime(), hidden(null));
    expect(await settles(Promise.race([slow, before]), 200)).toBe(false);
    applied = 2n ** 60n;
    await Promise.all([slow, before]);
  });

  test("is looked for once in a while, however many wait", async () => {
    await joined("a");
    const dead = newNode("dead");
    await dead.lease.join();
    let looks = 0;
    const counting = new Proxy(database.sql, {
      apply(target, self, parts: Parameters<Sql>) {
        looks += 1;
        return Reflect.apply(target, self, parts) as unknown;
      },
    });
    const hiding = createHiding({
      sql: patient(counting),
      metrics: noMetrics,
      monotonicMs,
      node: "a",
      appliedBelow: () => 0n,
      carrier: { wake: () => undefined, spread: () => () => undefined },
    });
    const many = Array.from({ length: 300 }, () => hiding.everywhere(inTime(), hidden(100n)));
    await Promise.all(many);
    // It takes one and a half seconds, and there are no more than a hundred looks in a second.
    expect(looks).toBeLessThan(300);
  });

  test("is answered with a refusal, and is hidden all the same, where a node does not get on", async () => {
    await joined("a");
    await joined("b");
    await expect(hidingOf("a").everywhere(inTime(300), hidden(100n))).rejects.toMatchObject({
      kind: { code: "request.deadline_exceeded" },
    });
    expect(await nodesThere()).toEqual(["a", "b"]);
  });

  test("goes on without nobody who was silent only as long as nobody looked", async () => {
    await joined("a");
    const quiet = newNode("quiet");
    await quiet.lease.join();
    let isTold = true;
    const { everywhere } = hidingOf("a", (applied) => {
      if (isTold) applied("quiet");
    });
    await everywhere(inTime(), hidden(100n));
    await pause(1_700);
    // Meanwhile it may have lived on, been taken off the list, and come back to the same number.
    isTold = false;
    expect(await settles(everywhere(inTime(), hidden(101n)), 900)).toBe(false);
  });

  test("goes on without a node that renews nothing, after that serves no more", async () => {
    await joined("a");
    const dead = newNode("dead");
    await dead.lease.join();
    const hiding = hidingOf("a").everywhere(inTime(), hidden(100n));
    expect(await settles(hiding, 900)).toBe(false);
    await hiding;
    expect(dead.lease.term.isRunning()).toBe(false);
    expect(dead.lease.healthCheck.check()).toMatch(/has not been able to renew/);
    expect(await nodesThere()).toEqual(["a"]);
  });
});

describe("a serving lease", () => {
  test("that was lost is had again only with everything that was committed meanwhile", async () => {
    const b = await joined("b");
    b.applied = 5n;
    await database.sql`DELETE FROM cell.nodes`;
    await expect.poll(nodesThere).toEqual(["b"]);
    // What it lacks was committed before it came back.
    await pause(1_200);
    expect(b.lease.term.isRunning()).toBe(false);
    const [row] = await database.sql<{ id: string }[]>`SELECT pg_current_xact_id()::text AS id`;
    b.applied = BigInt(row?.id ?? 0) + 1n;
    await until(() => b.lease.term.isRunning());
    expect(b.lease.healthCheck.check()).toBeNull();
  });

  test("that was lost is not had again where nobody could say what was committed meanwhile", async () => {
    let isAsked = false;
    let failsMore = true;
    const b = await joined("b", () => {
      const real = openLease();
      return new Proxy(real, {
        apply(target, self, parts: Parameters<Sql>): unknown {
          if (!parts[0].join("").includes("pg_snapshot_xmax") || !failsMore) {
            return Reflect.apply(target, self, parts);
          }
          isAsked = true;
          return Promise.reject(new Error("the connection is gone"));
        },
      });
    });
    await database.sql`DELETE FROM cell.nodes`;
    await until(() => isAsked);
    await expect.poll(nodesThere).toEqual(["b"]);
    await pause(700);
    expect(b.lease.term.isRunning()).toBe(false);
    failsMore = false;
    await pause(500);
    expect(b.lease.term.isRunning()).toBe(false);
    b.applied = 2n ** 60n;
    await until(() => b.lease.term.isRunning());
  });

  test("is given back by a node whose views do not go on, until they do", async () => {
    const b = await joined("b");
    b.stuck = "a view cannot apply position 7";
    await expect.poll(nodesThere).toEqual([]);
    expect(b.lease.term.isRunning()).toBe(false);
    await hidingOf("a").everywhere(inTime(), hidden(100n));
    b.stuck = null;
    b.applied = 2n ** 60n;
    await until(() => b.lease.term.isRunning());
    expect(await nodesThere()).toEqual(["b"]);
  });

  test("of a node that saw no other outlasts a PostgreSQL that is away, and not with another", async () => {
    let isAway = false;
    const open = () => {
      const real = openSql(database.endpoint, { max: 1, applicationName: "test lease" });
      return new Proxy(real, {
        apply: (target, self, parts: Parameters<Sql>) =>
          (isAway
            ? Promise.reject(new Error("away"))
            : Reflect.apply(target, self, parts)) as unknown,
      });
    };
    const lease = createServingLease({
      open,
      logger: quietLogger,
      monotonicMs,
      node: "alone",
      appliedBelow: () => 2n ** 60n,
      stuck: () => null,
      mayGoOnAlone: true,
    });
    leases.push(lease);
    await lease.join();
    lease.start();
    await pause(500);
    isAway = true;
    await pause(1_500);
    expect(lease.term.isRunning()).toBe(true);
    isAway = false;
    await joined("another");
    await pause(500);
    isAway = true;
    await until(() => !lease.term.isRunning());
    isAway = false;
    await until(() => lease.term.isRunning());
  });

  test("goes on however long a node serves, and ends with it", async () => {
    const b = await joined("b");
    const endMs = performance.now() + 2_500;
    while (performance.now() < endMs) {
      expect(b.lease.term.isRunning()).toBe(true);
      await pause(20);
    }
    await b.lease.stop();
    expect(b.lease.term.isRunning()).toBe(false);
    expect(await nodesThere()).toEqual([]);
  });
});

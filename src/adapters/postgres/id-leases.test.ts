import { afterEach, describe, expect, test } from "vitest";
import { logDatabase } from "../../../test/support/log.ts";
import { quietLogger, realClock } from "../../../test/support/record.ts";
import { idTimeMs, sequenceMax } from "../../kernel/id.ts";
import type { Clock } from "../../ports/clock.ts";
import { createIdLeases, type IdLeases, type IdLeaseTiming } from "./id-leases.ts";

const database = logDatabase();
const opened: IdLeases[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((leases) => leases.stop()));
});

interface TestClock extends Clock {
  /** Added to the wall clock. */
  offMs: number;
  /** The process was stopped here and has not looked at a clock since: wall and monotonic time. */
  stoppedAt: { readonly nowMs: number; readonly monotonicMs: number } | null;
}

function createTestClock(): TestClock {
  const clock: TestClock = {
    offMs: 0,
    stoppedAt: null,
    nowMs: () => clock.stoppedAt?.nowMs ?? realClock.nowMs() + clock.offMs,
    monotonicMs: () => clock.stoppedAt?.monotonicMs ?? realClock.monotonicMs(),
  };
  return clock;
}

async function open(clock: Clock = realClock, timing?: IdLeaseTiming): Promise<IdLeases> {
  const logger = { ...quietLogger, error: () => undefined };
  const leases = createIdLeases({ sql: database.sql, clock, logger, region: 0 }, timing);
  opened.push(leases);
  await leases.start();
  return leases;
}

async function held(): Promise<readonly number[]> {
  const rows = await database.sql<{ lane: number }[]>`
    SELECT lane FROM ids.leases WHERE holder IS NOT NULL ORDER BY lane`;
  return rows.map((row) => row.lane);
}

describe("leases of ids", () => {
  test("give every node a lane of its own", async () => {
    const nodes = await Promise.all(Array.from({ length: 12 }, () => open()));
    expect(new Set(await held()).size).toBe(12);
    const ids = nodes.flatMap((node) => Array.from({ length: 100 }, () => node.ids.mint()));
    expect(new Set(ids).size).toBe(1_200);
    expect(nodes.every((node) => node.healthChecks[0]?.check() === null)).toBe(true);
  });

  test("never hand out lane 127, and refuse when all others are taken", async () => {
    await open();
    await database.sql`
      UPDATE ids.leases SET holder = 'others', expires_at = 'infinity' WHERE lane BETWEEN 1 AND 126`;
    const late = await open();
    expect(() => late.ids.mint()).toThrow("request.unavailable");
    expect(late.healthChecks[0]?.check()).toContain("no lease");
    expect(await database.sql`SELECT FROM ids.leases WHERE lane > 126`).toHaveLength(0);
  });

  test("let a node that was stopped in order begin at once, after all that it gave", async () => {
    const first = await open();
    const before = Array.from({ length: 20_000 }, () => first.ids.mint()).at(-1)!;
    await first.stop();
    const again = await open();
    expect(again.ids.mint()).toBeGreaterThan(before);
  });

  test("let a node that was killed begin at once, on another lane and not ahead of the clock", async () => {
    await open();
    const lane = await held();
    // The first never stops: its lease stays.
    const again = await open();
    const id = again.ids.mint();
    expect(await held()).not.toEqual(lane);
    expect(idTimeMs(id)).toBeLessThanOrEqual(Date.now());
  });

  test("prefer to refuse rather than give ids ahead of the clock", async () => {
    await open();
    await database.sql`UPDATE ids.leases SET high_ms = (extract(epoch FROM now()) * 1000)::bigint + 10000`;
    const late = await open();
    expect(() => late.ids.mint()).toThrow("request.unavailable");
  });

  test("keep a process from repeating ids that slept while its lane was given to another", async () => {
    const timing: IdLeaseTiming = { ttlMs: 150, marginMs: 0, rangeMs: 100 };
    const clock = createTestClock();
    const sleeper = await open(clock, timing);
    await sleeper.renew();
    clock.stoppedAt = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    const mine = [sleeper.ids.mint()];
    const [lane] = await held();
    for (let n = 0; n < 5_000; n += 1) {
      mine.push(sleeper.ids.mint());
    }
    // Every other lane is taken, so the next node gets the sleeper's as soon as that is safe.
    await database.sql`
      UPDATE ids.leases SET holder = 'others', expires_at = 'infinity' WHERE lane <> ${lane!}`;
    const next = await open(realClock, { ...timing, ttlMs: 60_000, rangeMs: 60_000 });
    await expect.poll(() => next.healthChecks[0]?.check(), { timeout: 10_000 }).toBeNull();
    const theirs = Array.from({ length: 5_000 }, () => next.ids.mint());
    // In the middle of its work, it goes on as if nothing had happened, until its range is used up.
    const rangeIdsMax = (timing.rangeMs + 1_000) * (sequenceMax + 1);
    expect(() => {
      for (let n = 0; n < rangeIdsMax; n += 1) {
        mine.push(sleeper.ids.mint());
      }
    }).toThrow("request.unavailable");
    expect(new Set(theirs).intersection(new Set(mine)).size).toBe(0);
    // It looks at the clock: the lease is long over.
    clock.stoppedAt = null;
    expect(() => sleeper.ids.mint()).toThrow("request.unavailable");
  });

  test("stop a node whose clock is more than half a second off PostgreSQL's, until it is right again", async () => {
    const clock = createTestClock();
    const node = await open(clock);
    node.ids.mint();
    clock.offMs = -700;
    expect(() => node.ids.mint()).toThrow("request.unavailable");
    await node.renew();
    expect(() => node.ids.mint()).toThrow("request.unavailable");
    expect(node.healthChecks[0]?.check()).toMatch(/clock is -[67]\d\d ms off/);
    clock.offMs = 700;
    expect(() => node.ids.mint()).toThrow("request.unavailable");
    clock.offMs = 0;
    expect(node.ids.mint()).toBeGreaterThan(0n);
  });

  test("are extended while a node lives, so that ids go on", async () => {
    const node = await open();
    const [before] = await database.sql<
      { high_ms: bigint }[]
    >`SELECT high_ms FROM ids.leases WHERE holder IS NOT NULL`;
    await expect
      .poll(async () => {
        await node.renew();
        const [after] = await database.sql<
          { high_ms: bigint }[]
        >`SELECT high_ms FROM ids.leases WHERE holder IS NOT NULL`;
        return after!.high_ms > before!.high_ms;
      })
      .toBe(true);
  });
});

import { afterEach, describe, expect, test } from "vitest";
import { made } from "../../../test/support/log.ts";
import {
  holding,
  noting,
  numberOf,
  testTiming,
  workBench,
  workContext,
} from "../../../test/support/work.ts";
import type { EventEnvelope, View } from "../../ports/log.ts";
import { createMetrics, renderMetrics } from "../telemetry/metrics.ts";

const bench = workBench();
afterEach(() => bench.closeAll());

const upTo = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1);

describe("a durable worker", () => {
  test("works on each of a thousand events once, on no more at once than it may", async () => {
    let running = 0;
    let most = 0;
    const worker = noting(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
      },
      { atOnceMax: 5 },
    );
    const node = await bench.open([worker]);
    await bench.write(node, ...upTo(1_000));
    await expect.poll(() => bench.effects(), { timeout: 60_000 }).toEqual(upTo(1_000));
    await expect.poll(() => bench.entries()).toEqual([]);
    expect(most).toBe(5);
    expect(await node.log.deadLetters.list(workContext, { limit: 1 })).toEqual([]);
  });

  test("begins at once on the node that has listed the event, long before the next look", async () => {
    const idle = { ...testTiming, pollMs: 3_600_000 };
    const node = await bench.open([noting()], { workTiming: idle });
    await bench.write(node, 1, 2);
    await expect.poll(() => bench.effects()).toEqual([1, 2]);
    await bench.write(node, 3);
    await expect.poll(() => bench.effects()).toEqual([1, 2, 3]);
  });

  test("shares its work among nodes, and none of it is worked on twice at once", async () => {
    const now = new Map<number, number>();
    const byNode = [0, 0];
    const overlaps: number[] = [];
    const both = [0, 1].map((node) =>
      noting(
        async (event) => {
          const n = numberOf(event);
          byNode[node] = byNode[node]! + 1;
          now.set(n, (now.get(n) ?? 0) + 1);
          if (now.get(n) !== 1) {
            overlaps.push(n);
          }
          await bench.sql`SELECT pg_sleep(0.002)`;
          now.set(n, now.get(n)! - 1);
        },
        { atOnceMax: 2 },
      ),
    );
    const first = await bench.open([both[0]!]);
    await bench.open([both[1]!]);
    await bench.write(first, ...upTo(300));
    await expect.poll(() => bench.effects(), { timeout: 60_000 }).toEqual(upTo(300));
    expect(overlaps).toEqual([]);
    expect(byNode[0]! + byNode[1]!).toBe(300);
    expect(Math.min(...byNode)).toBeGreaterThan(0);
  });

  test("has its effects exactly once though connections are killed in the middle, again and again", async () => {
    const count = 400;
    const short = { ...testTiming, leaseMs: 4_000, renewEveryMs: 500, graceMs: 1_000 };
    const node = await bench.open(
      [
        noting(
          async () => {
            await bench.sql`SELECT pg_sleep(0.01)`;
          },
          { attemptsMax: 20 },
        ),
      ],
      { workTiming: short },
    );
    await bench.write(node, ...upTo(count));
    let kills = 0;
    const killing = setInterval(() => {
      // Not the test's own commands.
      void bench.sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND state <> 'idle'
          AND application_name IN ('maru write', 'maru log')
          AND (query LIKE '%things.effects%' OR query LIKE '%log.work%' OR query LIKE '%take_work%')`.then(
        (ended) => (kills += ended.length),
        () => undefined,
      );
    }, 2);
    await expect.poll(() => kills, { timeout: 60_000 }).toBeGreaterThan(10);
    clearInterval(killing);
    expect((await bench.effects()).length).toBeLessThan(count);
    await expect.poll(() => bench.effects(), { timeout: 60_000 }).toEqual(upTo(count));
    expect(await node.log.deadLetters.list(workContext, { limit: 1 })).toEqual([]);
  });

  test("states facts in its last transaction, which carry the request of the event that caused them", async () => {
    const counted: EventEnvelope[] = [];
    const view: View = {
      name: "counted",
      types: ["things.counted.v1"],
      apply(event, { repeated }) {
        if (!repeated) {
          counted.push(event);
        }
      },
    };
    const worker = noting(undefined, {
      work: async (_context, event) => async (tx) => {
        tx.append(made(event.aggregate.id, numberOf(event), "things.counted.v1"));
      },
    });
    const node = await bench.open([worker], { viewList: [view] });
    for (const n of [1, 2]) {
      await node.record.write({ ...workContext, requestId: `request-${n}` }, async (tx) => {
        tx.append(made(node.ids.mint(), n));
      });
    }
    await expect.poll(() => counted.map(numberOf).sort()).toEqual([1, 2]);
    for (const event of counted) {
      expect(event.requestId).toBe(`request-${numberOf(event)}`);
    }
  });

  test("does not wait for what another has to do", async () => {
    const { worker: slow, held } = holding({ name: "slow", atOnceMax: 1 });
    const node = await bench.open([slow, noting()]);
    await bench.write(node, ...upTo(20));
    await expect.poll(() => bench.effects()).toEqual(upTo(20));
    expect(held).toHaveLength(1);
    expect(await bench.effects("slow")).toEqual([]);
    expect(await bench.entries("slow")).toHaveLength(20);
  });

  test("is measured by what runs, what waits, and what came of it", async () => {
    const { metrics, snapshot } = createMetrics({ processMetrics: false });
    const { worker, held } = holding({ atOnceMax: 1 });
    const text = async (): Promise<string> => renderMetrics([await snapshot()]);
    const first = await bench.open([worker]);
    await bench.write(first, 1, 2, 3);
    await expect.poll(() => bench.entries()).toHaveLength(3);
    await bench.open([worker], { metrics });
    expect(await text()).toMatch(/^maru_log_work_waiting\{worker="noting"\} [12]$/m);
    expect(await text()).toMatch(/^maru_log_work_oldest_seconds\{worker="noting"\} (?!0$)\S+$/m);
    await expect.poll(text).toContain('maru_log_work_running{worker="noting"} 1');
    await expect.poll(() => held.length).toBe(2);
    held.forEach(({ succeed }) => {
      succeed();
    });
    await expect.poll(text).toContain('maru_log_work_total{worker="noting",outcome="done"} 1');
    expect(await text()).toContain('maru_log_work_seconds_count{worker="noting"} 1');
  });

  test("has a name of its own", async () => {
    const consumer = {
      name: "noting",
      types: [],
      attemptsMax: 1,
      handle: () => Promise.resolve(),
    };
    await expect(bench.open([noting()], { consumerList: [consumer] })).rejects.toThrow("same name");
  });
});

describe("a node that stops", () => {
  test("lets go at once of what it works on, and the attempt does not count", async () => {
    const mine = holding();
    const first = await bench.open([mine.worker]);
    await bench.write(first, 1, 2);
    await expect.poll(() => mine.held.length).toBe(2);
    expect((await bench.entries()).map(({ attempts }) => attempts)).toEqual([1, 1]);
    await bench.close(first);
    expect(mine.of(1)?.signal.reason).toMatchObject({ name: "AbortError" });
    const entries = await bench.entries();
    expect(entries).toMatchObject([
      { attempts: 0, lease: null },
      { attempts: 0, lease: null },
    ]);
    expect(entries.every(({ due_in_ms }) => due_in_ms <= 0)).toBe(true);
    await bench.open([noting()]);
    await expect.poll(() => bench.effects()).toEqual([1, 2]);
  });

  test("keeps what was done while it stopped", async () => {
    const mine = holding({ heeds: false });
    const node = await bench.open([mine.worker]);
    await bench.write(node, 1);
    await expect.poll(() => mine.held.length).toBe(1);
    mine.of(1)?.signal.addEventListener("abort", () => mine.of(1)?.succeed());
    await bench.close(node);
    expect(await bench.effects()).toEqual([1]);
    expect(await bench.entries()).toEqual([]);
  });

  test("waits for no work that does not heed its signal, and another node begins it", async () => {
    const mine = holding({ heeds: false });
    const node = await bench.open([mine.worker], {
      workTiming: { ...testTiming, stopGraceMs: 5 },
    });
    await bench.write(node, 1);
    await expect.poll(() => mine.held.length).toBe(1);
    await node.log.stopWorkers();
    const other = await bench.open([noting()]);
    await expect.poll(() => bench.effects()).toEqual([1]);
    mine.of(1)?.succeed();
    await bench.close(other);
    expect(await bench.effects()).toEqual([1]);
  });

  test("has what it worked on again when it starts under its name after it was killed", async () => {
    const name = { holder: "embedded", stableHolder: true };
    const node = await bench.open([noting()], name);
    await bench.write(node, 1);
    await expect.poll(() => bench.effects()).toEqual([1]);
    await bench.close(node);
    // As it stands where the process has ended in the middle.
    await bench.sql`
      INSERT INTO log.work (worker, event_id, position, event, attempts, due_at, holder, lease)
      SELECT 'noting', id, position, to_jsonb(event), 1, now() + interval '1 hour', holder, gen_random_uuid()
      FROM log.events AS event, (VALUES ('embedded')) AS own (holder)`;
    await bench.open([noting(undefined, { attemptsMax: 2 })], name);
    await expect.poll(() => bench.effects()).toEqual([1, 1]);
  });
});

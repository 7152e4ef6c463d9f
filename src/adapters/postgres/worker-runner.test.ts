import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { TestNode } from "../../../test/support/log.ts";
import { quietLogger, realClock } from "../../../test/support/record.ts";
import { noting, testTiming, workBench, workContext } from "../../../test/support/work.ts";
import { unavailable } from "../../kernel/problem.ts";
import type { DurableWorker, EventEnvelope } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import { readEvents } from "./log-reading.ts";
import { createWorkList, type WorkList } from "./worker-list.ts";
import { createWorkerRunner } from "./worker-runner.ts";

const bench = workBench();
afterEach(() => bench.closeAll());

let node: TestNode;
beforeEach(async () => {
  node = await bench.open([]);
});

const lost = (): Error => Object.assign(new Error("lost"), { code: "CONNECTION_CLOSED" });

/** Runs a worker on one event, with a list and a record that fail as the test wants. */
async function run(
  worker: DurableWorker,
  broken: {
    readonly list?: (real: WorkList) => Partial<WorkList>;
    readonly write?: (real: RecordPort["write"]) => RecordPort["write"];
  },
): Promise<readonly string[]> {
  const real = createWorkList({ sql: node.sql, worker: "noting", holder: "a", leaseMs: 60_000 });
  const outcomes: string[] = [];
  const runner = createWorkerRunner({
    worker,
    list: { ...real, ...broken.list?.(real) },
    record: () => ({
      ...node.record,
      write: broken.write?.(node.record.write) ?? node.record.write,
    }),
    clock: realClock,
    logger: quietLogger,
    backOff: { firstMs: 1, maxMs: 1 },
    chance: () => 0,
    timing: testTiming,
    ended: (outcome) => outcomes.push(outcome),
  });
  onTestFinished(runner.stop);
  await bench.write(node, 1);
  const event = await positioned();
  await node.record.write(workContext, (tx) => real.add(tx, event));
  runner.start();
  return outcomes;
}

async function positioned(): Promise<EventEnvelope> {
  await expect.poll(() => readEvents(node.sql, 0, 1)).toHaveLength(1);
  const [event] = await readEvents(node.sql, 0, 1);
  return event!;
}

describe("where the record is away for a moment", () => {
  test("what was taken without an answer is taken again at once, and no attempt is counted", async () => {
    let takes = 0;
    const attempts: number[] = [];
    const worker = noting(async () => {
      attempts.push(...(await bench.entries()).map((entry) => entry.attempts));
    });
    const outcomes = await run(worker, {
      list: ({ take }) => ({
        async take(most) {
          const taken = await take(most);
          takes += 1;
          if (takes === 1) {
            throw lost();
          }
          return taken;
        },
      }),
    });
    await expect.poll(() => outcomes).toEqual(["done"]);
    expect(attempts).toEqual([1]);
  });

  test("what was done is not done again: its end waits", async () => {
    let works = 0;
    let writes = 0;
    const outcomes = await run(
      noting(() => {
        works += 1;
      }),
      {
        write: (write) => (context, work) => {
          writes += 1;
          return writes < 3 ? Promise.reject(unavailable()) : write(context, work);
        },
      },
    );
    await expect.poll(() => outcomes).toEqual(["done"]);
    expect([works, writes]).toEqual([1, 3]);
    expect(await bench.effects()).toEqual([1]);
  });

  test("what was committed without an answer is not ended twice", async () => {
    let writes = 0;
    const outcomes = await run(noting(), {
      write: (write) => async (context, work) => {
        const committed = await write(context, work);
        writes += 1;
        if (writes === 1) {
          throw unavailable({ cause: lost() });
        }
        return committed;
      },
    });
    await expect.poll(() => outcomes).toEqual(["lost"]);
    expect(await bench.effects()).toEqual([1]);
    expect(await bench.entries()).toEqual([]);
  });

  test("what has failed is put off as soon as that can be told", async () => {
    let works = 0;
    let tellings = 0;
    const outcomes = await run(
      noting(() => {
        works += 1;
        if (works === 1) {
          throw new Error("failed");
        }
      }),
      {
        list: ({ putOff }) => ({
          putOff(entry, how) {
            tellings += 1;
            return tellings === 1 ? Promise.reject(lost()) : putOff(entry, how);
          },
        }),
      },
    );
    await expect.poll(() => outcomes).toEqual(["failed", "done"]);
    expect(await bench.effects()).toEqual([1]);
  });
});

import { afterEach, describe, expect, test } from "vitest";
import {
  logDatabase,
  made,
  openTestNode,
  type TestNode,
  type TestNodeOptions,
} from "../../../test/support/log.ts";
import { quietLogger } from "../../../test/support/record.ts";
import { internalContext } from "../../kernel/context.ts";
import { unavailable } from "../../kernel/problem.ts";
import type { DurableConsumer, EventEnvelope, View } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";

const tables = `
  CREATE SCHEMA things;
  -- No key: an effect that came twice would be seen.
  CREATE TABLE things.effects (consumer text, n int);
`;

const database = logDatabase({ tables });
const nodes: TestNode[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
});

const context = internalContext("request-1");
const quick = { firstMs: 1, maxMs: 4 };
const silent = { ...quietLogger, error: () => undefined };

async function open(options: TestNodeOptions): Promise<TestNode> {
  const node = await openTestNode(database.endpoint, {
    logger: silent,
    backOff: quick,
    ...options,
  });
  nodes.push(node);
  await node.log.start();
  await node.log.startConsumers();
  return node;
}

async function close(node: TestNode): Promise<void> {
  nodes.splice(nodes.indexOf(node), 1);
  await node.close();
}

const numberOf = (event: EventEnvelope): number => event.data["n"] as number;

async function note(tx: Transaction, consumer: string, event: EventEnvelope): Promise<void> {
  await tx.sql`INSERT INTO things.effects VALUES (${consumer}, ${numberOf(event)})`;
}

/** Notes each event; what `before` does may fail. */
function noting(
  before: (event: EventEnvelope, tx: Transaction) => Promise<void> | void = () => undefined,
  name = "noting",
): DurableConsumer {
  return {
    name,
    types: ["things.made.v1"],
    attemptsMax: 3,
    async handle(_context, event, tx) {
      await note(tx, name, event);
      await before(event, tx);
    },
  };
}

async function write(node: TestNode, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n += 1) {
    await node.record.write(context, async (tx) => {
      tx.append(made(node.ids.mint(), n));
    });
  }
}

async function effects(consumer = "noting"): Promise<readonly number[]> {
  const rows = await database.sql<
    { n: number }[]
  >`SELECT n FROM things.effects WHERE consumer = ${consumer}`;
  return rows.map((row) => row.n);
}

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, n) => n + 1);
}

describe("a durable consumer", () => {
  test("handles every event once, in order", async () => {
    const node = await open({ consumerList: [noting()] });
    await write(node, 1, 40);
    await expect.poll(() => effects()).toEqual(upTo(40));
  });

  test("goes on where it was after a restart, and begins with the oldest event when it is new", async () => {
    const first = await open({ consumerList: [noting()] });
    await write(first, 1, 5);
    await expect.poll(() => effects()).toEqual(upTo(5));
    await close(first);
    const second = await open({ consumerList: [noting(), noting(undefined, "later")] });
    await write(second, 6, 9);
    await expect.poll(() => effects()).toEqual(upTo(9));
    await expect.poll(() => effects("later")).toEqual(upTo(9));
  });

  test("has each effect exactly once though its connections are killed in the middle, again and again", async () => {
    const count = 120;
    const node = await open({
      consumerList: [
        noting(async (event, tx) => {
          if (numberOf(event) % 5 === 0) {
            await tx.sql`SELECT pg_sleep(0.003)`;
          }
        }),
      ],
    });
    const writing = write(node, 1, count).catch(() => undefined);
    let kills = 0;
    const killing = setInterval(() => {
      kills += 1;
      // In the middle of its transaction alone, so that the commands of the test go through.
      void database.sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'maru write'
          AND (query LIKE '%things.effects%' OR query LIKE '%pg_sleep(0.003)%' OR query LIKE '%log.consumers%')`.catch(
        () => undefined,
      );
    }, 20);
    await writing;
    const written = await database.sql<{ n: number }[]>`
      SELECT (data->>'n')::int AS n FROM log.events UNION ALL SELECT (data->>'n')::int FROM log.outbox ORDER BY n`;
    await expect.poll(() => kills, { timeout: 20_000 }).toBeGreaterThan(20);
    clearInterval(killing);
    expect(written.length).toBeGreaterThan(20);
    await expect.poll(() => effects(), { timeout: 30_000 }).toEqual(written.map((row) => row.n));
    expect(await node.log.deadLetters.list(context, { limit: 10 })).toEqual([]);
  });

  test("runs on one node at a time, and the other takes over when that one ends", async () => {
    let running = 0;
    let most = 0;
    const alone = (): DurableConsumer =>
      noting(async (_event, tx) => {
        running += 1;
        most = Math.max(most, running);
        await tx.sql`SELECT pg_sleep(0.001)`;
        running -= 1;
      });
    const a = await open({ stableHolder: false, consumerList: [alone()] });
    const b = await open({ stableHolder: false, consumerList: [alone()] });
    await Promise.all([write(a, 1, 20), write(b, 21, 40)]);
    await expect
      .poll(async () => new Set(await effects()), { timeout: 10_000 })
      .toEqual(new Set(upTo(40)));
    await close(a);
    await write(b, 41, 45);
    await expect.poll(async () => (await effects()).length, { timeout: 10_000 }).toBe(45);
    expect(most).toBe(1);
  });

  test("appends events of its own, which carry the request of the event that caused them", async () => {
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
    const node: TestNode = await open({
      viewList: [view],
      consumerList: [
        noting((event, tx) => {
          tx.append(made(event.aggregate.id, numberOf(event), "things.counted.v1"));
        }),
      ],
    });
    for (const n of [1, 2, 3]) {
      await node.record.write({ ...context, requestId: `request-${n}` }, async (tx) => {
        tx.append(made(node.ids.mint(), n));
      });
    }
    await expect.poll(() => counted.map(numberOf)).toEqual([1, 2, 3]);
    expect(counted.map((event) => event.requestId)).toEqual([
      "request-1",
      "request-2",
      "request-3",
    ]);
  });
});

describe("an event that cannot be handled", () => {
  const poison = (event: EventEnvelope): void => {
    if (numberOf(event) === 3) {
      throw new Error("cannot handle three");
    }
  };

  test("becomes a dead letter after its attempts, and the others are handled", async () => {
    const tried: number[] = [];
    const node = await open({
      consumerList: [
        noting((event) => {
          tried.push(numberOf(event));
          poison(event);
        }),
      ],
    });
    await write(node, 1, 8);
    await expect.poll(() => effects()).toEqual([1, 2, 4, 5, 6, 7, 8]);
    const letters = await node.log.deadLetters.list(context, { limit: 10 });
    expect(letters).toMatchObject([
      { consumer: "noting", attempts: 3, event: { type: "things.made.v1", data: { n: 3 } } },
    ]);
    expect(letters[0]?.error).toContain("cannot handle three");
    expect(letters[0]?.event.position).toBe(3);
    const kept = await node.log.port.readAfter(context, 2, 1);
    expect(kept).toEqual([letters[0]?.event]);
    // Once more at most, with the batch in which it first came.
    expect(tried.filter((n) => n === 3).length).toBeLessThanOrEqual(4);
  });

  test("keeps the count of its attempts over restarts", async () => {
    let attempts = 0;
    const consumer = (): DurableConsumer =>
      noting((event) => {
        attempts += 1;
        poison(event);
      });
    const slow = { firstMs: 60_000, maxMs: 60_000 };
    const first = await open({ consumerList: [consumer()], backOff: slow });
    await write(first, 3, 3);
    await expect.poll(() => attempts).toBe(1);
    await expect
      .poll(async () => (await database.sql`SELECT attempts, last_error FROM log.consumers`)[0])
      .toMatchObject({ attempts: 1, last_error: expect.stringContaining("three") as string });
    await close(first);
    // It waits for its time, whoever asks.
    const second = await open({ consumerList: [consumer()], backOff: slow });
    expect(attempts).toBe(1);
    await database.sql`UPDATE log.consumers SET retry_at = '-infinity', attempts = 2`;
    await write(second, 4, 4);
    await expect
      .poll(() => second.log.deadLetters.list(context, { limit: 10 }), { timeout: 10_000 })
      .toMatchObject([{ attempts: 3 }]);
    await expect.poll(() => effects()).toEqual([4]);
  });

  test("is handled when an operator sends it back and the cause is mended", async () => {
    let mended = false;
    const consumer = noting((event) => {
      if (!mended) {
        poison(event);
      }
    });
    const node = await open({ consumerList: [consumer] });
    await write(node, 1, 4);
    const list = (): ReturnType<typeof node.log.deadLetters.list> =>
      node.log.deadLetters.list(context, { consumer: "noting", limit: 10 });
    await expect.poll(async () => (await list()).length).toBe(1);
    // Not mended yet: it fails once more and stays.
    expect(await node.log.deadLetters.redrive(context, {})).toBe(1);
    await expect.poll(async () => (await list())[0]?.attempts).toBe(4);
    expect(await effects()).toEqual([1, 2, 4]);
    mended = true;
    const [letter] = await list();
    expect(await node.log.deadLetters.redrive(context, { ids: [1n] })).toBe(0);
    expect(await node.log.deadLetters.redrive(context, { consumer: "other" })).toBe(0);
    expect(
      await node.log.deadLetters.redrive(context, { consumer: "noting", ids: [letter!.event.id] }),
    ).toBe(1);
    await expect.poll(() => list()).toEqual([]);
    expect(await effects()).toEqual([1, 2, 4, 3]);
  });

  test("is sent back from another process, such as the command line", async () => {
    let mended = false;
    const node = await open({
      consumerList: [
        noting((event) => {
          if (!mended) {
            poison(event);
          }
        }),
      ],
    });
    await write(node, 3, 3);
    await expect
      .poll(async () => (await node.log.deadLetters.list(context, { limit: 1 })).length)
      .toBe(1);
    mended = true;
    await database.sql`UPDATE log.dead_letters SET redrive_at = now()`;
    await expect.poll(() => effects(), { timeout: 10_000 }).toEqual([3]);
    expect(await node.log.deadLetters.list(context, { limit: 1 })).toEqual([]);
  });

  test("is not blamed for a service that is away: it waits and loses no attempt", async () => {
    let away = true;
    const node = await open({
      consumerList: [
        noting(() => {
          if (away) {
            throw unavailable();
          }
        }),
      ],
    });
    await write(node, 1, 1);
    await expect.poll(async () => (await database.sql`SELECT FROM log.events`).length).toBe(1);
    away = false;
    await expect.poll(() => effects(), { timeout: 10_000 }).toEqual([1]);
    expect(await node.log.deadLetters.list(context, { limit: 1 })).toEqual([]);
  });
});

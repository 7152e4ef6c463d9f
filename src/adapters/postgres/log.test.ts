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
import type { EventEnvelope, View } from "../../ports/log.ts";

const database = logDatabase();
const nodes: TestNode[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
});

const context = internalContext("request-1");
const silent = { ...quietLogger, error: () => undefined };

async function open(options: TestNodeOptions = {}): Promise<TestNode> {
  const node = await openTestNode(database.endpoint, { logger: silent, ...options });
  nodes.push(node);
  await node.log.start();
  return node;
}

interface Seen {
  readonly event: EventEnvelope;
  readonly repeated: boolean;
}

function recording(name = "recording"): { readonly view: View; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  return {
    seen,
    view: {
      name,
      types: ["things.made.v1"],
      apply: (event, { repeated }) => void seen.push({ event, repeated }),
    },
  };
}

async function write(node: TestNode, ...numbers: readonly number[]): Promise<string> {
  const { position } = await node.record.write(context, async (tx) => {
    numbers.forEach((n) => {
      tx.append(made(node.ids.mint(), n));
    });
  });
  return position;
}

const numberOf = (event: EventEnvelope): number => event.data["n"] as number;

/** A transaction of another session that began to write and is left open. */
async function leaveOpen(): Promise<{ end(): Promise<void> }> {
  const connection = await database.sql.reserve();
  await connection`BEGIN`;
  await connection`SELECT pg_current_xact_id()`;
  return {
    async end() {
      await connection`COMMIT`;
      connection.release();
    },
  };
}

describe("a view", () => {
  test("gets an event before the write is answered, and once more with its position", async () => {
    const { view, seen } = recording();
    const node = await open({ viewList: [view] });
    const position = await write(node, 1);
    expect(seen).toMatchObject([{ repeated: false, event: { position: null, data: { n: 1 } } }]);
    await expect.poll(() => node.log.port.appliedPosition()).toBe(1);
    expect(seen).toMatchObject([{ repeated: false }, { repeated: true, event: { position: 1 } }]);
    expect(seen[1]?.event).toEqual({ ...seen[0]?.event, position: 1 });
    expect(await node.log.port.waitFor(position, 0)).toBe(true);
  });

  test("gets positioned events in order, each once, while many write and some are slow", async () => {
    const { view, seen } = recording();
    const node = await open({ viewList: [view] });
    const count = 120;
    await Promise.all(
      Array.from({ length: count }, async (_, n) =>
        node.record.write(context, async (tx) => {
          tx.append(made(node.ids.mint(), n));
          await tx.sql`SELECT pg_current_xact_id(), pg_sleep(${n % 7 === 0 ? 0.02 : 0})`;
        }),
      ),
    );
    await expect.poll(() => node.log.port.appliedPosition()).toBe(count);
    const early = seen.filter(({ event }) => event.position === null);
    const positioned = seen.filter(({ event }) => event.position !== null);
    expect(positioned.map(({ event }) => event.position)).toEqual(positioned.map((_, i) => i + 1));
    expect(new Set(positioned.map(({ event }) => numberOf(event))).size).toBe(count);
    // Whichever comes first is the first, the other the repeat.
    const firsts = seen.filter(({ repeated }) => !repeated);
    expect(new Set(firsts.map(({ event }) => event.id)).size).toBe(count);
    expect(firsts).toHaveLength(count);
    expect(early.every(({ repeated }) => !repeated)).toBe(true);
  });

  test("has the writes of this node while an open transaction holds back their positions", async () => {
    const { view, seen } = recording();
    const node = await open({ viewList: [view] });
    const blocker = await leaveOpen();
    const position = await write(node, 1);
    expect(seen).toHaveLength(1);
    expect(await node.log.port.waitFor(position, 0)).toBe(true);
    expect(node.log.port.appliedPosition()).toBe(0);
    await blocker.end();
    await expect.poll(() => node.log.port.appliedPosition()).toBe(1);
    expect(seen).toMatchObject([{ repeated: false }, { repeated: true }]);
  });

  test("that fails is tried again until it succeeds, says so, and holds back no other view", async () => {
    const { view: healthy, seen: others } = recording("healthy");
    let broken = true;
    const got: number[] = [];
    const failing: View = {
      name: "failing",
      types: ["things.made.v1"],
      async apply(event) {
        if (broken && event.position !== null && numberOf(event) === 2) {
          throw new Error("cannot");
        }
        if (event.position !== null) {
          got.push(numberOf(event));
        }
      },
    };
    const node = await open({ viewList: [failing, healthy] });
    await write(node, 1);
    await write(node, 2);
    await write(node, 3);
    const stuck = (): string | null | undefined =>
      node.log
        .healthChecks()
        .find((check) => check.name === "view failing")
        ?.check();
    await expect.poll(stuck).toBe("cannot apply position 2");
    await expect
      .poll(() =>
        others.filter(({ event }) => event.position !== null).map(({ event }) => event.position),
      )
      .toEqual([1, 2, 3]);
    expect(node.log.port.appliedPosition()).toBe(1);
    expect(got).toEqual([1]);
    broken = false;
    await expect.poll(() => node.log.port.appliedPosition()).toBe(3);
    expect(got).toEqual([1, 2, 3]);
    expect(stuck()).toBeNull();
  });

  test("whose early delivery failed gets the positioned event as the first", async () => {
    const deliveries: { position: number | null; repeated: boolean }[] = [];
    const view: View = {
      name: "early-failing",
      types: ["things.made.v1"],
      apply(event, { repeated }) {
        deliveries.push({ position: event.position, repeated });
        if (event.position === null) {
          throw new Error("not yet");
        }
      },
    };
    const node = await open({ viewList: [view] });
    const position = await write(node, 1);
    expect(await node.log.port.waitFor(position, 5_000)).toBe(true);
    expect(deliveries).toEqual([
      { position: null, repeated: false },
      { position: 1, repeated: false },
    ]);
  });

  test("that is slow keeps the order of the log and misses nothing", async () => {
    const got: number[] = [];
    const gate = Promise.withResolvers<undefined>();
    const view: View = {
      name: "slow",
      types: ["things.made.v1"],
      async apply(event) {
        if (event.position !== null) {
          await gate.promise;
          got.push(event.position);
        }
      },
    };
    const node = await open({ viewList: [view] });
    for (let n = 0; n < 30; n += 1) {
      await write(node, n);
    }
    expect(got).toEqual([]);
    gate.resolve(undefined);
    await expect.poll(() => got).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
  });

  test("begins with what was committed and not positioned when an earlier process was killed", async () => {
    const killed = await open({ holder: "embedded" });
    const blocker = await leaveOpen();
    await write(killed, 1, 2);
    // Killed: it never says anything again, and the next one takes its lease at once.
    const { view, seen } = recording();
    const next = await open({ holder: "embedded", viewList: [view] });
    await blocker.end();
    await expect.poll(() => next.log.port.appliedPosition()).toBe(2);
    expect(seen).toMatchObject([{ repeated: false }, { repeated: false }]);
    // Should it wake up after all, it finds that it was replaced, and stays so.
    await expect.poll(() => killed.log.isRelay()).toBe(false);
    await write(killed, 3);
    await expect.poll(() => next.log.port.appliedPosition()).toBe(3);
    expect(killed.log.healthChecks()[0]?.check()).toContain("later process");
    expect(next.log.isRelay()).toBe(true);
  });

  test("gets the writes of other nodes in order", async () => {
    const { view, seen } = recording();
    const a = await open({ stableHolder: false });
    const b = await open({ stableHolder: false, viewList: [view] });
    expect([a, b].map((node) => node.log.isRelay())).toEqual([true, false]);
    for (let n = 0; n < 20; n += 1) {
      await write(n % 2 === 0 ? a : b, n);
    }
    const position = await write(a, 20);
    expect(await b.log.port.waitFor(position, 10_000)).toBe(true);
    const positioned = seen.filter(({ event }) => event.position !== null);
    expect(positioned.map(({ event }) => event.position)).toEqual(positioned.map((_, i) => i + 1));
    expect(positioned.map(({ event }) => numberOf(event))).toEqual(
      Array.from({ length: 21 }, (_, n) => n),
    );
  });

  test("goes on when the relay's node stops and another takes over", async () => {
    const { view, seen } = recording();
    const a = await open({ stableHolder: false });
    const b = await open({ stableHolder: false, viewList: [view] });
    await write(a, 1);
    nodes.splice(nodes.indexOf(a), 1);
    await a.close();
    await write(b, 2);
    await expect.poll(() => b.log.port.appliedPosition()).toBe(2);
    expect(b.log.isRelay()).toBe(true);
    expect(seen.filter(({ event }) => event.position !== null)).toHaveLength(2);
  });

  test("goes on after every connection was killed", async () => {
    const { view, seen } = recording();
    const node = await open({ viewList: [view] });
    for (let round = 0; round < 5; round += 1) {
      await write(node, round);
      await database.sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'maru %'`;
      await expect
        .poll(() =>
          write(node, 100 + round).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
    }
    await expect
      .poll(
        () =>
          new Set(
            seen.filter(({ event }) => event.position !== null).map(({ event }) => numberOf(event)),
          ),
      )
      .toEqual(new Set([0, 1, 2, 3, 4, 100, 101, 102, 103, 104]));
  });
});

describe("a position", () => {
  test("that is not reached yet is waited for, and no longer than asked", async () => {
    const a = await open({ stableHolder: false });
    const b = await open({ stableHolder: false });
    const blocker = await leaveOpen();
    const position = await write(a, 1);
    expect(await b.log.port.waitFor(position, 20)).toBe(false);
    const waiting = b.log.port.waitFor(position, 10_000);
    await blocker.end();
    expect(await waiting).toBe(true);
  });

  test("of a write without events is there on every node", async () => {
    const node = await open();
    const { position } = await node.record.write(context, (tx) => tx.sql`SELECT 1`);
    expect(await node.log.port.waitFor(position, 0)).toBe(true);
  });

  test("that is none is refused", async () => {
    const node = await open();
    for (const text of ["", "x", "bm90aGluZw", "..", "MC5tYWluLjEuLTU", "a".repeat(500)]) {
      await expect(node.log.port.waitFor(text, 0)).rejects.toMatchObject({
        kind: { status: 400 },
        errors: [{ path: "Maru-Position" }],
      });
    }
  });

  test("of another log, region or history is left to the record", async () => {
    const node = await open();
    await write(node, 1);
    for (const text of ["0.other.1.1", "3.main.1.1", "0.main.9.1"]) {
      const position = Buffer.from(text).toString("base64url");
      expect(await node.log.port.waitFor(position, 0)).toBe(false);
    }
  });
});

describe("reading on", () => {
  test("gives what follows, in order, and says when it is gone", async () => {
    const node = await open();
    for (let n = 1; n <= 5; n += 1) {
      await write(node, n);
    }
    await expect.poll(() => node.log.port.appliedPosition()).toBe(5);
    const read = async (
      after: number,
      limit = 10,
    ): Promise<readonly (number | null)[] | "gone"> => {
      const events = await node.log.port.readAfter(context, after, limit);
      return events === "gone" ? events : events.map((event) => event.position);
    };
    expect(await read(0, 3)).toEqual([1, 2, 3]);
    expect(await read(3)).toEqual([4, 5]);
    expect(await read(5)).toEqual([]);
    expect(await read(6)).toBe("gone");
    await database.sql`DELETE FROM log.events WHERE position <= 2`;
    expect(await read(1)).toBe("gone");
    expect(await read(2)).toEqual([3, 4, 5]);
    await database.sql`DELETE FROM log.events`;
    expect(await read(4)).toBe("gone");
    expect(await read(5)).toEqual([]);
  });
});

describe("an event", () => {
  test("that no module declares or that does not fit its schema is a bug, and nothing is written", async () => {
    const node = await open();
    const append = (type: string, data: Record<string, string | number>): Promise<unknown> =>
      node.record.write(context, async (tx) => {
        tx.append({ ...made(1n, 1), type, data });
      });
    await expect(append("things.unknown.v1", { n: 1 })).rejects.toThrow("no module declares");
    await expect(append("things.made.v1", { n: "one" })).rejects.toThrow("do not fit");
    expect(await database.sql`SELECT FROM log.outbox`).toHaveLength(0);
  });

  test("carries the request that caused it", async () => {
    const node = await open();
    const traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
    const account = node.ids.mint();
    await node.record.write({ ...context, requestId: "r-7", traceparent }, async (tx) => {
      tx.append({ ...made(2n, 1), actorId: account });
    });
    await expect.poll(() => node.log.port.appliedPosition()).toBe(1);
    const events = await node.log.port.readAfter(context, 0, 10);
    expect(events).toMatchObject([
      {
        requestId: "r-7",
        traceparent,
        actorId: account,
        region: 0,
        log: "main",
        epoch: 1,
        aggregate: { id: 2n },
      },
    ]);
  });
});

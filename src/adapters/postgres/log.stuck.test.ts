import { expect, test } from "vitest";
import { logDatabase, made, openTestNode, type TestNode } from "../../../test/support/log.ts";
import { realClock } from "../../../test/support/record.ts";
import { internalContext } from "../../kernel/context.ts";
import type { View } from "../../ports/log.ts";
import type { Sql } from "../../ports/record.ts";
import { openSql } from "./pools.ts";

const database = logDatabase();

const patience = { timeout: 10_000, interval: 50 };

interface Watched {
  readonly node: TestNode;
  /** How much later than it is the log believes it to be. */
  readonly clock: { aheadMs: number };
  /** Of its statements, from now on. */
  answer: "as usual" | "refused" | "never";
  close(): Promise<void>;
}

async function openNode(viewList: readonly View[] = []): Promise<Watched> {
  const clock = { aheadMs: 0 };
  const real = openSql(database.endpoint, { max: 4, applicationName: "log under test" });
  const sql = new Proxy(real, {
    apply(target, self, parts: Parameters<Sql>): unknown {
      // A part of a statement is no statement.
      const isPart = parts[0][0]?.startsWith("(") === true;
      if (isPart) return Reflect.apply(target, self, parts);
      if (watched.answer === "refused") return Promise.reject(new Error("too many connections"));
      if (watched.answer === "never") return new Promise(() => undefined);
      return Reflect.apply(target, self, parts);
    },
  });
  const node = await openTestNode(database.endpoint, {
    sql,
    viewList,
    clock: { ...realClock, monotonicMs: () => realClock.monotonicMs() + clock.aheadMs },
  });
  const watched: Watched = {
    node,
    clock,
    answer: "as usual",
    async close() {
      watched.answer = "as usual";
      await node.close();
      await real.end();
    },
  };
  await node.log.start();
  return watched;
}

const write = (node: TestNode): Promise<unknown> =>
  node.record.write(internalContext("test"), async (tx) => tx.append(made(1n, 1)));

test("a log that goes on says nothing", async () => {
  const one = await openNode();
  await write(one.node);
  await expect.poll(() => one.node.log.isRelay(), patience).toBe(true);
  expect(one.node.log.stuck()).toBeNull();
  await one.close();
});

test("a log that cannot be read says why, after a moment, and until it can", async () => {
  const one = await openNode();
  one.answer = "refused";
  await expect.poll(() => one.node.log.stuck(), patience).toBe("too many connections");
  one.answer = "as usual";
  await expect.poll(() => one.node.log.stuck(), patience).toBeNull();
  await one.close();
});

test("a view that hangs is told of, though it says nothing itself", async () => {
  const hung = Promise.withResolvers<undefined>();
  let applying = false;
  const view: View = {
    name: "hangs",
    types: ["things.made.v1"],
    apply() {
      applying = true;
      return hung.promise;
    },
  };
  const one = await openNode([view]);
  void write(one.node);
  await expect.poll(() => applying, patience).toBe(true);
  await expect.poll(() => one.node.log.port.appliedPosition(), patience).toBe(0);
  // Asked often, as a lease does, it knows since when.
  await expect
    .poll(() => {
      one.clock.aheadMs += 1_000;
      return one.node.log.stuck();
    }, patience)
    .toMatch(/no view goes on from 0|the log does not answer/);
  hung.resolve(undefined);
  await expect.poll(() => one.node.log.stuck(), patience).toBeNull();
  await one.close();
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBulkhead } from "../../kernel/bulkhead.ts";
import { internalContext, type Context } from "../../kernel/context.ts";
import type { GroupWork } from "../../ports/record.ts";
import { noMetrics } from "../../../test/support/record.ts";
import { createGroups, type Groups } from "./groups.ts";
import type { Transactions } from "./transactions.ts";

/** When a group begins, by a clock that stands still until it is told to go on. */
let nowMs: number;
let began: string[][];
let groups: Groups;

/** Those who are served together, as one text each. */
const noting: GroupWork<string, null> = {
  name: "note",
  run(_tx, members) {
    began.push(members.map(({ item }) => item));
    return Promise.resolve(members.map(() => ({ value: null })));
  },
};

const transactions: Pick<Transactions, "runGroup" | "tell"> = {
  async runGroup(_check, work) {
    const scope = { begin: vi.fn(), state: vi.fn(), last: vi.fn() };
    const value = await work(scope);
    return { value, transactionId: 1n, builtOn: 1n, prepared: [], hides: false };
  },
  tell: () => Promise.resolve(),
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  nowMs = 1_000;
  began = [];
  groups = createGroups({
    transactions: transactions as Transactions,
    writers: createBulkhead({ concurrencyMax: 4, queueMax: 4 }),
    metrics: noMetrics,
    monotonicMs: () => nowMs,
    waitingMax: 100,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function contextOf(accountId: bigint): Context {
  return { ...internalContext("test"), viewer: { accountId, sessionId: 1n } };
}

const join = (accountId: bigint, item: string): Promise<unknown> =>
  groups.join(contextOf(accountId), noting, item);

/** Lets whatever can go on go on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function pass(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
}

test("people who come close behind each other share a transaction, a moment after the one before", async () => {
  await join(1n, "first");
  pass(2);
  const second = join(2n, "second");
  await settle();
  pass(3);
  const third = join(3n, "third");
  await settle();
  expect(began).toEqual([["first"]]);
  pass(5);
  await Promise.all([second, third]);
  expect(began).toEqual([["first"], ["second", "third"]]);
});

test("one person who sends one after another never waits", async () => {
  for (const text of ["a", "b", "c"]) {
    await join(1n, text);
    pass(1);
  }
  expect(began).toEqual([["a"], ["b"], ["c"]]);
});

test("nor does who comes after a pause", async () => {
  await join(1n, "first");
  pass(10);
  await join(2n, "second");
  expect(began).toEqual([["first"], ["second"]]);
});

test("when many wait they go at once", async () => {
  await join(1n, "first");
  pass(1);
  await Promise.all(Array.from({ length: 16 }, (_, i) => join(BigInt(i + 2), "crowd")));
  expect(began.map((group) => group.length)).toEqual([1, 16]);
});

import { expect, test } from "vitest";
import { createImpatientSql } from "./impatient-sql.ts";
import { asProblem } from "./record-errors.ts";
import type { PooledSql } from "./session-pool.ts";

/** Connections that are known by their number, and whether they were ended. */
function connections() {
  const ended: number[] = [];
  let opened = 0;
  const open = (): PooledSql => {
    opened += 1;
    const number = opened;
    const end = (): Promise<void> => {
      ended.push(number);
      return Promise.resolve();
    };
    return Object.assign(() => number, { end }) as unknown as PooledSql;
  };
  return { open, ended, opened: () => opened };
}

const numberOf = (sql: PooledSql): Promise<number> =>
  Promise.resolve((sql as unknown as () => number)());
const never = (): Promise<never> => new Promise(() => undefined);

test("to a request that waits, no answer in time is the server being away, and no bug", async () => {
  const { ask } = createImpatientSql(connections().open);
  const told = await ask(never, 5).catch(asProblem);
  expect(told).toMatchObject({ kind: { code: "request.unavailable" }, retryAfterS: 1 });
});

test("whoever gets no answer in time is told so, and the next is asked elsewhere", async () => {
  const { open, ended, opened } = connections();
  const { ask, end } = createImpatientSql(open);
  expect(await ask(numberOf)).toBe(1);
  const silent = [ask(never, 20), ask(never, 20)];
  for (const one of silent) await expect(one).rejects.toThrow("has not answered for 20 ms");
  expect(await ask(numberOf)).toBe(2);
  // Two who waited on the same one do not open two others.
  expect(opened()).toBe(2);
  await end();
  expect(ended).toEqual([1, 2]);
});

test("nothing is opened any more once it has ended", async () => {
  const { open, opened } = connections();
  const { ask, end } = createImpatientSql(open);
  const silent = ask(never, 20);
  await end();
  await expect(silent).rejects.toThrow("has not answered");
  expect(opened()).toBe(1);
});

test("what a statement throws is thrown, and the connection is kept", async () => {
  const { open, opened } = connections();
  const { ask } = createImpatientSql(open);
  await expect(ask(() => Promise.reject(new Error("no such table")))).rejects.toThrow("no such");
  expect(await ask(numberOf)).toBe(1);
  expect(opened()).toBe(1);
});

import { expect, test } from "vitest";
import { keepTurning, regularly, soon } from "./turns.ts";

test("work is done at the end of the turn, once and in order", async () => {
  const done: number[] = [];
  soon(() => done.push(1));
  soon(() => {
    done.push(2);
    soon(() => done.push(3));
  });
  keepTurning(0);
  expect(done).toEqual([]);
  await expect.poll(() => done).toEqual([1, 2, 3]);
});

test("work that the loop holds up is done by whoever looks when it has waited", async () => {
  const done: number[] = [];
  soon(() => done.push(1));
  keepTurning(100);
  keepTurning(110);
  expect(done).toEqual([]);
  keepTurning(111);
  expect(done).toEqual([1]);
  soon(() => done.push(2));
  keepTurning(112);
  expect(done).toEqual([1]);
  await expect.poll(() => done).toEqual([1, 2]);
});

test("one that fails takes nothing from the others", async () => {
  const done: number[] = [];
  soon(() => {
    throw new Error("it failed");
  });
  soon(() => done.push(1));
  keepTurning(0);
  expect(() => {
    keepTurning(11);
  }).toThrow("it failed");
  await expect.poll(() => done).toEqual([1]);
});

test("regular work is done by its timer, and by whoever looks when the loop holds that up", async () => {
  let nowMs = 0;
  let done = 0;
  const end = regularly(
    30,
    () => nowMs,
    () => {
      done += 1;
    },
  );
  nowMs = 40;
  keepTurning(nowMs);
  expect(done).toBe(0);
  nowMs = 41;
  keepTurning(nowMs);
  keepTurning(nowMs);
  expect(done).toBe(1);
  await expect.poll(() => done).toBeGreaterThan(1);
  end();
  const before = done;
  keepTurning(1_000);
  expect(done).toBe(before);
});

import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { printedSeed } from "../../test/support/seed.ts";
import { createArrivals } from "./arrivals.ts";

/** Each takes a millisecond. */
let nowMs = 0;
let taken: (readonly [string, number])[] = [];
let waits: number[] = [];

const arrivals = () =>
  createArrivals<string>({
    monotonicMs: () => nowMs,
    take(item, waitedMs) {
      taken.push([item, waitedMs]);
      nowMs += 1;
    },
    onTurn: (waitingMs) => waits.push(waitingMs),
  });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setImmediate"] });
  nowMs = 0;
  taken = [];
  waits = [];
});

afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

/** A turn of the loop. */
const turn = (): void => {
  vi.advanceTimersToNextTimer();
};

test("what arrives is taken at once as long as the turn has time for it", () => {
  const { add, waiting } = arrivals();
  for (const item of ["a", "b", "c", "d", "e"]) add(item, "others");
  expect(taken.map(([item]) => item)).toEqual(["a", "b", "c", "d"]);
  expect(waiting()).toBe(1);
});

test("the rest has its turn after everything else, in the order in which it arrived", () => {
  const { add, waiting } = arrivals();
  const items = Array.from({ length: 12 }, (_, n) => String(n));
  for (const item of items) add(item, "others");
  nowMs = 50;
  turn();
  // It came later than those who wait.
  add("later", "others");
  expect(taken.slice(4)).toEqual([
    ["4", 46],
    ["5", 47],
    ["6", 48],
    ["7", 49],
  ]);
  turn();
  turn();
  expect(taken.map(([item]) => item)).toEqual([...items, "later"]);
  expect(waiting()).toBe(0);
});

test("a loop with nothing to do is not turned, and the next is taken at once", () => {
  const { add } = arrivals();
  add("a", "others");
  turn();
  expect(vi.getTimerCount()).toBe(0);
  nowMs = 1_000;
  add("b", "others");
  expect(taken).toEqual([
    ["a", 0],
    ["b", 0],
  ]);
});

test("a queue that is full keeps nobody waiting", () => {
  const { add, waiting } = arrivals();
  for (let n = 0; n < 20_010; n += 1) add(String(n), "others");
  expect(waiting()).toBe(20_000);
  expect(taken.slice(4).map(([item]) => item)).toEqual([
    "20004",
    "20005",
    "20006",
    "20007",
    "20008",
    "20009",
  ]);
});

test("commands come first, and refusals last, with time of their own", () => {
  const { add } = arrivals();
  for (const item of ["a", "b", "c", "d"]) add(item, "others");
  for (let n = 0; n < 5; n += 1) {
    add(`refused ${String(n)}`, "refused");
    add(`other ${String(n)}`, "others");
    add(`command ${String(n)}`, "commands");
  }
  turn();
  turn();
  expect(taken.slice(4).map(([item]) => item)).toEqual([
    ...["command 0", "command 1", "command 2", "command 3", "other 0", "refused 0", "refused 1"],
    ...["command 4", "other 1", "other 2", "other 3", "refused 2", "refused 3"],
  ]);
  // Since the last of the first four was taken.
  expect(waits).toEqual([7, 13]);
});

test("however many commands come, others have some time of each turn", () => {
  const { add } = arrivals();
  for (let n = 0; n < 20; n += 1) {
    add(`other ${String(n)}`, "others");
    add(`command ${String(n)}`, "commands");
  }
  turn();
  turn();
  expect(taken.map(([item]) => item)).toEqual([
    "other 0",
    ...["command 0", "command 1", "command 2", "command 3", "other 1"],
    ...["command 4", "command 5", "command 6", "command 7", "other 2"],
  ]);
});

test("everything is taken once, and each line in its order, whatever comes when", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom("commands", "others", "refused"), fc.constant("turn")), {
        maxLength: 4_000,
        size: "max",
      }),
      (steps) => {
        taken = [];
        const { add, waiting } = arrivals();
        const added: string[] = [];
        for (const [n, step] of steps.entries()) {
          if (step === "turn") {
            turn();
          } else {
            added.push(`${step} ${String(n)}`);
            add(`${step} ${String(n)}`, step);
          }
        }
        vi.runAllTimers();
        for (const line of ["commands", "others", "refused"] as const) {
          const ofLine = (item: string): boolean => item.startsWith(line);
          expect(taken.map(([item]) => item).filter(ofLine)).toEqual(added.filter(ofLine));
        }
        expect(waiting()).toBe(0);
      },
    ),
    { seed: printedSeed("arrivals") },
  );
});

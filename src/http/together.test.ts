import { expect, test } from "vitest";
import { createTogether } from "./together.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what is ready in one turn goes together, in its order, and nothing waits for the next", async () => {
  const sent: number[][] = [];
  const together = createTogether<number>((items) => sent.push([...items]));
  [1, 2, 3].forEach(together.add);
  expect(sent).toEqual([]);
  await nextTurn();
  together.add(4);
  await nextTurn();
  expect(sent).toEqual([[1, 2, 3], [4]]);
});

test("sixteen go at once, and the others in their turn", async () => {
  const sent: number[][] = [];
  const together = createTogether<number>((items) => sent.push([...items]));
  const all = Array.from({ length: 37 }, (_, i) => i);
  all.forEach(together.add);
  expect(sent.map((items) => items.length)).toEqual([16, 16]);
  await nextTurn();
  await nextTurn();
  expect(sent.flat()).toEqual(all);
});

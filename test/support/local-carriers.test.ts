import { expect, it } from "vitest";
import { batchOf, describeCarrier, happened, listen } from "./carrier-contract.ts";
import { createLocalCarriers } from "./local-carriers.ts";

describeCarrier("in one process", async () => ({
  ...createLocalCarriers(),
  stop: () => Promise.resolve(),
}));

it("brings nothing to or from a node that is cut off, until it is mended", async () => {
  const carriers = createLocalCarriers();
  const [one, two] = [carriers.carrier("one"), carriers.carrier("two")];
  const [heardOne, heardTwo] = [listen(), listen()];
  await one.start(heardOne);
  await two.start(heardTwo);

  carriers.cut("two");
  one.send(batchOf(1n, 1));
  two.wake();
  const applied: string[] = [];
  one.spread([happened(1, null)], (node) => applied.push(node));
  expect(two.trouble()).toContain("two is cut off");
  await new Promise((resolve) => setImmediate(resolve));
  carriers.mend("two");
  one.send(batchOf(1n, 2));
  await expect.poll(() => heardTwo.batches).toEqual([batchOf(1n, 2)]);
  expect(two.trouble()).toBeNull();
  expect(heardOne.wakes()).toBe(0);
  expect(applied).toEqual([]);
});

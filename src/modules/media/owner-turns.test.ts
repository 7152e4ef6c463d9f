import { expect, it } from "vitest";
import { deadlineAfter, noDeadline } from "../../kernel/deadline.ts";
import { createOwnerTurns } from "./owner-turns.ts";

const [anna, ben] = [1n, 2n];

it("of one person's works one is under way, and those of others beside it", async () => {
  const inTurn = createOwnerTurns(5);
  const begun: string[] = [];
  const first = Promise.withResolvers<string>();
  const work = (name: string, until: Promise<string>) => (): Promise<string> => {
    begun.push(name);
    return until;
  };
  const all = [
    inTurn(anna, noDeadline, work("first", first.promise)),
    inTurn(anna, noDeadline, work("second", Promise.resolve("second"))),
    inTurn(ben, noDeadline, work("other", Promise.resolve("other"))),
  ];
  await all[2];
  expect(begun).toEqual(["first", "other"]);
  first.resolve("first");
  expect(await Promise.all(all)).toEqual(["first", "second", "other"]);
  expect(begun).toEqual(["first", "other", "second"]);
});

it("nobody has more waiting than may wait, nor waits for longer than anybody asks", async () => {
  const inTurn = createOwnerTurns(1);
  const first = Promise.withResolvers<null>();
  const done = inTurn(anna, noDeadline, () => first.promise);
  const waiting = inTurn(
    anna,
    deadlineAfter(20, () => performance.now()),
    async () => null,
  );
  await expect(inTurn(anna, noDeadline, async () => null)).rejects.toMatchObject({
    kind: { status: 503 },
  });
  await expect(waiting).rejects.toMatchObject({ kind: { code: "request.deadline_exceeded" } });
  first.resolve(null);
  await done;
  expect(await inTurn(anna, noDeadline, async () => "later")).toBe("later");
});

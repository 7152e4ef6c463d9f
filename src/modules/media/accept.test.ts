import { expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import type { Id } from "../../kernel/id.ts";
import type { Refused } from "../../ports/processing.ts";
import { accept, type AcceptDeps } from "./accept.ts";
import { createOwnerTurns } from "./owner-turns.ts";

it("a person's files are looked into one after another, so that others wait behind one at most", async () => {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const processing = {
    probe: (path: string): Promise<Refused> => {
      begun.push(path);
      const { promise, resolve } = Promise.withResolvers<Refused>();
      ends.push(() => {
        resolve({ fault: "too_costly" });
      });
      return promise;
    },
  };
  const deps = { processing, inProbingTurn: createOwnerTurns(9) } as unknown as AcceptDeps;
  const send = (ownerId: Id, path: string): Promise<string> =>
    accept(deps, contextOf(ownerId), { ownerId, path, work: async () => "taken" }).catch(
      (error: unknown) => (error as Error).message,
    );
  const sent = [
    send(1n, "costly 1"),
    send(1n, "costly 2"),
    send(1n, "costly 3"),
    send(2n, "other"),
  ];
  await expect.poll(() => begun).toEqual(["costly 1", "other"]);
  for (let n = 0; n < 4; n += 1) {
    await expect.poll(() => ends.length).toBeGreaterThan(n);
    ends[n]?.();
  }
  const told = await Promise.all(sent);
  expect(told.every((message) => message.startsWith("media.too_costly"))).toBe(true);
  expect(begun).toEqual(["costly 1", "other", "costly 2", "costly 3"]);
});

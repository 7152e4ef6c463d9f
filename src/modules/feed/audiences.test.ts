import { describe, expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import type { Audience } from "../graph/contract.ts";
import type { RelationChanged } from "../graph/events.ts";
import { createAudiences, unpackLists, type Audiences } from "./audiences.ts";
import { createAccountNumbers } from "./packed.ts";

const context = internalContext("test");
const viewerId = 1n;

function audience(version: number, friendIds: readonly bigint[]): Audience {
  return { accountId: viewerId, version, friendIds, followedIds: [], hiddenIds: [], mutedIds: [] };
}

function befriended(version: number, otherId: bigint): RelationChanged {
  const side = { friend: "friends", following: false, muted: false, blocked: false } as const;
  return {
    actor: { ...side, accountId: String(viewerId), version },
    other: { ...side, accountId: String(otherId), version: 1 },
  };
}

interface World {
  readonly audiences: Audiences;
  /** Loads that were asked for and are not answered. */
  readonly loads: PromiseWithResolvers<Audience>[];
  readonly friendsOf: (read: Awaited<ReturnType<Audiences["of"]>>) => readonly bigint[];
}

function open(): World {
  const accounts = createAccountNumbers(100);
  const loads: PromiseWithResolvers<Audience>[] = [];
  const audiences = createAudiences({
    accounts,
    bytesMax: 1_000_000,
    load() {
      const load = Promise.withResolvers<Audience>();
      loads.push(load);
      return load.promise;
    },
  });
  return {
    audiences,
    loads,
    friendsOf: (read) =>
      Array.from(unpackLists(read).friends, (number) => accounts.idOf(number)).sort(),
  };
}

/** Lets everything that is ready to go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a viewer's lists", () => {
  test("are read again when an event told of a newer version while they were read", async () => {
    const { audiences, loads, friendsOf } = open();
    const read = audiences.of(context, viewerId);
    audiences.apply(befriended(2, 7n));
    loads[0]?.resolve(audience(1, []));
    await settled();
    loads[1]?.resolve(audience(2, [7n]));
    expect(friendsOf(await read)).toEqual([7n]);
    expect(loads).toHaveLength(2);
  });

  test("follow the next version, skip what they have, and are loaded anew after a gap", async () => {
    const { audiences, loads, friendsOf } = open();
    const first = audiences.of(context, viewerId);
    loads[0]?.resolve(audience(4, [7n]));
    await first;
    audiences.apply(befriended(5, 8n));
    audiences.apply(befriended(3, 9n));
    expect(friendsOf(await audiences.of(context, viewerId))).toEqual([7n, 8n]);
    audiences.apply(befriended(7, 10n));
    const anew = audiences.of(context, viewerId);
    loads[1]?.resolve(audience(7, [7n, 8n, 9n, 10n]));
    expect(friendsOf(await anew)).toEqual([10n, 7n, 8n, 9n].sort());
  });

  test("come to whoever joined a load that failed for another's reasons", async () => {
    const { audiences, loads, friendsOf } = open();
    const first = audiences.of(context, viewerId);
    const second = audiences.of(context, viewerId);
    loads[0]?.reject(new Error("the first one's deadline has passed"));
    await expect(first).rejects.toThrow("deadline");
    await settled();
    loads[1]?.resolve(audience(1, [7n]));
    expect(friendsOf(await second)).toEqual([7n]);
  });
});

import { Check } from "typebox/value";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Id } from "../../kernel/id.ts";
import type { Module } from "../../ports/module.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
  ask,
  eraseAccount,
  openGraphWorld,
  type GraphWorld,
} from "../../../test/support/graph-world.ts";
import type { Graph } from "./contract.ts";
import { graphEvents, type RelationChanged } from "./events.ts";

let world: GraphWorld;
let graph: Module<Graph>;
const context = contextOf(null);

beforeAll(async () => {
  world = await openGraphWorld();
  graph = world.module();
});
afterAll(() => world.close());

const give = async (operationId: string, as: Id, id: Id): Promise<number> =>
  (await ask(world, graph, operationId, { as, id })).status;

test("ends what the deleted person began and what others began with them", async () => {
  const [gone, friend, asker, asked, follower, followed, muter, blocker] = world.people.addMany(
    8,
  ) as [Id, Id, Id, Id, Id, Id, Id, Id];
  await graph.contract.importFriendships(context, [[gone, friend]]);
  await give("addFriend", asker, gone);
  await give("addFriend", gone, asked);
  await give("follow", follower, gone);
  await give("follow", gone, followed);
  await give("mute", muter, gone);
  await give("block", blocker, gone);
  const before = world.test.events.length;
  expect(await eraseAccount(world, graph, gone)).toBe(1);
  const events = world.test.events.slice(before);
  const told = new Map(
    events.map(({ type, data }) => [(data as RelationChanged).other.accountId, type]),
  );
  expect(Object.fromEntries(told)).toEqual({
    [String(friend)]: "graph.unfriended.v1",
    [String(asker)]: "graph.request_declined.v1",
    [String(asked)]: "graph.request_withdrawn.v1",
    [String(follower)]: "graph.unfollowed.v1",
    [String(followed)]: "graph.unfollowed.v1",
    [String(muter)]: "graph.unmuted.v1",
    [String(blocker)]: "graph.unblocked.v1",
  });
  for (const { type, data } of events) {
    expect(Check(graphEvents[type]!, data)).toBe(true);
    const nothing = { friend: "none", following: false, muted: false, blocked: false };
    expect(data).toMatchObject({ actor: nothing, other: nothing });
  }
  const rows = await world.test.sql`
    SELECT 1 FROM graph.relations WHERE account_id = ${gone} OR other_id = ${gone}`;
  expect(rows).toHaveLength(0);
  const counts = await graph.contract.counts(context, [gone, friend, follower, followed]);
  for (const count of counts) expect(count).toEqual({ friends: 0, followers: 0, following: 0 });
});

test("goes on in bounded batches, and a repeat changes nothing", async () => {
  const gone = world.people.add();
  const others = world.people.addMany(450);
  await graph.contract.importFriendships(
    context,
    others.map((other): [Id, Id] => [other, gone]),
  );
  const before = world.test.events.length;
  expect(await eraseAccount(world, graph, gone)).toBe(3);
  const unfriended = world.test.events
    .slice(before)
    .filter(({ type }) => type === "graph.unfriended.v1")
    .map(({ data }) => (data as RelationChanged).actor.version);
  expect(unfriended).toEqual(others.map((_, index) => others.length + index + 1));
  const after = world.test.events.length;
  expect(await eraseAccount(world, graph, gone)).toBe(1);
  expect(world.test.events).toHaveLength(after);
  const counts = await graph.contract.counts(context, others);
  expect(counts.every(({ friends }) => friends === 0)).toBe(true);
});

test("ending a relation with someone who is gone is no error", async () => {
  const [person, gone] = world.people.addMany(2) as [Id, Id];
  await give("follow", person, gone);
  world.people.remove(gone);
  expect(await give("unfollow", person, gone)).toBe(204);
  expect(await give("follow", person, gone)).toBe(404);
  expect(await give("unfollow", person, 4_242n)).toBe(204);
  const rows = await world.test.sql`SELECT 1 FROM graph.members WHERE account_id = 4242`;
  expect(rows).toHaveLength(0);
});

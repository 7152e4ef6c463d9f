import { afterAll, beforeAll, expect, test } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
  ask,
  eraseAccount,
  openGraphWorld,
  type GraphWorld,
} from "../../../test/support/graph-world.ts";
import type { RelationChanged } from "./events.ts";
import { graphLimits } from "./rules.ts";

let world: GraphWorld;
const context = contextOf(null);

beforeAll(async () => {
  world = await openGraphWorld();
});
afterAll(() => world.close());

test("says of each pair what became of it, and makes none twice", async () => {
  const graph = world.module();
  const [a, b, c, d, gone] = world.people.addMany(5) as [Id, Id, Id, Id, Id];
  world.people.remove(gone);
  await ask(world, graph, "block", { as: c, id: a });
  await ask(world, graph, "addFriend", { as: d, id: a });
  const pairs: [Id, Id][] = [
    [a, b],
    [b, a],
    [a, a],
    [a, c],
    [d, a],
    [a, gone],
    [a, 5n],
  ];
  const refusals = ["oneself", "blocked"];
  const strangers = ["unknown-account", "unknown-account"];
  expect(await graph.contract.importFriendships(context, pairs)).toEqual([
    "made",
    "known",
    ...refusals,
    "made",
    ...strangers,
  ]);
  const before = world.test.events.length;
  expect(await graph.contract.importFriendships(context, pairs)).toEqual([
    "known",
    "known",
    ...refusals,
    "known",
    ...strangers,
  ]);
  expect(world.test.events).toHaveLength(before);
  const [audience] = await graph.contract.audiences(context, [a]);
  expect(new Set(audience!.friendIds)).toEqual(new Set([b, d]));
  const requests = await ask(world, graph, "listFriendRequests", { as: a });
  expect(requests.body).toEqual({ items: [], nextCursor: null });
});

test("keeps the cap on both sides of a batch", async () => {
  const graph = world.module({ ...graphLimits, friends: 3 });
  const [hub, ...others] = world.people.addMany(6) as [Id, ...Id[]];
  const pairs = others.map((other): [Id, Id] => [other, hub]);
  expect(await graph.contract.importFriendships(context, pairs)).toEqual([
    "made",
    "made",
    "made",
    "friend-limit",
    "friend-limit",
  ]);
});

test("tells each pair in an event with a version of its own", async () => {
  const graph = world.module();
  const [hub, ...others] = world.people.addMany(41) as [Id, ...Id[]];
  const before = world.test.events.length;
  const pairs = others.map((other): [Id, Id] => [hub, other]);
  await graph.contract.importFriendships(context, pairs);
  const events = world.test.events.slice(before);
  const changes = events.map(({ data }) => data as RelationChanged);
  expect(changes.map(({ actor }) => actor.version)).toEqual(pairs.map((_, index) => index + 1));
  expect(changes.map(({ other }) => other.accountId)).toEqual(others.map(String));
  expect(
    changes.every(({ actor, other }) => actor.friend === "friends" && other.version === 1),
  ).toBe(true);
  expect(
    events.every(({ type, actorId }) => type === "graph.befriended.v1" && actorId === null),
  ).toBe(true);
});

test("makes no friend of who was erased while the import ran", async () => {
  const graph = world.module();
  const [a, b] = world.people.addMany(2) as [Id, Id];
  const known = await world.people.summaries(context, [a, b]);
  await eraseAccount(world, graph, b);
  // What the import asked before the erasure is what it goes on with.
  const summaries = world.people.summaries;
  world.people.summaries = async () => known;
  try {
    expect(await graph.contract.importFriendships(context, [[a, b]])).toEqual(["unknown-account"]);
    expect((await ask(world, graph, "follow", { as: a, id: b })).status).toBe(404);
  } finally {
    world.people.summaries = summaries;
  }
});

test("imports a thousand pairs within the time that others may have to wait", async () => {
  const graph = world.module();
  const people = world.people.addMany(200);
  const pairs = people.flatMap((a, index) =>
    people.slice(index + 1, index + 6).map((b): [Id, Id] => [a, b]),
  );
  const batch = pairs.slice(0, 1_000);
  const startMs = performance.now();
  const results = await graph.contract.importFriendships(context, batch);
  const lockTimeoutMs = 2_000;
  expect(performance.now() - startMs).toBeLessThan(lockTimeoutMs);
  expect(results.every((result) => result === "made")).toBe(true);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fc from "fast-check";
import { openSql } from "../../adapters/postgres/pools.ts";
import type { Id } from "../../kernel/id.ts";
import type { Module } from "../../ports/module.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import { contextOf, type Asked } from "../../../test/support/ask-module.ts";
import {
  ask,
  eraseAccount,
  openGraphWorld,
  type GraphWorld,
} from "../../../test/support/graph-world.ts";
import { changeRelation, type Change } from "./change.ts";
import type { Graph, Relation } from "./contract.ts";
import type { RelationChanged } from "./events.ts";
import { graphLimits } from "./rules.ts";

/** What happens when commands about the same people come at the same moment. */

let world: GraphWorld;
let graph: Module<Graph>;

beforeAll(async () => {
  world = await openGraphWorld();
  graph = world.module();
});
afterAll(() => world.close());

const context = contextOf(null);

function give(operationId: string, as: Id, id: Id, module = graph): Promise<Asked> {
  return ask(world, module, operationId, { as, id });
}

async function relation(viewerId: Id, otherId: Id): Promise<Relation> {
  const [found] = await graph.contract.relations(context, viewerId, [otherId]);
  return found!;
}

/** Whoever asks of many pairs at once is told what is told of each. */
async function expectSameOfAll(pairs: readonly (readonly [Id, Id])[]): Promise<void> {
  const one = await Promise.all(pairs.map(([viewerId, otherId]) => relation(viewerId, otherId)));
  expect(await graph.contract.relationsAmong(context, pairs)).toEqual(one);
}

async function friendsOf(id: Id): Promise<number> {
  const [counts] = await graph.contract.counts(context, [id]);
  return counts!.friends;
}

function statuses(answers: readonly Asked[]): Record<number, number> {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}

describe("the cap of friends under fifty accepts at once", () => {
  const accepts = 50;

  test("fills a person's list to the last place when others accept", async () => {
    const low = world.module({ ...graphLimits, friends: 10 });
    const popular = world.people.add();
    const others = world.people.addMany(accepts);
    for (const other of others) await give("addFriend", popular, other, low);
    const answers = await Promise.all(others.map((id) => give("addFriend", id, popular, low)));
    expect(statuses(answers)).toEqual({ 200: 10, 409: 40 });
    expect(await friendsOf(popular)).toBe(10);
  });

  test("holds at the real cap, from 4,990 friends to exactly 5,000", async () => {
    const popular = world.people.add();
    await makeFriends(popular, world.people.addMany(4_990));
    const others = world.people.addMany(accepts);
    const asked = await Promise.all(others.map((other) => give("addFriend", other, popular)));
    expect(statuses(asked)).toEqual({ 200: accepts });
    const answers = await Promise.all(others.map((other) => give("addFriend", popular, other)));
    expect(statuses(answers)).toEqual({ 200: 10, 409: 40 });
    expect(await friendsOf(popular)).toBe(5_000);
    const [audience] = await graph.contract.audiences(context, [popular]);
    expect(audience!.friendIds).toHaveLength(5_000);
    const refusal = answers.find(({ status }) => status === 409);
    expect(refusal).toEqual({
      status: 409,
      code: "graph.friend_limit",
      body: "You have 5000 friends, the most there can be.",
    });
  });
});

async function makeFriends(id: Id, friendIds: readonly Id[]): Promise<void> {
  for (let start = 0; start < friendIds.length; start += 1_000) {
    const pairs = friendIds.slice(start, start + 1_000).map((friend): [Id, Id] => [id, friend]);
    await graph.contract.importFriendships(context, pairs);
  }
}

test("two who ask each other at once are friends, every time", async () => {
  for (let round = 0; round < 30; round += 1) {
    const [one, other] = world.people.addMany(2) as [Id, Id];
    const answers = await Promise.all([
      give("addFriend", one, other),
      give("addFriend", other, one),
    ]);
    const states = answers.map(({ body }) => (body as { state: string }).state);
    expect(states.toSorted()).toEqual(["friends", "requested"]);
    expect((await relation(one, other)).friend).toBe("friends");
    expect((await relation(other, one)).friend).toBe("friends");
  }
});

test("accept and block at once: never both", async () => {
  for (let round = 0; round < 60; round += 1) {
    const [one, other] = world.people.addMany(2) as [Id, Id];
    await give("addFriend", one, other);
    const accept = () => give("addFriend", other, one);
    const block = () => give("block", one, other);
    const [first, second] = round % 2 === 0 ? [accept, block] : [block, accept];
    await Promise.all([first(), second()]);
    expect(await relation(one, other)).toMatchObject({ friend: "none", blocked: true });
    expect(await relation(other, one)).toMatchObject({ friend: "none", blockedBy: true });
    expect([await friendsOf(one), await friendsOf(other)]).toEqual([0, 0]);
  }
});

test("commands wait for each other in no ring, and leave counts, versions and rows in agreement", async () => {
  const seed = Date.now();
  console.info(`seed of the simultaneous commands: ${seed}`);
  // Past the record, which would hide a deadlock by running its loser again.
  const sql = openSql(world.test.endpoint, { max: 12, applicationName: "simultaneous" });
  const person = fc.integer({ min: 0, max: 7 });
  const command = fc.constantFrom(
    ...(["ask", "part", "follow", "unfollow", "mute", "unmute", "block", "unblock"] as const),
  );
  const commands = fc.array(fc.record({ command, actor: person, other: person }), {
    minLength: 100,
    maxLength: 150,
  });
  const property = fc.asyncProperty(commands, async (given) => {
    const ids = world.people.addMany(8);
    const data: RelationChanged[] = [];
    const everyPair = ids.flatMap((a) => ids.map((b): [Id, Id] => [a, b]));
    await Promise.all([
      ...given
        .filter(({ actor, other }) => actor !== other)
        .map(({ command, actor, other }) =>
          simultaneous(sql, data, { command, actorId: ids[actor]!, otherId: ids[other]! }),
        ),
      // An import locks all of them at once, and meets rows that are being made.
      graph.contract.importFriendships(context, everyPair),
      eraseAccount(world, graph, ids[0]!),
    ]);
    const recorded = world.test.events
      .filter(({ type }) => type !== "graph.erasure_continued.v1")
      .map((event) => event.data as RelationChanged);
    await expectAgreement(ids, [...data, ...recorded]);
  });
  try {
    await fc.assert(property, { seed, numRuns: 8, endOnFailure: true });
  } finally {
    await sql.end();
  }
});

/** A command in a transaction of its own; a refusal is fine, an error of the database is not. */
async function simultaneous(sql: Sql, data: RelationChanged[], change: Change): Promise<void> {
  const told: RelationChanged[] = [];
  try {
    await sql.begin(async (inner) => {
      const tx = {
        sql: inner as TransactionSql,
        append: (event: { data: object }) => void told.push(event.data as RelationChanged),
        hide: () => undefined,
      };
      await changeRelation({ ids: world.test.ids, limits: graphLimits }, tx, change);
    });
    data.push(...told);
  } catch (error) {
    expect(error).toMatchObject({ kind: { code: "request.not_found" } });
  }
}

/** Every version from 1 on was told once, the last one tells what the rows say, and counts are theirs. */
async function expectAgreement(
  ids: readonly Id[],
  data: readonly RelationChanged[],
): Promise<void> {
  await expectSameOfAll(ids.flatMap((a) => ids.map((b): readonly [Id, Id] => [a, b])));
  const audiences = await graph.contract.audiences(context, ids);
  const rows = await world.test.sql<{ account_id: bigint; version: bigint; agrees: boolean }[]>`
    SELECT m.account_id, m.version,
      m.friends = count(*) FILTER (WHERE r.friend = 'friends')
      AND m.requests_sent = count(*) FILTER (WHERE r.friend = 'requested')
      AND m.requests_received = count(*) FILTER (WHERE r.friend = 'received')
      AND m.following = count(r.following_since) AND m.followers = count(r.followed_by_since)
      AND m.mutes = count(r.muted_since) AND m.blocks = count(r.blocked_since)
      AND count(r.other_id) = count(mirror.account_id) AS agrees
    FROM graph.members m
    LEFT JOIN graph.relations r USING (account_id)
    LEFT JOIN graph.relations mirror
      ON mirror.account_id = r.other_id AND mirror.other_id = r.account_id
      AND (mirror.friend_since, mirror.following_since, mirror.muted_since, mirror.blocked_since)
        IS NOT DISTINCT FROM
        (r.friend_since, r.followed_by_since, r.muted_by_since, r.blocked_by_since)
    WHERE m.account_id = ANY(${`{${ids.join(",")}}`}::bigint[])
    GROUP BY m.account_id`;
  expect(rows.filter(({ agrees }) => !agrees)).toEqual([]);
  for (const [index, id] of ids.entries()) {
    const sides = data
      .flatMap((change) => [change.actor, change.other])
      .filter((side) => side.accountId === String(id))
      .toSorted((a, b) => a.version - b.version);
    const version = Number(rows.find((row) => row.account_id === id)?.version ?? 0n);
    expect(sides.map((side) => side.version)).toEqual(Array.from(sides, (_, i) => i + 1));
    expect(sides).toHaveLength(version);
    expect(audiences[index]!.version).toBe(version);
  }
}

test("a command that waits too long for another is told to come again", async () => {
  const [one, other] = world.people.addMany(2) as [Id, Id];
  await give("follow", one, other);
  const sql = openSql(world.test.endpoint, { max: 1, applicationName: "holder" });
  try {
    await sql.begin(async (holder) => {
      await holder`SELECT 1 FROM graph.members WHERE account_id = ${other} FOR UPDATE`;
      expect(await give("mute", one, other)).toMatchObject({
        status: 503,
        code: "request.unavailable",
      });
    });
  } finally {
    await sql.end();
  }
  expect((await give("mute", one, other)).status).toBe(204);
});

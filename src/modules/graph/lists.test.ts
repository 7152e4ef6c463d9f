import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Id } from "../../kernel/id.ts";
import type { Module } from "../../ports/module.ts";
import { contextOf, type Asked } from "../../../test/support/ask-module.ts";
import { ask, openGraphWorld, type GraphWorld } from "../../../test/support/graph-world.ts";
import type { Graph } from "./contract.ts";

let world: GraphWorld;
let graph: Module<Graph>;

beforeAll(async () => {
  world = await openGraphWorld();
  graph = world.module();
});
afterAll(() => world.close());

interface PageBody {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

const give = (operationId: string, as: Id, id: Id): Promise<Asked> =>
  ask(world, graph, operationId, { as, id });

async function befriend(one: Id, other: Id): Promise<void> {
  await graph.contract.importFriendships(contextOf(null), [[one, other]]);
}

async function page(operationId: string, as: Id, query: object, id?: Id): Promise<PageBody> {
  const { status, body } = await ask(world, graph, operationId, {
    as,
    query,
    ...(id === undefined ? {} : { id }),
  });
  expect(status).toBe(200);
  return body as PageBody;
}

const idsOf = ({ items }: PageBody): string[] => items.map(({ id }) => id);

describe("who may read a person's lists", () => {
  const lists = {
    friends: "listAccountFriends",
    followers: "listAccountFollowers",
    following: "listAccountFollowing",
  } as const;
  const names = Object.keys(lists) as (keyof typeof lists)[];

  test.each(names)("%s: as the person's setting says, for each relation", async (name) => {
    const person = world.people.add();
    const friend = world.people.add();
    const follower = world.people.add();
    const stranger = world.people.add();
    const blocked = world.people.add();
    const blocker = world.people.add();
    await befriend(person, friend);
    await give("follow", follower, person);
    await give("block", person, blocked);
    await give("block", blocker, person);
    const matrix = {
      everyone: { friend: 200, follower: 200, stranger: 200, nobody: 200 },
      friends: { friend: 200, follower: 404, stranger: 404, nobody: 404 },
      nobody: { friend: 404, follower: 404, stranger: 404, nobody: 404 },
    } as const;
    for (const setting of ["everyone", "friends", "nobody"] as const) {
      world.people.setPrivacy(person, setting);
      const read = async (as: Id | null): Promise<number> =>
        (await ask(world, graph, lists[name], { as, id: person })).status;
      expect(await read(person)).toBe(200);
      expect(await read(blocked)).toBe(404);
      expect(await read(blocker)).toBe(404);
      expect({
        friend: await read(friend),
        follower: await read(follower),
        stranger: await read(stranger),
        nobody: await read(null),
      }).toEqual(matrix[setting]);
    }
  });

  test("a person who is gone or never was has no lists", async () => {
    const gone = world.people.add("everyone");
    world.people.remove(gone);
    for (const id of [gone, 77n, "nonsense", "@nobody"]) {
      const answer = await ask(world, graph, "listAccountFriends", { as: null, id });
      expect(answer.status).toBe(404);
    }
  });

  test("whom the viewer blocks, or who blocks the viewer, is left out and the page filled", async () => {
    const person = world.people.add("everyone");
    const viewer = world.people.add();
    const followers = world.people.addMany(6);
    for (const follower of followers) await give("follow", follower, person);
    const [, second, , fourth] = followers as [Id, Id, Id, Id];
    await give("block", viewer, second);
    await give("block", fourth, viewer);
    const first = await page("listAccountFollowers", viewer, { limit: 3 }, person);
    const visible = followers.filter((id) => id !== second && id !== fourth).toReversed();
    expect(idsOf(first)).toEqual(visible.slice(0, 3).map(String));
    const cursor = first.nextCursor;
    const rest = await page("listAccountFollowers", viewer, { limit: 3, cursor }, person);
    expect(idsOf(rest)).toEqual(visible.slice(3).map(String));
    expect(rest.nextCursor).toBeNull();
  });
});

describe("pages", () => {
  test("go on past people who are gone, so that only the last is short", async () => {
    const person = world.people.add();
    const friends = world.people.addMany(700);
    const pairs = friends.map((friend): [Id, Id] => [person, friend]);
    await graph.contract.importFriendships(contextOf(null), pairs);
    // The oldest three stay; of the others only each hundredth does.
    const stays = (index: number): boolean => index < 3 || index % 100 === 0;
    for (const [index, friend] of friends.entries()) {
      if (!stays(index)) world.people.remove(friend);
    }
    const kept = friends.filter((_, index) => stays(index)).toReversed();
    const first = await page("listFriends", person, { limit: 5 });
    expect(idsOf(first)).toEqual(kept.slice(0, 5).map(String));
    const second = await page("listFriends", person, { limit: 5, cursor: first.nextCursor });
    expect(idsOf(second)).toEqual(kept.slice(5).map(String));
    expect(second.nextCursor).toBeNull();
  });

  test("a page that found nobody in ten thousand entries is short, and has a cursor that goes on", async () => {
    const person = world.people.add("everyone");
    const first = world.people.add();
    await give("follow", first, person);
    const followerCount = 12_000;
    await world.test.sql`
      INSERT INTO graph.relations (account_id, other_id, friend, followed_by_since)
      SELECT ${person}::bigint, n, 'none', ${2n ** 62n}::bigint + n
      FROM generate_series(1, ${followerCount}::integer) AS n`;
    const empty = await page("listAccountFollowers", person, { limit: 10 }, person);
    expect(empty.items).toEqual([]);
    expect(empty.nextCursor).not.toBeNull();
    const { nextCursor: cursor } = empty;
    const last = await page("listAccountFollowers", person, { limit: 10, cursor }, person);
    expect(idsOf(last)).toEqual([String(first)]);
    expect(last.nextCursor).toBeNull();
  });

  test("a cursor belongs to one list of one person", async () => {
    const [person, other] = world.people.addMany(2) as [Id, Id];
    for (const friend of world.people.addMany(2)) await befriend(person, friend);
    const { nextCursor: cursor } = await page("listFriends", person, { limit: 1 });
    expect(cursor).not.toBeNull();
    const attempts = [
      { as: other, operation: "listFriends", cursor },
      { as: person, operation: "listFollows", cursor },
      { as: person, operation: "listFriends", cursor: `${String(cursor)}x` },
    ];
    for (const { as, operation, ...query } of attempts) {
      const answer = await ask(world, graph, operation, { as, query });
      expect(answer).toMatchObject({ status: 400, code: "request.invalid" });
    }
  });
});

describe("one's own lists", () => {
  test("show whom one blocks, but no mute that a block hides", async () => {
    const [person, other] = world.people.addMany(2) as [Id, Id];
    await give("mute", person, other);
    expect(idsOf(await page("listMutes", person, {}))).toEqual([String(other)]);
    await give("block", other, person);
    expect(idsOf(await page("listMutes", person, {}))).toEqual([]);
    expect((await give("block", person, other)).status).toBe(204);
    expect(idsOf(await page("listBlocks", person, {}))).toEqual([String(other)]);
  });

  test("hold summaries of accounts, as the accounts module writes them", async () => {
    const [person, friend] = world.people.addMany(2) as [Id, Id];
    await befriend(person, friend);
    const [account] = await world.people.summaries(contextOf(null), [friend]);
    expect((await page("listFriends", person, {})).items).toEqual([account!.summary]);
  });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Id } from "../../kernel/id.ts";
import type { Module } from "../../ports/module.ts";
import type { Labels } from "../../ports/telemetry.ts";
import { ask, openGraphWorld, type GraphWorld } from "../../../test/support/graph-world.ts";
import type { Graph } from "./contract.ts";
import { createGraph } from "./module.ts";

let world: GraphWorld;
let graph: Module<Graph>;

beforeAll(async () => {
  world = await openGraphWorld();
  graph = world.module();
});
afterAll(() => world.close());

const begins = ["addFriend", "follow", "mute", "block"];
const ends = ["removeFriend", "unfollow", "unmute", "unblock"];

test("each operation has a name and a path of its own", () => {
  const names = graph.routes.map(({ operationId }) => operationId);
  const places = graph.routes.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(places).size).toBe(places.length);
  expect(places).toEqual(
    expect.arrayContaining([
      "PUT /v1/friends/{id}",
      "DELETE /v1/friends/{id}",
      "GET /v1/friends",
      "GET /v1/friends/requests",
      ...["follows", "mutes", "blocks"].flatMap((noun) => [
        `PUT /v1/${noun}/{id}`,
        `DELETE /v1/${noun}/{id}`,
        `GET /v1/${noun}`,
      ]),
      ...["friends", "followers", "following"].map((noun) => `GET /v1/accounts/{id}/${noun}`),
    ]),
  );
});

test.each([...begins, ...ends])(
  "%s: what is no id is not found, and oneself is refused",
  async (operation) => {
    const person = world.people.add();
    for (const id of [
      "",
      "0",
      "-1",
      "01",
      "1.5",
      "@handle",
      "9223372036854775808",
      "x".repeat(5000),
    ]) {
      expect((await ask(world, graph, operation, { as: person, id })).status).toBe(404);
    }
    const oneself = await ask(world, graph, operation, { as: person, id: person });
    expect(oneself).toMatchObject({ status: 400, code: "graph.oneself" });
  },
);

test.each(begins)("%s: nobody can begin anything with who is unknown", async (operation) => {
  const answer = await ask(world, graph, operation, { as: world.people.add(), id: 99n });
  expect(answer).toMatchObject({ status: 404, code: "request.not_found" });
});

test.each(ends)("%s: ending what is not there is no error", async (operation) => {
  const person = world.people.add();
  for (const id of [99n, world.people.add()]) {
    expect((await ask(world, graph, operation, { as: person, id })).status).toBe(204);
  }
});

test("doing what is done gives the same answer, and tells nobody", async () => {
  const [person, other] = world.people.addMany(2) as [Id, Id];
  for (const operation of begins) {
    const first = await ask(world, graph, operation, { as: person, id: other });
    const before = world.test.events.length;
    expect(await ask(world, graph, operation, { as: person, id: other })).toEqual(first);
    expect(world.test.events).toHaveLength(before);
  }
});

test("commands are counted by what they were and whether they changed anything", async () => {
  const counted: Labels[] = [];
  const metrics = {
    ...world.test.metrics,
    counter: () => ({ add: (_value: number, labels?: Labels) => void counted.push(labels ?? {}) }),
  };
  const measured = createGraph({ ...world.test, metrics, accounts: world.people });
  const [person, other] = world.people.addMany(2) as [Id, Id];
  for (const operation of ["follow", "follow", "unfollow"]) {
    await ask(world, measured, operation, { as: person, id: other });
  }
  expect(counted).toEqual([
    { command: "follow", outcome: "changed" },
    { command: "follow", outcome: "unchanged" },
    { command: "unfollow", outcome: "changed" },
  ]);
});

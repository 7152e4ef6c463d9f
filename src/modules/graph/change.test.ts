import fc from "fast-check";
import { Check } from "typebox/value";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Id } from "../../kernel/id.ts";
import type { Module } from "../../ports/module.ts";
import {
  createGraphModel,
  type GraphModel,
  type ModelCommand,
} from "../../../test/support/graph-model.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
  ask,
  eraseAccount,
  openGraphWorld,
  type GraphWorld,
} from "../../../test/support/graph-world.ts";
import type { Graph } from "./contract.ts";
import { graphEvents } from "./events.ts";
import type { GraphLimits } from "./rules.ts";

/** So low that random commands of five people reach each of them. */
const lowLimits: GraphLimits = {
  friends: 2,
  following: 2,
  requestsSent: 2,
  requestsReceived: 2,
  mutes: 2,
  blocks: 2,
};
const peopleCount = 5;
const sequenceMin = 60;
const sequenceMax = 140;
const runs = 20;
/** A failure is made smaller for no longer than this. */
const shrinkMs = 45_000;

const operations: Readonly<Record<ModelCommand, string>> = {
  ask: "addFriend",
  part: "removeFriend",
  follow: "follow",
  unfollow: "unfollow",
  mute: "mute",
  unmute: "unmute",
  block: "block",
  unblock: "unblock",
};
/** More begins than ends, so that lists fill up; few blocks, which would hide everyone from everyone. */
const weights: Readonly<Record<ModelCommand, number>> = {
  ask: 8,
  part: 2,
  follow: 5,
  unfollow: 1,
  mute: 4,
  unmute: 1,
  block: 2,
  unblock: 2,
};
const commands = Object.entries(weights).flatMap(([command, weight]) =>
  Array.from({ length: weight }, () => command as ModelCommand),
);

let world: GraphWorld;
let graph: Module<Graph>;

beforeAll(async () => {
  world = await openGraphWorld();
  graph = world.module(lowLimits);
});
afterAll(() => world.close());

const person = fc.integer({ min: 0, max: peopleCount - 1 });
const step = fc.oneof(
  {
    weight: 80,
    arbitrary: fc.record({
      command: fc.constantFrom(...commands),
      actor: person,
      other: person,
    }),
  },
  { weight: 1, arbitrary: fc.record({ command: fc.constant("erase" as const), actor: person }) },
);

describe("random commands by five people", () => {
  test("every answer, event and list equals a plain model's", async () => {
    const seed = Date.now();
    console.info(`seed of the random commands: ${seed}`);
    const property = fc.asyncProperty(
      fc.array(step, { minLength: sequenceMin, maxLength: sequenceMax }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, pageSize) => {
        const ids = world.people.addMany(peopleCount);
        const model = createGraphModel(lowLimits);
        for (const given of steps) {
          const actor = ids[given.actor]!;
          if (model.gone.has(actor)) continue;
          if (given.command === "erase") {
            await eraseAccount(world, graph, actor);
            model.erase(actor);
          } else {
            await giveAndCompare(model, given.command, actor, ids[given.other]!);
          }
        }
        await compareReads(model, ids, pageSize);
      },
    );
    await fc.assert(property, { seed, numRuns: runs, interruptAfterTimeLimit: shrinkMs });
  });
});

async function giveAndCompare(
  model: GraphModel,
  command: ModelCommand,
  actor: Id,
  other: Id,
): Promise<void> {
  const before = world.test.events.length;
  const stood = { actor: standing(model, actor, other), other: standing(model, other, actor) };
  const answer = await ask(world, graph, operations[command], { as: actor, id: other });
  const expected = model.give(command, actor, other);
  expect({ command, status: answer.status, code: answer.code }).toEqual({
    command,
    status: expected.status,
    code: expected.code,
  });
  if (expected.state !== undefined) {
    expect(answer.body).toEqual({ state: expected.state });
  }
  const events = world.test.events.slice(before);
  expect(events).toHaveLength(expected.changed ? 1 : 0);
  for (const event of events) {
    expect(Check(graphEvents[event.type]!, event.data)).toBe(true);
    expect(event.data).toEqual({
      actor: { ...model.side(actor, other), before: stood.actor },
      other: { ...model.side(other, actor), before: stood.other },
    });
    expect(event.actorId).toBe(actor);
    expect(event.aggregate).toEqual({
      type: "member",
      id: actor,
      version: model.versionOf(actor),
    });
  }
}

function standing(model: GraphModel, one: Id, other: Id) {
  const { friend, following, muted, blocked } = model.side(one, other);
  return { friend, following, muted, blocked };
}

async function compareReads(
  model: GraphModel,
  ids: readonly Id[],
  pageSize: number,
): Promise<void> {
  const context = contextOf(null);
  const alive = ids.filter((id) => !model.gone.has(id));
  const audiences = await graph.contract.audiences(context, ids);
  const counts = await graph.contract.counts(context, ids);
  for (const [index, id] of ids.entries()) {
    const others = ids.filter((other) => other !== id);
    const { version, friendIds, followedIds, hiddenIds, mutedIds } = audiences[index]!;
    expect({
      version,
      friendIds: new Set(friendIds),
      followedIds: new Set(followedIds),
      hiddenIds: new Set(hiddenIds),
      mutedIds: new Set(mutedIds),
    }).toEqual({
      version: model.versionOf(id),
      friendIds: new Set(model.friendsOf(id)),
      followedIds: new Set(model.from("follows", id)),
      hiddenIds: new Set([...model.from("blocks", id), ...model.to("blocks", id)]),
      mutedIds: new Set(model.from("mutes", id)),
    });
    expect(counts[index]).toEqual({
      friends: model.friendsOf(id).length,
      followers: model.to("follows", id).length,
      following: model.from("follows", id).length,
    });
    const relations = await graph.contract.relations(context, id, others);
    expect(relations).toEqual(
      others.map((otherId) => {
        const { friend, following, muted, blocked } = model.side(id, otherId);
        const back = model.side(otherId, id);
        const both = { followedBy: back.following, blockedBy: back.blocked };
        return { otherId, friend, following, muted, blocked, ...both };
      }),
    );
  }
  for (const id of alive) {
    const lists = {
      listFriends: model.friendsOf(id),
      listFollows: model.from("follows", id),
      listMutes: model.from("mutes", id).filter((other) => !model.areHidden(id, other)),
      listBlocks: model.from("blocks", id),
      listFriendRequests: model.to("requests", id),
    };
    for (const [operation, expected] of Object.entries(lists)) {
      expect(await scroll(operation, id, { limit: pageSize })).toEqual(newestFirst(expected));
    }
    const sent = await scroll("listFriendRequests", id, { limit: pageSize, direction: "sent" });
    expect(sent).toEqual(newestFirst(model.from("requests", id)));
  }
}

const newestFirst = (ids: readonly Id[]): string[] => ids.toReversed().map(String);

/** The ids of a whole list, page by page, each of them full but the last. */
async function scroll(
  operation: string,
  as: Id,
  query: { readonly limit: number; readonly direction?: string },
): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const asked = { ...query, ...(cursor === undefined ? {} : { cursor }) };
    const { body } = await ask(world, graph, operation, { as, query: asked });
    const page = body as { items: { id: string }[]; nextCursor: string | null };
    expect(page.items.length === query.limit || page.nextCursor === null).toBe(true);
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return found;
}

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Reply } from "../support/api-client.ts";
import { cases, relate } from "./relations.ts";
import { openSightWorld, type SightWorld } from "./sight-world.ts";
import { beginStatus, blockStatus, endStatus, removeCommentStatus } from "./sight.ts";

let world: SightWorld;

beforeAll(async () => {
  world = await openSightWorld();
});

afterAll(async () => {
  await world.close();
});

describe("the routes of friends, follows, mutes and blocks", () => {
  it.each(cases)("to $name", async (one) => {
    const { relation } = one;
    const viewer = world.viewerOf(one);
    const { id } = world.authorOf(one).person;
    const found: string[] = [];
    const ask = async (method: string, noun: string, status: number): Promise<Reply | null> => {
      const target = (other: string): string => `/v1/${noun}/${other}`;
      const reply = status < 300 ? await world.send(viewer, method, target(id)) : null;
      const wanted = { id, status: reply?.status ?? status, what: noun };
      if (reply === null) {
        found.push(...(await world.differences(viewer, { method, target }, wanted)));
      } else if (reply.status !== status) {
        found.push(`${method} ${noun}: ${String(reply.status)} instead of ${String(status)}`);
      }
      return reply;
    };
    for (const noun of ["mutes", "follows"]) {
      for (const [method, status] of [
        ["PUT", beginStatus(relation, 204)],
        ["PUT", beginStatus(relation, 204)],
        ["DELETE", endStatus(relation)],
        ["DELETE", endStatus(relation)],
      ] as const) {
        await ask(method, noun, status);
      }
    }
    const asked = await ask("PUT", "friends", beginStatus(relation, 200));
    const areFriends = relation.friend === "friends" || relation.friend === "received";
    if (asked !== null) {
      expect(asked.body).toEqual({ state: areFriends ? "friends" : "requested" });
    }
    await ask("DELETE", "friends", endStatus(relation));
    await ask("PUT", "blocks", blockStatus(relation));
    await ask("DELETE", "blocks", endStatus(relation));
    expect(found).toEqual([]);
  });
});

describe("a comment", () => {
  const there = cases.filter(({ relation }) => !relation.authorIsGone);
  it.each(there)("is removed by its author and the story's, not by $name", async (one) => {
    const { relation } = one;
    const { person: commenter } = world.authorOf(one);
    const viewer = world.viewerOf(one);
    // The relations have been changed since; each pair comes back to what the case says.
    if (viewer !== null && viewer !== commenter) {
      for (const [from, to] of [
        [viewer, commenter],
        [commenter, viewer],
      ] as const) {
        for (const noun of ["blocks", "friends", "follows", "mutes"]) {
          expectStatus(await from.delete(`/v1/${noun}/${to.id}`), 204);
        }
      }
      await relate(viewer, commenter, one.steps);
    }
    const other = await commenter.comment(world.witnessStoryId, "about to go");
    const found = await world.differences(
      viewer,
      { method: "DELETE", target: (id) => `/v1/comments/${id}` },
      { id: other.id, status: removeCommentStatus(relation), what: "a comment" },
    );
    expect(found).toEqual([]);
    expectStatus(await world.witness.delete(`/v1/comments/${other.id}`), 204);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus } from "../support/api-client.ts";
import { listen, type LiveStream } from "../support/api-live.ts";
import type { Case } from "./relations.ts";
import { openSightWorld, type SightWorld, type Specimen } from "./sight-world.ts";
import { hasInFeed } from "./sight.ts";

let world: SightWorld;

beforeAll(async () => {
  world = await openSightWorld();
});

afterAll(async () => {
  await world.close();
});

/** What the author publishes, changes and deletes while everybody listens, and a word to end with. */
async function actWatched(): Promise<Specimen[]> {
  const { person } = world.author;
  const stories: Specimen[] = [];
  for (const visibility of ["public", "friends", "self"] as const) {
    const { id } = await person.publish(`live for ${visibility}`, { visibility });
    stories.push({ id, what: visibility, visibility, deleted: false });
  }
  for (const { id } of stories) {
    expectStatus(await person.put(`/v1/stories/${id}/like`), 204);
    expectStatus(await person.patch(`/v1/stories/${id}`, { text: "put otherwise" }), 200);
    expectStatus(await person.delete(`/v1/stories/${id}`), 204);
  }
  return stories;
}

describe("while they listen", () => {
  it("nobody's stream tells of what its viewer does not have in the feed", async () => {
    const listening = new Map<Case, LiveStream>();
    for (const [one, viewer] of world.viewers) {
      if (viewer !== null) {
        listening.set(one, await listen(world.node.url, viewer));
      }
    }
    const stories = await actWatched();
    const last = await world.witness.publish("that was all");
    for (const [{ name, relation }, stream] of listening) {
      await stream.until("the last word", ({ events }) =>
        events.some(({ type, data }) => type === "story" && data.item.id === last.id),
      );
      const told = stream.events.flatMap(({ type, data }) =>
        type === "story" && data.item.id !== last.id
          ? [`story ${data.item.id}`]
          : type === "story.deleted"
            ? [`deleted ${data.id}`]
            : type === "story.updated"
              ? [`updated ${data.story.id}`]
              : [],
      );
      const had = stories.filter((story) => hasInFeed(relation, story)).map(({ id }) => id);
      // What is gone before the stream came to tell of it may go untold, but its end may not.
      const mayTell = had.flatMap((id) => [`story ${id}`, `updated ${id}`, `deleted ${id}`]);
      expect(
        told.filter((what) => !mayTell.includes(what)),
        name,
      ).toEqual([]);
      expect(told, name).toEqual(expect.arrayContaining(had.map((id) => `deleted ${id}`)));
      const counted = stream.of("counts").map(({ data }) => data.id);
      const hidden = stories.filter(({ id }) => !had.includes(id));
      expect(
        hidden.filter(({ id }) => counted.includes(id)),
        name,
      ).toEqual([]);
      stream.close();
    }
  });

  it("nobody without a viewer may listen", async () => {
    expect((await world.send(null, "GET", "/v1/feed/live")).status).toBe(401);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printedSeed, runsOf } from "../../test/support/seed.ts";
import {
  openStoryListWorld,
  settled,
  type StoryListWorld,
} from "../../test/browser/support/story-list-world.ts";

type Step =
  | { readonly kind: "publish"; readonly author: number; readonly told: boolean }
  | { readonly kind: "delete"; readonly which: number; readonly told: boolean }
  | { readonly kind: "hide"; readonly author: number }
  | { readonly kind: "look"; readonly at: number }
  | { readonly kind: "more" | "showNew" | "refresh" | "fail" | "hold" | "letGo" };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("publish" as const),
    author: fc.integer({ min: 1, max: 3 }),
    told: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("delete" as const), which: fc.nat(40), told: fc.boolean() }),
  fc.record({ kind: fc.constant("hide" as const), author: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant("look" as const), at: fc.nat(40) }),
  fc.record({
    kind: fc.constantFrom("more", "showNew", "refresh", "fail", "hold", "letGo"),
  }),
);

function take({ server, stories, list }: StoryListWorld, step: Step, nextId: () => number): void {
  switch (step.kind) {
    case "publish": {
      const published = server.publish(nextId(), step.author);
      if (step.told) list.add(published);
      break;
    }
    case "delete": {
      const deleted = server.items[step.which % Math.max(1, server.items.length)];
      if (deleted !== undefined) {
        server.remove(deleted.id);
        if (step.told) stories.remove(deleted.story.id);
      }
      break;
    }
    case "hide":
      server.items = server.items.filter(({ story: { author } }) => author.id !== `${step.author}`);
      break;
    case "look":
      list.look(step.at, step.at + 2);
      break;
    case "fail":
      server.failures += 1;
      break;
    case "hold":
      server.held ??= [];
      break;
    case "letGo":
      server.letGo();
      break;
    default:
      list[step.kind]();
  }
}

const seed = printedSeed("lists of stories");

describe("whatever happens", () => {
  it("a list is sorted and without repeats, and in the end shows what the server has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.array(steps, { maxLength: 40 }), async (count, course) => {
        const world = openStoryListWorld(12);
        const { server, list, later, shown } = world;
        let lastId = 0;
        const nextId = (): number => (lastId += 1);
        for (let i = 0; i < count; i += 1) server.publish(nextId(), 1 + (i % 3));
        list.start();
        await settled();
        for (const step of course) {
          take(world, step, nextId);
          await settled();
          const ids = shown().map(Number);
          expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a));
        }
        server.failures = 0;
        server.letGo();
        await settled();
        later.splice(0).forEach((job) => {
          job();
        });
        await settled();
        list.look(0, 2);
        list.refresh();
        await settled();
        list.showNew();
        await settled();
        await world.scrollToEnd();
        await world.lookAtAll();
        list.showNew();
        await world.scrollToEnd();
        expect(shown()).toEqual(server.items.map(({ id }) => id));
      }),
      { seed, numRuns: runsOf(300) },
    );
  });
});

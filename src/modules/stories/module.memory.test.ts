import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Id } from "../../kernel/id.ts";
import type { View } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";
import { createBodies } from "./bodies.ts";
import { createStoryCounts } from "./counts.ts";
import { createFlags } from "./flags.ts";
import { storiesById } from "./store-stories.ts";

/** What is held in memory while events come and loads are under way. */

let world: StoriesWorld;
let author: Id;
let reader: Id;
let story: Id;
const nobody = contextOf(null);

beforeAll(async () => {
  world = await openStoriesWorld();
  [author, reader] = world.people.addMany(2) as [Id, Id];
});
afterAll(() => world.close());
beforeEach(async () => {
  story = await world.publish(author, { text: "before" });
});

interface Gate {
  readonly record: RecordPort;
  readonly reads: number;
  /** Holds the next read: before it begins, or when it has its rows. Resolves when it is held. */
  hold(when: "before" | "after"): { readonly held: Promise<void>; release(): void };
}

/** The record, with reads that wait where a test wants them to. */
function gated(): Gate {
  let next: { when: "before" | "after"; held: () => void; released: Promise<void> } | null = null;
  let reads = 0;
  return {
    get reads() {
      return reads;
    },
    record: {
      ...world.test.record,
      async read(context, query) {
        reads += 1;
        const gate = next;
        next = null;
        if (gate?.when === "before") {
          gate.held();
          await gate.released;
        }
        const rows = await world.test.record.read(context, query);
        if (gate?.when === "after") {
          gate.held();
          await gate.released;
        }
        return rows;
      },
    },
    hold(when) {
      const held = Promise.withResolvers<undefined>();
      const released = Promise.withResolvers<undefined>();
      next = { when, held: () => held.resolve(undefined), released: released.promise };
      return { held: held.promise, release: () => released.resolve(undefined) };
    },
  };
}

/** A view that gets events as this node's views do, until the test is over. */
async function following<T>(view: View, work: () => Promise<T>): Promise<T> {
  world.test.views.push(view);
  try {
    return await work();
  } finally {
    world.test.views.splice(world.test.views.indexOf(view), 1);
  }
}

const likes = (count: number): object[] => [{ likes: count, comments: 0, reshares: 0 }];

describe("counts in memory", () => {
  it.each(["before", "after"] as const)(
    "hold a like once that came while they were loaded (rows read %s it)",
    async (when) => {
      const gate = gated();
      const { metrics } = world.test;
      const counts = createStoryCounts({ record: gate.record, metrics, entriesMax: 10 });
      await following(counts.view, async () => {
        const { held, release } = gate.hold(when === "before" ? "after" : "before");
        const first = counts.find(nobody, [story]);
        await held;
        await world.ask("likeStory", { as: reader, id: story });
        const joined = counts.find(nobody, [story]);
        release();
        expect(await first).toEqual(likes(1));
        expect(await joined).toEqual(likes(1));
        expect(await counts.find(nobody, [story])).toEqual(likes(1));
        expect(gate.reads).toBe(1);
      });
    },
  );

  it("do not count the same event again when its position follows", async () => {
    const gate = gated();
    const { metrics } = world.test;
    const counts = createStoryCounts({ record: gate.record, metrics, entriesMax: 10 });
    await following(counts.view, async () => {
      await counts.find(nobody, [story]);
      await world.ask("likeStory", { as: reader, id: story });
      const event = world.test.events.at(-1)!;
      await counts.view.apply({ ...event, position: 1 }, { repeated: true });
      expect(await counts.find(nobody, [story])).toEqual(likes(1));
    });
  });

  it("do not count what their snapshot saw when its event comes late", async () => {
    const { metrics, record } = world.test;
    const counts = createStoryCounts({ record, metrics, entriesMax: 10 });
    await world.ask("likeStory", { as: reader, id: story });
    const event = world.test.events.at(-1)!;
    await counts.find(nobody, [story]);
    await counts.view.apply({ ...event, position: 1 }, { repeated: false });
    expect(await counts.find(nobody, [story])).toEqual(likes(1));
  });

  it("fail alone: who waited for someone else's load reads for themselves", async () => {
    const { metrics } = world.test;
    let fails = true;
    const record: RecordPort = {
      ...world.test.record,
      async read(context, query) {
        if (fails) {
          fails = false;
          throw new Error("too late");
        }
        return world.test.record.read(context, query);
      },
    };
    const counts = createStoryCounts({ record, metrics, entriesMax: 10 });
    const [first, second] = await Promise.allSettled([
      counts.find(nobody, [story]),
      counts.find(nobody, [story]),
    ]);
    expect(first.status).toBe("rejected");
    expect(second).toEqual({ status: "fulfilled", value: likes(0) });
  });

  it("equal the rows after likes and reads beside each other, entries coming and going", async () => {
    const { metrics, record } = world.test;
    const counts = createStoryCounts({ record, metrics, entriesMax: 2 });
    const stories = [story, await world.publish(author), await world.publish(author)];
    const people = world.people.addMany(60);
    await following(counts.view, async () => {
      await Promise.all(
        people.map(async (as, i) => {
          for (const [k, id] of stories.entries()) {
            await world.ask((i + k) % 3 === 0 ? "unlikeStory" : "likeStory", { as, id });
            await counts.find(nobody, [id]);
          }
          if (i % 10 === 0) {
            await world.fold();
          }
        }),
      );
      const recorded = await counts.find({ ...nobody, bypassViews: true }, stories);
      expect(await counts.find(nobody, stories)).toEqual(recorded);
      expect(recorded.every((one) => one.likes === 40)).toBe(true);
    });
  });
});

describe("what a command of this node is about to publish", () => {
  it("is in memory once it is told of, without being read", async () => {
    const gate = gated();
    const { metrics } = world.test;
    const bodies = createBodies({
      ...world.test,
      media: () => world.media,
      record: gate.record,
      bytesMax: 1e6,
    });
    const counts = createStoryCounts({ record: gate.record, metrics, entriesMax: 10 });
    const event = world.test.events.at(-1)!;
    const [row] = await storiesById(world.test.sql, [story]);
    bodies.expect(row!);
    counts.expect(story);
    expect([bodies.held(story), counts.held(story)]).toEqual([null, null]);
    await bodies.view.apply(event, { repeated: false });
    await counts.view.apply(event, { repeated: false });
    const [found] = await bodies.find(nobody, [story]);
    expect(await counts.find(nobody, [story])).toEqual(likes(0));
    expect(gate.reads).toBe(0);
    expect(await bodies.find({ ...nobody, bypassViews: true }, [story])).toEqual([found]);
    await following(counts.view, async () => {
      await world.ask("likeStory", { as: reader, id: story });
      expect(await counts.find(nobody, [story])).toEqual(likes(1));
    });
  });

  it("is read when something else was told of it before", async () => {
    const { metrics, record } = world.test;
    const bodies = createBodies({ ...world.test, media: () => world.media, bytesMax: 1e6 });
    const counts = createStoryCounts({ record, metrics, entriesMax: 10 });
    const published = world.test.events.at(-1)!;
    const [row] = await storiesById(world.test.sql, [story]);
    bodies.expect(row!);
    counts.expect(story);
    await world.ask("editStory", { as: author, id: story, body: { text: "edited" } });
    await bodies.view.apply(world.test.events.at(-1)!, { repeated: false });
    await world.ask("likeStory", { as: reader, id: story });
    await counts.view.apply(world.test.events.at(-1)!, { repeated: false });
    await bodies.view.apply(published, { repeated: false });
    await counts.view.apply(published, { repeated: false });
    expect((await bodies.find(nobody, [story]))[0]?.membersJson).toContain("edited");
    expect(await counts.find(nobody, [story])).toEqual(likes(1));
  });
});

describe("bodies in memory", () => {
  it("are loaded once for all who ask at the same time", async () => {
    const gate = gated();
    const bodies = createBodies({
      ...world.test,
      media: () => world.media,
      record: gate.record,
      bytesMax: 1e6,
    });
    const found = await Promise.all([
      bodies.find(nobody, [story]),
      bodies.find(nobody, [story, story]),
    ]);
    expect(found.flat().every((one) => one?.membersJson.includes("before"))).toBe(true);
    await bodies.find(nobody, [story]);
    expect(gate.reads).toBe(1);
  });

  it("do not keep what an edit overtook while it was loaded", async () => {
    const gate = gated();
    const bodies = createBodies({
      ...world.test,
      media: () => world.media,
      record: gate.record,
      bytesMax: 1e6,
    });
    await following(bodies.view, async () => {
      const { held, release } = gate.hold("after");
      const first = bodies.find(nobody, [story]);
      await held;
      await world.ask("editStory", { as: author, id: story, body: { text: "edited" } });
      const [second] = await bodies.find(nobody, [story]);
      expect(second?.membersJson).toContain("edited");
      release();
      await first;
      const [third] = await bodies.find(nobody, [story]);
      expect(third?.membersJson).toContain("edited");
      expect(third?.version).toBe(2);
    });
  });

  it("are gone with the story's end, and stay when an older event comes late", async () => {
    const gate = gated();
    const bodies = createBodies({
      ...world.test,
      media: () => world.media,
      record: gate.record,
      bytesMax: 1e6,
    });
    await following(bodies.view, async () => {
      await world.ask("editStory", { as: author, id: story, body: { text: "edited" } });
      const event = world.test.events.at(-1)!;
      await bodies.find(nobody, [story]);
      await bodies.view.apply({ ...event, position: 1 }, { repeated: true });
      await bodies.find(nobody, [story]);
      expect(gate.reads).toBe(1);
      await world.ask("deleteStory", { as: author, id: story });
      expect(await bodies.find(nobody, [story])).toEqual([null]);
    });
  });

  it("take no more room than they are given", async () => {
    const gate = gated();
    const bodies = createBodies({
      ...world.test,
      media: () => world.media,
      record: gate.record,
      bytesMax: 3000,
    });
    const ids: Id[] = [];
    for (let i = 0; i < 20; i += 1) {
      ids.push(await world.publish(author, { text: "x".repeat(500) }));
    }
    const [first] = await bodies.find(nobody, ids);
    expect(first?.membersJson).toContain("xxx");
    const readsBefore = gate.reads;
    for (const id of ids) {
      await bodies.find(nobody, [id]);
    }
    expect(gate.reads - readsBefore).toBeGreaterThan(15);
  });
});

describe("a viewer's flags in memory", () => {
  it("do not keep what a like overtook while it was loaded", async () => {
    const gate = gated();
    const flags = createFlags({ ...world.test, record: gate.record, viewersMax: 10 });
    const other = await world.publish(author);
    await following(flags.view, async () => {
      const { held, release } = gate.hold("after");
      const first = flags.find(nobody, reader, [story, other]);
      await held;
      await world.ask("likeStory", { as: reader, id: story });
      release();
      await first;
      expect(await flags.find(nobody, reader, [story, other])).toEqual([
        { liked: true, reshared: false },
        { liked: false, reshared: false },
      ]);
      // The other story's were kept.
      expect(gate.reads).toBe(2);
      await flags.find(nobody, reader, [story, other]);
      expect(gate.reads).toBe(2);
    });
  });
});

describe("a reader whose write this node may not have", () => {
  it("is given what the record says", async () => {
    const { metrics, record } = world.test;
    const bypass = { ...nobody, bypassViews: true };
    const counts = createStoryCounts({ record, metrics, entriesMax: 10 });
    const bodies = createBodies({ ...world.test, media: () => world.media, bytesMax: 1e6 });
    const flags = createFlags({ ...world.test, viewersMax: 10 });
    await Promise.all([
      counts.find(nobody, [story]),
      bodies.find(nobody, [story]),
      flags.find(nobody, reader, [story]),
    ]);
    // These three hear of nothing.
    await world.ask("likeStory", { as: reader, id: story });
    await world.ask("editStory", { as: author, id: story, body: { text: "edited" } });
    expect(await counts.find(bypass, [story])).toEqual(likes(1));
    expect(await flags.find(bypass, reader, [story])).toEqual([{ liked: true, reshared: false }]);
    expect((await bodies.find(bypass, [story]))[0]?.membersJson).toContain("edited");
  });
});

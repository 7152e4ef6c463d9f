import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Person, Story } from "./client.ts";
import { createStories, type Stories } from "./stories.ts";
import { createStoryList, newCountMax, type ListItem, type StoryList } from "./story-list.ts";

const pageSize = 4;

function person(id: number): Person {
  const createdAt = "2026-01-01T00:00:00.000Z";
  return { id: `${id}`, handle: `h${id}`, name: `N${id}`, bio: "", avatarUrl: null, createdAt };
}

function story(id: number, authorId = 1): Story {
  return {
    id: `${id}`,
    author: person(authorId),
    text: `story ${id}`,
    lang: "en",
    media: [],
    link: null,
    visibility: "public",
    createdAt: "2026-01-01T00:00:00.000Z",
    editedAt: null,
    counts: { likes: 0, comments: 0, reshares: 0 },
    viewer: { liked: false, reshared: false },
  };
}

const item = (id: number, authorId = 1): ListItem => ({
  id: `${id}`,
  story: story(id, authorId),
  reason: null,
});

/** A server that answers as the feed does: newest first, a cursor is the last id that was shown. */
class Server {
  items: ListItem[] = [];
  reads = 0;
  failures = 0;
  /** Answers wait here until they are let go, so that things can happen in between. */
  held: (() => void)[] | null = null;

  publish(id: number, authorId = 1): ListItem {
    const published = item(id, authorId);
    this.items = [...this.items, published].sort((a, b) => Number(b.id) - Number(a.id));
    return published;
  }

  remove(id: string): void {
    this.items = this.items.filter((other) => other.id !== id);
  }

  read = async (cursor: string | null) => {
    this.reads += 1;
    const below = this.items.filter(({ id }) => cursor === null || Number(id) < Number(cursor));
    const items = below.slice(0, pageSize);
    const nextCursor = below.length > pageSize ? (items.at(-1)?.id ?? null) : null;
    const fails = this.failures > 0;
    this.failures = Math.max(0, this.failures - 1);
    await this.wait();
    if (fails) {
      throw new TypeError("no network");
    }
    return { items, nextCursor };
  };

  readStory = async (id: string) => {
    const found = this.items.find((other) => other.story.id === id)?.story ?? ("gone" as const);
    await this.wait();
    return found;
  };

  private wait(): Promise<void> {
    const { held } = this;
    return held === null ? Promise.resolve() : new Promise((resolve) => held.push(resolve));
  }

  letGo(): void {
    const waiting = this.held ?? [];
    this.held = null;
    waiting.forEach((answer) => {
      answer();
    });
  }
}

let server: Server;
let stories: Stories;
let list: StoryList;
/** What the list wants to do later; a test says when. */
let later: (() => void)[];

function begin(heldMax?: number): void {
  server = new Server();
  stories = createStories(heldMax === undefined ? {} : { heldMax });
  later = [];
  list = createStoryList({
    stories,
    read: server.read,
    readStory: server.readStory,
    later: (job) => later.push(job),
  });
}

const shown = (): string[] => list.state().entries.map(({ id }) => id);

/** Nothing here waits for a timer, so that enough turns of the queue of promises are the end of it. */
const turnsEnough = 500;

async function settled(): Promise<void> {
  for (let turn = 0; turn < turnsEnough; turn += 1) {
    await Promise.resolve();
  }
}

async function scrollToEnd(): Promise<void> {
  for (let i = 0; i < 200 && list.state().phase !== "end"; i += 1) {
    list.more();
    await settled();
  }
}

/** Looks at everything, a screen at a time, as a reader who scrolls through it. */
async function lookAtAll(): Promise<void> {
  for (let first = 0; first < list.state().entries.length; first += 3) {
    list.look(first, first + 2);
    await settled();
  }
}

beforeEach(() => {
  begin();
});

describe("a list of stories", () => {
  it("reads page after page, without gap or repeat, to the end", async () => {
    for (let id = 1; id <= 11; id += 1) server.publish(id);
    list.start();
    await settled();
    expect(shown()).toEqual(["11", "10", "9", "8"]);
    await scrollToEnd();
    expect(shown()).toEqual(["11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    expect(list.state().phase).toBe("end");
  });

  it("lets what is new wait until it is asked for", async () => {
    server.publish(1);
    list.start();
    await settled();
    list.add(server.publish(2));
    expect(shown()).toEqual(["1"]);
    expect(list.state().newCount).toBe(1);
    list.showNew();
    expect(shown()).toEqual(["2", "1"]);
    expect(list.state().newCount).toBe(0);
  });

  it("takes the first story of an empty list in at once", async () => {
    list.start();
    await settled();
    list.add(server.publish(1));
    expect(shown()).toEqual(["1"]);
  });

  it("puts a story that is brought back where it was", async () => {
    for (const id of [1, 2, 3]) server.publish(id);
    list.start();
    await settled();
    stories.remove("2");
    expect(shown()).toEqual(["3", "1"]);
    list.add(item(2));
    expect(shown()).toEqual(["3", "2", "1"]);
  });

  it("drops what the server shows no longer once it is in view after a refresh", async () => {
    for (let id = 1; id <= 10; id += 1) server.publish(id, id % 2);
    list.start();
    await scrollToEnd();
    server.items = server.items.filter(({ story: { author } }) => author.id !== "1");
    list.refresh();
    await settled();
    await lookAtAll();
    expect(shown()).toEqual(["10", "8", "6", "4", "2"]);
    // Somebody else may still look at them: they are out of this list, not gone.
    expect(stories.get("9")).not.toBe("gone");
  });

  it("finds what came while nobody listened, and says how many", async () => {
    server.publish(1);
    server.publish(2);
    list.start();
    await settled();
    list.look(0, 1);
    for (let id = 3; id <= 15; id += 1) server.publish(id);
    list.refresh();
    await settled();
    expect(shown()).toEqual(["2", "1"]);
    expect(list.state().newCount).toBe(13);
  });

  it("begins again at the top when too much is new to be counted", async () => {
    server.publish(1);
    list.start();
    await settled();
    list.look(0, 0);
    for (let id = 2; id <= newCountMax + 30; id += 1) server.publish(id);
    list.refresh();
    await settled();
    expect(list.state()).toMatchObject({ newCount: newCountMax, hasMoreNew: true });
    expect(shown()).toEqual(["1"]);
    list.showNew();
    await settled();
    await scrollToEnd();
    expect(shown()).toHaveLength(newCountMax + 30);
  });

  it("finds what came while its first page was on its way", async () => {
    server.publish(1);
    server.held = [];
    list.start();
    await settled();
    server.publish(2);
    list.refresh();
    server.letGo();
    await settled();
    list.look(0, 0);
    await settled();
    expect(shown()).toEqual(["1"]);
    expect(list.state().newCount).toBe(1);
  });

  it("looks at the top again where more was missed while it looked, however far below the reader is", async () => {
    for (let id = 1; id <= 12; id += 1) server.publish(id);
    list.start();
    await scrollToEnd();
    list.look(8, 10);
    await settled();
    server.held = [];
    list.refresh();
    await settled();
    server.publish(13);
    list.refresh();
    server.letGo();
    await settled();
    expect(list.state().newCount).toBe(1);
  });

  it("begins again at the top also while it reads on below", async () => {
    for (let id = 1; id <= 12; id += 1) server.publish(id);
    list.start();
    await settled();
    list.look(0, 3);
    for (let id = 13; id <= newCountMax + 30; id += 1) server.publish(id);
    list.refresh();
    await settled();
    server.held = [];
    list.more();
    await settled();
    list.showNew();
    server.letGo();
    await settled();
    const newest = newCountMax + 30;
    expect(shown()).toEqual([0, 1, 2, 3].map((n) => String(newest - n)));
  });

  it("does not take a story away for a page that was asked for before the story was there", async () => {
    server.publish(1);
    list.start();
    await settled();
    server.held = [];
    list.refresh();
    await settled();
    list.add(server.publish(2));
    list.showNew();
    server.letGo();
    await settled();
    expect(shown()).toEqual(["2", "1"]);
  });

  it("says when a page could not be read, and goes on by itself", async () => {
    for (let id = 1; id <= 6; id += 1) server.publish(id);
    list.start();
    await settled();
    server.failures = 1;
    list.more();
    await settled();
    expect(list.state().phase).toBe("failed");
    later.splice(0).forEach((job) => {
      job();
    });
    await settled();
    expect(shown()).toEqual(["6", "5", "4", "3", "2", "1"]);
  });

  it("reads again what was let go, when it comes back into view", async () => {
    begin(6);
    for (let id = 1; id <= 20; id += 1) server.publish(id);
    list.start();
    await scrollToEnd();
    expect(stories.get("20")).toBeUndefined();
    list.look(0, 2);
    await settled();
    expect([20, 19, 18].map((id) => typeof stories.get(`${id}`))).toEqual(Array(3).fill("object"));
    expect(stories.size()).toBeLessThanOrEqual(6);
  });

  it("asks for nothing while all that is in view is known", async () => {
    for (let id = 1; id <= 8; id += 1) server.publish(id);
    list.start();
    await scrollToEnd();
    const before = server.reads;
    await lookAtAll();
    expect(server.reads).toBe(before);
  });
});

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

function take(step: Step, nextId: () => number): void {
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

describe("whatever happens", () => {
  it("a list is sorted and without repeats, and in the end shows what the server has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.array(steps, { maxLength: 40 }), async (count, course) => {
        begin(12);
        let lastId = 0;
        const nextId = (): number => (lastId += 1);
        for (let i = 0; i < count; i += 1) server.publish(nextId(), 1 + (i % 3));
        list.start();
        await settled();
        for (const step of course) {
          take(step, nextId);
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
        await scrollToEnd();
        await lookAtAll();
        list.showNew();
        await scrollToEnd();
        expect(shown()).toEqual(server.items.map(({ id }) => id));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a listener", () => {
  it("hears of each change, and reads the same state until the next one", async () => {
    const heard = vi.fn();
    list.listen(heard);
    list.start();
    await settled();
    const calls = heard.mock.calls.length;
    const before = list.state();
    expect(calls).toBeGreaterThan(0);
    expect(list.state()).toBe(before);
    list.add(server.publish(1));
    expect(heard.mock.calls.length).toBeGreaterThan(calls);
    expect(list.state()).not.toBe(before);
    expect(list.state()).toBe(list.state());
  });
});

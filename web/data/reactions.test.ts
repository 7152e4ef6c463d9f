import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Story } from "./client.ts";
import { createReactions, type Reaction, type Reactions } from "./reactions.ts";
import { createStories, type Stories } from "./stories.ts";

const storyId = "7";

function storyWith(likes: number): Story {
  const createdAt = "2026-01-01T00:00:00.000Z";
  return {
    id: storyId,
    author: { id: "1", handle: "author", name: "Author", bio: "", avatarUrl: null, createdAt },
    text: "a story",
    lang: "en",
    media: [],
    link: null,
    visibility: "public",
    createdAt,
    editedAt: null,
    counts: { likes, comments: 0, reshares: 0 },
    viewer: { liked: false, reshared: false },
  };
}

class Refused extends Error {}

interface Asked {
  readonly reaction: Reaction;
  readonly wanted: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  isDone: boolean;
  isAnswered: boolean;
}

/** A server that does what it is asked when the test says so, and tells of each change in order. */
class Server {
  readonly flags = { liked: false, reshared: false };
  /** By everybody else. */
  readonly others = { liked: 0, reshared: 0 };
  readonly asked: Asked[] = [];
  /** Told, and not heard yet. */
  readonly events: (() => void)[] = [];
  comments = 0;

  send = (_id: string, reaction: Reaction, wanted: boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      this.asked.push({ reaction, wanted, resolve, reject, isDone: false, isAnswered: false });
    });

  counts(): Story["counts"] {
    const count = (reaction: Reaction): number =>
      this.others[reaction] + (this.flags[reaction] ? 1 : 0);
    return { likes: count("liked"), comments: this.comments, reshares: count("reshared") };
  }

  change(reaction: Reaction, wanted: boolean): void {
    if (this.flags[reaction] !== wanted) {
      this.flags[reaction] = wanted;
      const viewer = { ...this.flags };
      this.events.push(() => {
        reactions.flagged(storyId, viewer);
      });
      this.tellCounts();
    }
  }

  tellCounts(): void {
    const counts = this.counts();
    this.events.push(() => {
      reactions.counted(storyId, counts);
    });
  }

  perform(asked: Asked | undefined): void {
    if (asked !== undefined && !asked.isDone) {
      asked.isDone = true;
      this.change(asked.reaction, asked.wanted);
    }
  }

  answer(asked: Asked | undefined): void {
    this.perform(asked);
    if (asked !== undefined) {
      asked.isAnswered = true;
      asked.resolve();
    }
  }

  fail(asked: Asked | undefined, error: Error): void {
    if (asked !== undefined) {
      asked.isAnswered = true;
      asked.reject(error);
    }
  }

  unanswered(): Asked | undefined {
    return this.asked.find(({ isAnswered }) => !isAnswered);
  }
}

let server: Server;
let stories: Stories;
let reactions: Reactions;
let failures: string[];

beforeEach(begin);

function begin(): void {
  server = new Server();
  stories = createStories();
  stories.put(storyWith(0));
  failures = [];
  const isRefusal = (error: unknown): boolean => error instanceof Refused;
  reactions = createReactions({ stories, send: server.send, isRefusal });
  reactions.failed.listen(({ reaction, wanted }) => {
    failures.push(`${reaction} ${wanted}`);
  });
}

interface Shown {
  readonly counts: Story["counts"];
  readonly viewer: Story["viewer"];
}

function shown(): Shown {
  const story = stories.get(storyId);
  if (story === undefined || story === "gone") {
    throw new TypeError("the story is not held");
  }
  return { counts: story.counts, viewer: story.viewer };
}

const onServer = (): Shown => ({
  counts: server.counts(),
  viewer: { ...server.flags },
});

/** Nothing here waits for a timer. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}

async function settleAll(): Promise<void> {
  for (let asked = server.unanswered(); asked !== undefined; asked = server.unanswered()) {
    server.answer(asked);
    await settled();
  }
  server.events.splice(0).forEach((tell) => {
    tell();
  });
}

describe("a reaction", () => {
  it("is seen at once, and asked for once", async () => {
    reactions.set(storyId, "liked", true);
    expect(shown()).toMatchObject({ viewer: { liked: true }, counts: { likes: 1 } });
    await settleAll();
    expect(server.asked).toHaveLength(1);
    expect(shown()).toEqual(onServer());
  });

  it("is taken back when it is refused, and told of", async () => {
    reactions.set(storyId, "reshared", true);
    server.fail(server.unanswered(), new Refused());
    await settled();
    expect(shown()).toMatchObject({ viewer: { reshared: false }, counts: { reshares: 0 } });
    expect(failures).toEqual(["reshared true"]);
  });

  it("ends with what was pressed last, asking one after another", async () => {
    for (const wanted of [true, false, true, false]) {
      reactions.set(storyId, "liked", wanted);
    }
    expect(server.asked).toHaveLength(1);
    await settleAll();
    expect(server.asked.map(({ wanted }) => wanted)).toEqual([true, false]);
    expect(server.flags.liked).toBe(false);
    expect(shown()).toEqual(onServer());
  });

  it("that was taken back while its answer got lost is taken back on the server, too", async () => {
    reactions.set(storyId, "liked", true);
    reactions.set(storyId, "liked", false);
    server.perform(server.unanswered());
    server.fail(server.unanswered(), new TypeError("no network"));
    await settled();
    await settleAll();
    expect(server.flags.liked).toBe(false);
    expect(failures).toEqual([]);
    expect(shown()).toEqual(onServer());
  });
});

describe("what the server tells", () => {
  it("of another device is shown at once", () => {
    reactions.flagged(storyId, { liked: true, reshared: false });
    reactions.counted(storyId, { likes: 5, comments: 2, reshares: 0 });
    expect(shown()).toEqual({
      viewer: { liked: true, reshared: false },
      counts: { likes: 5, comments: 2, reshares: 0 },
    });
  });

  it("waits for the reaction under way, so that nothing flickers", async () => {
    reactions.set(storyId, "liked", true);
    reactions.flagged(storyId, { liked: false, reshared: true });
    reactions.counted(storyId, { likes: 0, comments: 9, reshares: 1 });
    expect(shown()).toMatchObject({ viewer: { liked: true }, counts: { likes: 1, comments: 0 } });
    server.perform(server.unanswered());
    server.events.splice(0).forEach((tell) => {
      tell();
    });
    expect(shown()).toMatchObject({ viewer: { liked: true }, counts: { likes: 1 } });
    server.answer(server.unanswered());
    await settled();
    expect(shown()).toEqual(onServer());
  });

  it("does nothing to a story that is not held", () => {
    reactions.flagged("8", { liked: true, reshared: true });
    expect(stories.get("8")).toBeUndefined();
  });
});

type Step =
  | { readonly do: "press" | "elsewhere"; readonly reaction: Reaction; readonly wanted: boolean }
  | { readonly do: "others"; readonly reaction: Reaction; readonly count: number }
  | { readonly do: "perform" | "answer" | "refuse" | "lose" | "hear" | "late" };

const reaction = fc.constantFrom<Reaction>("liked", "reshared");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom("press" as const, "elsewhere" as const),
    reaction,
    wanted: fc.boolean(),
  }),
  fc.record({ do: fc.constant("others" as const), reaction, count: fc.nat(3) }),
  fc.record({
    do: fc.constantFrom(
      "perform" as const,
      "answer" as const,
      "refuse" as const,
      "lose" as const,
      "hear" as const,
      "late" as const,
    ),
  }),
);

function take(next: Step): void {
  switch (next.do) {
    case "press":
      reactions.set(storyId, next.reaction, next.wanted);
      break;
    case "elsewhere":
      server.change(next.reaction, next.wanted);
      break;
    case "others":
      server.others[next.reaction] = next.count;
      server.comments += 1;
      server.tellCounts();
      break;
    case "perform":
      server.perform(server.unanswered());
      break;
    case "answer":
      server.answer(server.unanswered());
      break;
    case "refuse": {
      const asked = server.unanswered();
      if (asked?.isDone === false) {
        asked.isDone = true;
        server.fail(asked, new Refused());
      }
      break;
    }
    case "lose":
      server.fail(server.unanswered(), new TypeError("no network"));
      break;
    case "late":
      // What was given up is done all the same.
      server.perform(server.asked.find(({ isAnswered, isDone }) => isAnswered && !isDone));
      break;
    case "hear":
      server.events.shift()?.();
      break;
  }
}

it("whatever happens in whatever order, what is shown ends as the server has it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      begin();
      for (const next of steps) {
        take(next);
        await settled();
      }
      await settleAll();
      expect(shown()).toEqual(onServer());
    }),
    { numRuns: 500 },
  );
});

it("what was pressed last holds, whatever got lost before", async () => {
  const own = step.filter(({ do: what }) => !["elsewhere", "refuse", "late"].includes(what));
  await fc.assert(
    fc.asyncProperty(fc.array(own, { maxLength: 30 }), async (steps) => {
      begin();
      for (const next of steps) {
        take(next);
        await settled();
      }
      const wanted = shown().viewer?.liked !== true;
      reactions.set(storyId, "liked", wanted);
      await settled();
      await settleAll();
      expect(server.flags.liked).toBe(wanted);
      expect(shown()).toEqual(onServer());
    }),
    { numRuns: 300 },
  );
});

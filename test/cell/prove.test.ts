import { describe, expect, it } from "vitest";
import type { Proof } from "./finding.ts";
import type { Command, Listening, SeenItem, Told } from "./history.ts";
import type { FinalState } from "./prove-rows.ts";
import {
  ann,
  bob,
  changeItems,
  createScene,
  cyd,
  proofsOf,
  publish,
  show,
  verdictOf,
  type Draft,
  type Scene,
} from "./scene.ts";
import type { WriteHow } from "./village.ts";

/** Each broken promise is found, and no kept one. */

describe("a history that keeps every promise", () => {
  it("passes in the scene that the faults are planted in", () => {
    const { village, anns } = createScene();
    village.scroll(bob, 2, 3);
    village.look(bob, anns[0]!, "story");
    expect(verdictOf(village)).toMatchObject({ findings: [], missedForMs: [0, 0] });
  });
});

const hidings: readonly {
  readonly name: string;
  readonly viewer: string;
  readonly shown: (scene: Scene) => string;
  readonly hide: (scene: Scene) => readonly [by: string, command: Command];
}[] = [
  {
    name: "after the reader's block",
    viewer: bob,
    shown: ({ anns }) => anns[0]!,
    hide: () => [bob, { kind: "block", otherId: ann }],
  },
  {
    name: "after the author's block",
    viewer: bob,
    shown: ({ anns }) => anns[0]!,
    hide: () => [ann, { kind: "block", otherId: bob }],
  },
  {
    name: "after the reader's unfriending",
    viewer: bob,
    shown: ({ anns }) => anns[0]!,
    hide: () => [bob, { kind: "unfriend", otherId: ann }],
  },
  {
    name: "for friends, after the author's unfriending",
    viewer: bob,
    shown: ({ anns }) => anns[1]!,
    hide: () => [ann, { kind: "unfriend", otherId: bob }],
  },
  {
    name: "after a mute",
    viewer: bob,
    shown: ({ anns }) => anns[0]!,
    hide: () => [bob, { kind: "mute", otherId: ann }],
  },
  {
    name: "after the end of following",
    viewer: cyd,
    shown: ({ bobs }) => bobs[0]!,
    hide: () => [cyd, { kind: "unfollow", otherId: bob }],
  },
  {
    name: "after it was deleted",
    viewer: bob,
    shown: ({ anns }) => anns[0]!,
    hide: ({ anns }) => [ann, { kind: "delete-story", storyId: anns[0]! }],
  },
  {
    name: "after it was narrowed to friends",
    viewer: cyd,
    shown: ({ bobs }) => bobs[0]!,
    hide: ({ bobs }) => [bob, { kind: "show-to", storyId: bobs[0]!, visibility: "friends" }],
  },
  {
    name: "after it was narrowed to its author",
    viewer: bob,
    shown: ({ anns }) => anns[0]!,
    hide: ({ anns }) => [ann, { kind: "show-to", storyId: anns[0]!, visibility: "self" }],
  },
];

describe("a hidden story in a feed", () => {
  function play({ viewer, shown, hide }: (typeof hidings)[number], fate?: WriteHow["fate"]) {
    const scene = createScene();
    const { village } = scene;
    const storyId = shown(scene);
    const item = village
      .scroll(viewer, 1, 10)
      .pages[0]!.items.find((one) => one.storyId === storyId);
    expect(item).toBeDefined();
    const [by, command] = hide(scene);
    if (fate === undefined) village.write(by, command);
    else village.write(by, command, { fate });
    return { village, item: item!, by, command };
  }

  it.each(hidings)("is found $name", (hiding) => {
    const { village, item } = play(hiding);
    show(village.history, village.scroll(hiding.viewer, 1, 10), item);
    expect(proofsOf(verdictOf(village))).toContain("hidden stays hidden");
  });

  it.each(hidings)("is not held against anybody where no answer came: $name", (hiding) => {
    const { village, item } = play(hiding, "nothing");
    const scroll = village.scroll(hiding.viewer, 1, 10);
    if (!scroll.pages[0]!.items.some(({ id }) => id === item.id)) {
      show(village.history, scroll, item);
    }
    expect(proofsOf(verdictOf(village))).not.toContain("hidden stays hidden");
  });

  it("is not held against anybody while the opposite is under way", () => {
    const { village, item } = play(hidings[4]!);
    const scroll = village.scroll(bob, 1, 10);
    show(village.history, scroll, item);
    const unmute = village.write(bob, { kind: "unmute", otherId: ann });
    const at = village.history.writes.indexOf(unmute);
    village.history.writes[at] = { ...unmute, begunAtMs: scroll.pages[0]!.begunAtMs + 1 };
    expect(verdictOf(village).findings).toEqual([]);
  });
});

type Plant = readonly [
  name: string,
  proof: Proof,
  plant: (scene: Scene) => ((final: Draft<FinalState>) => void) | undefined,
];

function told(listening: Listening, storyId: string): Extract<Told, { kind: "story" }> {
  const found = listening.told.find((one) => one.kind === "story" && one.storyId === storyId);
  return found as Extract<Told, { kind: "story" }>;
}

const rows: Proof = "written once";
const hidden: Proof = "hidden stays hidden";
const feeds: Proof = "feeds are whole and in order";
const streams: Proof = "live streams tell each story once";

const plants: readonly Plant[] = [
  ["a lost story", rows, () => (final) => void final.stories.shift()],
  ["a lost comment", rows, () => (final) => void final.comments.shift()],
  ["a lost like", rows, () => (final) => void final.likes.shift()],
  ["a like that nobody gave", rows, () => (final) => void final.likes.push("3 1")],
  [
    "a lost friendship",
    rows,
    () => (final) => {
      final.relations = final.relations.map((row) => ({ ...row, areFriends: false }));
    },
  ],
  [
    "a story that is there twice",
    rows,
    () => (final) => void final.stories.push({ ...final.stories[0]!, id: "7" }),
  ],
  [
    "a comment that is there twice",
    rows,
    () => (final) => void final.comments.push({ ...final.comments[0]!, id: "7" }),
  ],
  [
    "a story that was deleted and is there",
    rows,
    ({ village, anns }) => {
      village.write(ann, { kind: "delete-story", storyId: anns[0]! });
      return (final) => {
        final.stories = final.stories.map((row) => ({ ...row, isLive: true }));
      };
    },
  ],
  [
    "a key that made two",
    rows,
    ({ village }) => {
      const of = village.history.writes.find(({ key }) => key !== null)!;
      village.history.replays.push({ of, again: { ...of, id: "7" } });
      return undefined;
    },
  ],
  [
    "a hidden story by its id",
    hidden,
    ({ village, anns }) => {
      village.write(ann, { kind: "unfriend", otherId: bob });
      const look = village.look(bob, anns[1]!, "story");
      const seen = [{ id: anns[1]!, authorId: ann }];
      village.history.looks.push({ ...look, status: 200, seen });
      return undefined;
    },
  ],
  [
    "a comment of somebody who is blocked",
    hidden,
    ({ village, anns }) => {
      const before = village.look(cyd, anns[0]!, "comments");
      village.write(bob, { kind: "block", otherId: cyd });
      const { seen } = before;
      village.history.looks.push({ ...village.look(cyd, anns[0]!, "comments"), seen });
      return undefined;
    },
  ],
  [
    "a deleted comment",
    hidden,
    ({ village, anns }) => {
      const { seen } = village.look(ann, anns[0]!, "comments");
      village.write(bob, { kind: "delete-comment", commentId: seen[0]!.id });
      village.history.looks.push({ ...village.look(ann, anns[0]!, "comments"), seen });
      return undefined;
    },
  ],
  [
    "a session that lives on",
    hidden,
    ({ village }) => {
      village.enter(bob, "s");
      village.write(bob, { kind: "sign-out", session: "s" });
      village.enter(bob, "s");
      const { entries } = village.history;
      entries[1] = { ...entries[1]!, status: 200 };
      return undefined;
    },
  ],
  [
    "a feed out of order",
    feeds,
    ({ village }) => {
      changeItems(village.history, village.scroll(bob, 1, 10), (items) => items.toReversed());
      return undefined;
    },
  ],
  [
    "a repeat over two pages",
    feeds,
    ({ village }) => {
      const scroll = village.scroll(bob, 2, 2);
      const [first, second] = scroll.pages;
      const pages = [first!, { ...second!, items: [first!.items[1]!, ...second!.items] }];
      village.history.scrolls.push({ ...scroll, pages });
      return undefined;
    },
  ],
  [
    "a friend's story that a feed lacks",
    feeds,
    ({ village, anns }) => {
      const without = (items: readonly SeenItem[]) =>
        items.filter(({ storyId }) => storyId !== anns[1]);
      changeItems(village.history, village.scroll(bob, 2, 2), without);
      return undefined;
    },
  ],
  [
    "one's own story that the next read lacks",
    feeds,
    ({ village }) => {
      const id = publish(village, bob);
      const without = (items: readonly SeenItem[]) => items.filter(({ storyId }) => storyId !== id);
      changeItems(village.history, village.scroll(bob, 1, 10), without);
      return undefined;
    },
  ],
  [
    "a story that is not found by its id",
    feeds,
    ({ village, anns }) => {
      const look = village.look(bob, anns[0]!, "story");
      village.history.looks.push({ ...look, status: 404, seen: [] });
      return undefined;
    },
  ],
  [
    "a wrong counter",
    "counters equal rows",
    () => (final) => {
      final.counters = final.counters.map((counter) => ({ ...counter, said: counter.said + 1 }));
    },
  ],
  [
    "a story that a stream missed",
    streams,
    ({ listening, anns }) => {
      listening.told.splice(listening.told.indexOf(told(listening, anns[1]!)), 1);
      return undefined;
    },
  ],
  [
    "a story that a stream told twice",
    streams,
    ({ listening, anns }) => {
      listening.told.push(told(listening, anns[1]!));
      return undefined;
    },
  ],
  [
    "an id that two rows have",
    "ids are unique",
    () => (final) => void final.ids.push(final.ids[0]!),
  ],
  [
    "an id that was given twice",
    "ids are unique",
    ({ village }) => {
      const { writes } = village.history;
      const made = writes.filter(({ id }) => id !== null);
      writes[writes.indexOf(made[1]!)] = { ...made[1]!, id: made[0]!.id };
      return undefined;
    },
  ],
];

describe("a broken promise is found:", () => {
  it.each(plants)("%s", (_name, proof, plant) => {
    const scene = createScene();
    const spoil = plant(scene);
    const verdict = verdictOf(scene.village, spoil);
    expect(proofsOf(verdict)).toContain(proof);
    expect(verdict.findings.every(({ what }) => what.length > 0)).toBe(true);
  });

  it("but a story that is told again after a reset is none", () => {
    const { village, listening, anns } = createScene();
    const nowMs = listening.told.at(-1)!.atMs + 1;
    listening.told.push({ kind: "reset", atMs: nowMs });
    listening.told.push({ kind: "read", atMs: nowMs, storyIds: [] });
    listening.told.push(told(listening, anns[1]!));
    expect(verdictOf(village).findings).toEqual([]);
  });

  it("but a story that others lack for a moment is none, and is measured", () => {
    const { village } = createScene();
    const id = publish(village, ann);
    const without = (items: readonly SeenItem[]) => items.filter(({ storyId }) => storyId !== id);
    changeItems(village.history, village.scroll(bob, 1, 10), without);
    const { findings, missedForMs } = verdictOf(village);
    expect([findings, missedForMs]).toEqual([[], [10, 0, 0]]);
  });
});

import { describe, expect, test } from "vitest";
import { ShelfReader } from "../../kernel/shelf.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import type { AccountSummary } from "../accounts/contract.ts";
import type { StoryBody } from "../stories/contract.ts";
import { authorAt, authorVersionAt, createItems, likesAt, versionAt } from "./items.ts";
import { createAccountNumbers } from "./packed.ts";

const authorId = 7n;
const storyId = (5n << 40n) + 3n;
const noCounts = { likes: 0, comments: 0, reshares: 0 };

function open(nowMs = (): number => 0) {
  const accounts = createAccountNumbers(10);
  const items = createItems({
    bytesMax: 1024 ** 2,
    accountsMax: 10,
    accounts,
    cursorAfter: (id) => `after-${String(id)}`,
    nowMs,
  });
  const reader = new ShelfReader(items.memory.stories);
  const versions = new Uint32Array(items.memory.versions);
  return {
    items,
    put(version: number, authorVersion: number, counts = noCounts, untilS = 0): void {
      const body: StoryBody = {
        id: storyId,
        authorId,
        version,
        visibility: "public",
        membersJson: `"text":"version ${String(version)}"`,
        untilS,
      };
      items.put(body, counts, {
        id: authorId,
        version: authorVersion,
        json: "{}",
      } as AccountSummary);
    },
    /** What a reader takes for true of the story, or null. */
    shown() {
      if (!reader.find(highWord(storyId), lowWord(storyId))) {
        return null;
      }
      const { words, at } = reader;
      const isAuthorRight = versions[words[at + authorAt]!] === words[at + authorVersionAt];
      return isAuthorRight ? { version: words[at + versionAt], likes: words[at + likesAt] } : null;
    },
  };
}

describe("a story's item", () => {
  test("goes when there is a newer version, and not when it is told of the one it has", () => {
    const { items, put, shown } = open();
    put(1, 1);
    items.drop(storyId, 1);
    expect(shown()).toEqual({ version: 1, likes: 0 });
    items.drop(storyId, 2);
    expect(shown()).toBeNull();
    put(2, 1);
    // A late or repeated event tells nothing new.
    items.drop(storyId, 1);
    expect(shown()).toEqual({ version: 2, likes: 0 });
  });

  test("is not shown once its author has changed, until it is made anew", () => {
    const { items, put, shown } = open();
    put(1, 1);
    items.personChanged(authorId, 1);
    expect(shown()).not.toBeNull();
    items.personChanged(authorId, 2);
    expect(shown()).toBeNull();
    put(1, 2);
    items.personChanged(authorId, 2);
    expect(shown()).not.toBeNull();
    expect(() => items.personChanged(99n, 1)).not.toThrow();
  });

  test("has the counts that it is told, and takes no further memory when it is put again", () => {
    const { items, put, shown } = open();
    put(1, 1);
    const bytes = items.bytes();
    items.setCounts(storyId, { ...noCounts, likes: 3 });
    expect(shown()).toEqual({ version: 1, likes: 3 });
    put(1, 1, { ...noCounts, likes: 4 });
    expect([shown(), items.bytes()]).toEqual([{ version: 1, likes: 4 }, bytes]);
    items.setCounts(storyId, null);
    expect(shown()).toBeNull();
  });

  test("is made anew once the time of its addresses is over, and put again with those of then", () => {
    let nowMs = 999_000;
    const { items, put } = open(() => nowMs);
    put(1, 1, noCounts, 1_000);
    expect(items.holds(storyId)).toBe(true);
    nowMs = 1_000_000;
    expect(items.holds(storyId)).toBe(false);
    put(1, 1, noCounts, 2_000);
    expect(items.holds(storyId)).toBe(true);
  });
});

import { expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { createShelf } from "../../kernel/shelf.ts";
import type { AccountSummary, Accounts } from "../accounts/contract.ts";
import type { FeedEntry, Stories, StoryBody, Visibility } from "../stories/contract.ts";
import { packLists } from "./audiences.ts";
import { createIndexBuffers, openIndexMemory } from "./memory.ts";
import { createAccountNumbers } from "./packed.ts";
import { createPlacement } from "./placement.ts";
import { createFeedRead } from "./read.ts";
import { createStoryIndex } from "./story-index.ts";

/** What is shown of an entry whose story was changed after the entry had been placed. */

const viewer = 1n;
const friend = 2n;
const stranger = 3n;
const storyId = 10n;

function unasked(): never {
  throw new Error("nobody asks for this here");
}

async function isShown(entry: Partial<FeedEntry>, visibility: Visibility): Promise<boolean> {
  const numbers = createAccountNumbers(10);
  const index = createStoryIndex({
    memory: openIndexMemory(createIndexBuffers({ slotsMax: 8, accountsMax: 10 })),
    accounts: numbers,
  });
  const body: StoryBody = {
    id: storyId,
    authorId: friend,
    version: 2,
    visibility,
    membersJson: "",
    untilS: 0,
  };
  // Of its neighbours the read asks for this and for nothing else.
  const accounts: Partial<Accounts> = {
    held: () => null,
    summaries: (_context, ids) =>
      Promise.resolve(ids.map((id) => ({ id, version: 1, json: "{}" }) as AccountSummary)),
  };
  const stories: Partial<Stories> = {
    held: () => null,
    bodies: () => Promise.resolve([body]),
    counts: () => Promise.resolve([{ likes: 0, comments: 0, reshares: 0 }]),
    viewerFlags: () => Promise.resolve([{ liked: false, reshared: false }]),
  };
  const read = createFeedRead({
    index,
    placement: createPlacement(index, numbers),
    audiences: {
      of: unasked,
      peek: unasked,
      inPlace: unasked,
      apply: unasked,
      bytes: unasked,
      count: unasked,
      hold: unasked,
      memory: createShelf({ bytesMax: 64, entriesMax: 1 }).memory,
    },
    numbers,
    reactions: {
      load: unasked,
      flags: (_context, _viewerId, ids) =>
        Promise.resolve(ids.map(() => ({ liked: false, reshared: false }))),
    },
    items: { put: unasked, putPerson: unasked, holds: unasked, holdsPerson: unasked },
    accounts: () => accounts as Accounts,
    stories: () => stories as Stories,
  });
  const audience = packLists(numbers.of(viewer), 1, {
    friends: Uint32Array.of(numbers.of(friend)),
    followed: new Uint32Array(),
    excluded: new Uint32Array(),
  });
  const whole = { id: storyId, storyId, authorId: friend, resharedBy: [], resharedByCount: 0 };
  const items = await read.hydrate(internalContext("test"), audience, [{ ...whole, ...entry }]);
  return items.length === 1;
}

test.each([
  ["public", true],
  ["friends", true],
  ["self", false],
] as const)("a friend's story that is for %s by now is shown: %s", async (visibility, shown) => {
  expect(await isShown({ authorId: friend }, visibility)).toBe(shown);
});

test.each(["public", "friends", "self"] as const)(
  "one's own that is for %s by now is shown",
  async (visibility) => {
    expect(await isShown({ authorId: viewer }, visibility)).toBe(true);
  },
);

test.each([
  ["public", true],
  ["friends", false],
  ["self", false],
] as const)("a reshared story that is for %s by now is shown: %s", async (visibility, shown) => {
  const reshared = { id: 11n, authorId: stranger, resharedBy: [friend], resharedByCount: 1 };
  expect(await isShown(reshared, visibility)).toBe(shown);
});

import type { Id } from "../../kernel/id.ts";
import type { FeedEntry, Visibility } from "../stories/contract.ts";
import { isExcluded, levelOf, type ViewerAudience } from "./audiences.ts";
import { accountMask, isSeenBy, kindPublic, visibilityLevels } from "./entries.ts";
import { createMerge, shownResharersMax } from "./merge.ts";
import { noSlot, type AccountNumbers } from "./packed.ts";
import { createSlotReader } from "./slot-reader.ts";
import type { StoryIndex } from "./story-index.ts";

/** Where stories stand, as objects, for what is not read from memory alone: in the writer's thread. */
export interface Placement {
  /** At most `limit` entries with `floor <= id < below`, newest first. */
  page(
    audience: ViewerAudience,
    range: { readonly below: Id; readonly floor: Id; readonly limit: number },
  ): FeedEntry[];
  /** Where the story stands for this viewer, or null if it does not stand in the index's part of the feed. */
  entryOf(audience: ViewerAudience, storyId: Id, floor: Id): FeedEntry | null;
  /** Whether the story stands anywhere in the index's part of the feed. */
  stands(audience: ViewerAudience, storyId: Id): boolean;
  /** Whether the viewer sees stories of this author and visibility, wherever they stand. */
  sees(audience: ViewerAudience, authorId: Id, visibility: Visibility): boolean;
  /** Numbers of the accounts whose audience may have the story in their feed: its author and its resharers. */
  actorsOf(storyId: Id): readonly number[];
}

export function createPlacement(index: StoryIndex, accounts: AccountNumbers): Placement {
  const merge = createMerge(index.memory);

  const { stateOf, idOf: idAt, kindOf: kindOfSlot } = createSlotReader(index.memory.slots);

  function entryAt(audience: ViewerAudience, slot: number, story: number): FeedEntry {
    const authorId = accounts.idOf(stateOf(story) & accountMask);
    const storyId = idAt(story);
    if (slot === story) {
      return { id: storyId, storyId, authorId, resharedBy: [], resharedByCount: 0 };
    }
    merge.resharersOf(audience, story);
    const { count } = merge.resharers;
    const shown = merge.resharers.accounts.subarray(0, Math.min(count, shownResharersMax));
    return {
      id: idAt(slot),
      storyId,
      authorId,
      resharedBy: Array.from(shown, (number) => accounts.idOf(number)),
      resharedByCount: count,
    };
  }

  /** By which slot the story stands in the viewer's feed: its own, or a reshare's. */
  function slotOf(audience: ViewerAudience, story: number): number {
    if (story === noSlot || !index.isStory(story)) {
      return noSlot;
    }
    const author = stateOf(story) & accountMask;
    const level = levelOf(audience, author);
    if (level !== null) {
      return isSeenBy(level, kindOfSlot(story)) ? story : noSlot;
    }
    if (kindOfSlot(story) !== kindPublic || isExcluded(audience, author)) {
      return noSlot;
    }
    merge.resharersOf(audience, story);
    return merge.resharers.first;
  }

  return {
    page(audience, range) {
      const count = merge.collect(audience, range);
      const places = Array.from({ length: count }, (_, i) => ({
        slot: merge.found.slots[i] as number,
        story: merge.found.stories[i] as number,
      }));
      return places.map(({ slot, story }) => entryAt(audience, slot, story));
    },

    entryOf(audience, storyId, floor) {
      const story = index.find(storyId);
      const slot = slotOf(audience, story);
      return slot !== noSlot && idAt(slot) >= floor ? entryAt(audience, slot, story) : null;
    },

    stands: (audience, storyId) => slotOf(audience, index.find(storyId)) !== noSlot,

    sees(audience, authorId, visibility) {
      const level = levelOf(audience, accounts.of(authorId));
      return level !== null && visibilityLevels[visibility] <= level;
    },

    actorsOf(storyId) {
      const story = index.find(storyId);
      if (story === noSlot) {
        return [];
      }
      const actors = [index.accountOf(story)];
      if (index.isStory(story)) {
        for (let at = index.firstReshare(story); at !== noSlot; at = index.nextReshare(at)) {
          actors.push(index.accountOf(at));
        }
      }
      return actors;
    },
  };
}

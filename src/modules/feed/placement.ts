import type { Id } from "../../kernel/id.ts";
import { joinWords } from "../../kernel/words.ts";
import type { FeedEntry, Visibility } from "../stories/contract.ts";
import type { ViewerAudience } from "./audiences.ts";
import {
  accountMask,
  highAt,
  isSeenBy,
  kindMask,
  kindPublic,
  kindShift,
  lowAt,
  slotWords,
  stateAt,
  visibilityLevels,
} from "./entries.ts";
import { createMerge, isExcluded, levelOf, shownResharersMax } from "./merge.ts";
import { noSlot, type AccountNumbers } from "./packed.ts";
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
  /** Whether the viewer sees stories of this author and visibility, wherever they stand. */
  sees(audience: ViewerAudience, authorId: Id, visibility: Visibility): boolean;
  /** Numbers of the accounts whose audience may have the story in their feed: its author and its resharers. */
  actorsOf(storyId: Id): readonly number[];
}

export function createPlacement(index: StoryIndex, accounts: AccountNumbers): Placement {
  const { slots } = index.memory;
  const merge = createMerge(index.memory);

  const idAt = (slot: number): Id =>
    joinWords(
      slots[slot * slotWords + highAt] as number,
      slots[slot * slotWords + lowAt] as number,
    );
  const stateOf = (slot: number): number => slots[slot * slotWords + stateAt] as number;
  const kindOfSlot = (slot: number): number => (stateOf(slot) >>> kindShift) & kindMask;

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
      if (story === noSlot || !index.isStory(story)) {
        return null;
      }
      const author = stateOf(story) & accountMask;
      const level = levelOf(audience, author);
      let slot = story;
      if (level === null) {
        if (kindOfSlot(story) !== kindPublic || isExcluded(audience, author)) {
          return null;
        }
        merge.resharersOf(audience, story);
        slot = merge.resharers.first;
        if (slot === noSlot) {
          return null;
        }
      } else if (!isSeenBy(level, kindOfSlot(story))) {
        return null;
      }
      return idAt(slot) >= floor ? entryAt(audience, slot, story) : null;
    },

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

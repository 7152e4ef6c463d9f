import { idMax, idTime, type Id } from "../../kernel/id.ts";
import { ShelfReader } from "../../kernel/shelf.ts";
import { highWord, joinWords, lowWord } from "../../kernel/words.ts";
import { countsJson, viewerJson } from "../stories/contract.ts";
import { SharedAudience } from "./audiences.ts";
import { highAt, lowAt, slotWords } from "./entries.ts";
import {
  authorAt,
  authorVersionAt,
  commentsAt,
  isFresh,
  cursorBytesAt,
  itemBytesAt,
  levelAt,
  likesAt,
  personBytesAt,
  personLengthAt,
  personVersionAt,
  prefixBytesAt,
  resharesAt,
  storyBytesAt,
  untilAt,
  versionAt,
} from "./items.ts";
import { createMerge, shownResharersMax } from "./merge.ts";
import { createPageTag } from "./page-tag.ts";
import { createPageText } from "./page-text.ts";
import { idOfNumber } from "./packed.ts";
import { flagsUnknown, likedFlag, resharedFlag, SharedReactions } from "./reactions.ts";
import { openFeedMemory, type FeedBuffers } from "./shared.ts";
import { openTally, type Outcome } from "./tallies.ts";

/**
 * A page of the feed from shared memory alone, without a pause, in any thread: the merge, then the
 * bytes of its items joined. Whatever memory does not hold, or changes while it is read, makes the
 * page one for the way through the record (`read.ts`), which fills memory as it goes.
 */
export interface AtOnce {
  /** Null: not from memory; why not is counted. */
  read(request: AtOnceRequest): AtOncePage | null;
}

export interface AtOnceRequest {
  readonly viewerId: Id;
  readonly below: Id | null;
  readonly limit: number;
  /** Whether the client has the page of this tag already. */
  readonly isCurrent: ((etag: string) => boolean) | null;
}

export interface AtOncePage {
  readonly etag: string;
  /** The page as JSON; null: the client has it. */
  readonly bytes: Uint8Array | null;
  /** Called with the bytes once they have been sent, if that is known. */
  readonly release: (bytes: Uint8Array) => void;
}

type Miss = Exclude<Outcome, "whole">;

/** Items whose counts are all 0 and that the viewer did nothing with, which most are, end alike. */
const reasonAuthor = `,"reason":{"type":"author","by":[],"byCount":0}}`;
const flagKinds = 4;
const noCounts = { likes: 0, comments: 0, reshares: 0 };

function viewerOf(flags: number): string {
  return viewerJson({
    liked: (flags & likedFlag) !== 0,
    reshared: (flags & resharedFlag) !== 0,
  });
}

/** What stands before each of the three counts. */
function splitCounts(): readonly [Buffer, Buffer, Buffer] {
  const [likes = "", comments = "", reshares = ""] = countsJson(noCounts).split("0");
  return [Buffer.from(likes), Buffer.from(comments), Buffer.from(reshares)];
}

const noTally = (): void => undefined;

/** A page's reading has come to something that memory does not hold. */
const whole = null;

export function createAtOnce(
  buffers: FeedBuffers,
  deps: {
    readonly cursorAfter: (id: Id) => string;
    readonly nowMs: () => number;
    readonly thread: number | null;
  },
): AtOnce {
  const memory = openFeedMemory(buffers);
  const { index, accountIds, versions } = memory;
  const { slots } = index;
  const merge = createMerge(index);
  const audience = new SharedAudience(new ShelfReader(buffers.audiences));
  const reactions = new SharedReactions(new ShelfReader(buffers.reactions));
  const stories = new ShelfReader(buffers.items.stories);
  const people = new ShelfReader(buffers.items.people);
  const tag = createPageTag();
  const text = createPageText();
  const tally = deps.thread === null ? noTally : openTally(buffers.tallies, deps.thread);
  const [likesText, commentsText, resharesText] = splitCounts();
  const viewerTails = Array.from({ length: flagKinds }, (_, flags) =>
    Buffer.from(`}${viewerOf(flags)}}`),
  );
  const authorTails = viewerTails.map((tail) => Buffer.concat([tail, Buffer.from(reasonAuthor)]));
  const plainTails = Array.from({ length: flagKinds }, (_, flags) =>
    Buffer.from(`${countsJson(noCounts)}${viewerOf(flags)}}${reasonAuthor}`),
  );

  const idAt = (slot: number): Id =>
    joinWords(
      slots[slot * slotWords + highAt] as number,
      slots[slot * slotWords + lowAt] as number,
    );

  /** What tells one item from another in the page's tag; the story's record has been found. */
  function addToTag(slot: number, flags: number): void {
    const { words, at } = stories;
    tag.add(slots[slot * slotWords + highAt] as number);
    tag.add(slots[slot * slotWords + lowAt] as number);
    tag.add(words[at + versionAt] as number);
    tag.add(words[at + authorVersionAt] as number);
    tag.add(words[at + untilAt] as number);
    tag.add(flags);
  }

  /** Finds the story's record; what is wrong with it, or null. */
  function findStory(slot: number, story: number, level: number): Miss | null {
    const high = slots[story * slotWords + highAt] as number;
    if (!stories.find(high, slots[story * slotWords + lowAt] as number)) {
      return "story";
    }
    const { words, at } = stories;
    if (versions[words[at + authorAt] as number] !== words[at + authorVersionAt]) {
      return "person";
    }
    const untilS = words[at + untilAt] as number;
    if (untilS !== 0 && !isFresh(untilS, deps.nowMs())) {
      return "story";
    }
    // Who saw the story where it stands may not see what its author has made of it since.
    const seen = slot === story ? level : 0;
    return (words[at + levelAt] as number) <= seen ? null : "hidden";
  }

  /** Adds who reshared the story to the tag and, where it is wanted, to the text. */
  function addResharers(story: number, isWritten: boolean): Miss | null {
    merge.resharersOf(audience, story);
    const { count, accounts } = merge.resharers;
    tag.add(count);
    if (isWritten) {
      text.string(`,"reason":{"type":"reshare","by":[`);
    }
    for (let i = 0; i < Math.min(count, shownResharersMax); i += 1) {
      const number = accounts[i] as number;
      const id = idOfNumber(accountIds, number);
      if (!people.find(highWord(id), lowWord(id))) {
        return "person";
      }
      const { words, at, bytes } = people;
      const version = words[at + personVersionAt] as number;
      if (versions[number] !== version) {
        return "person";
      }
      tag.add(version);
      tag.add(highWord(id));
      tag.add(lowWord(id));
      if (isWritten) {
        if (i > 0) {
          text.comma();
        }
        text.bytes(bytes, (at + personBytesAt) * 4, words[at + personLengthAt] as number);
        if (!people.isStillThere()) {
          return "changing";
        }
      }
    }
    if (isWritten) {
      text.string(`],"byCount":${String(count)}}}`);
    }
    return null;
  }

  function addItem(i: number, isWritten: boolean): Miss | null {
    const slot = merge.found.slots[i] as number;
    const story = merge.found.stories[i] as number;
    const isReshare = slot !== story;
    const wrong = findStory(slot, story, merge.found.levels[i] as number);
    if (wrong !== whole) {
      return wrong;
    }
    const flags = reactions.flagsOf(
      slots[story * slotWords + highAt] as number,
      slots[story * slotWords + lowAt] as number,
    );
    if (flags === flagsUnknown) {
      return "reactions";
    }
    addToTag(slot, flags);
    if (isWritten) {
      writeStory(slot, isReshare, flags);
    }
    return isReshare ? addResharers(story, isWritten) : null;
  }

  function writeStory(slot: number, isReshare: boolean, flags: number): void {
    const { words, bytes, at } = stories;
    const from = (at + itemBytesAt) * 4;
    const prefix = words[at + prefixBytesAt] as number;
    const story = words[at + storyBytesAt] as number;
    if (isReshare) {
      const id = idAt(slot);
      text.string(`{"id":"${String(id)}","at":"${idTime(id)}","story":`);
      text.bytes(bytes, from + prefix, story);
    } else {
      text.bytes(bytes, from, prefix + story);
    }
    const likes = words[at + likesAt] as number;
    const comments = words[at + commentsAt] as number;
    const reshares = words[at + resharesAt] as number;
    if (!isReshare && (likes | comments | reshares) === 0) {
      text.whole(plainTails[flags] as Buffer);
      return;
    }
    text.whole(likesText);
    text.number(likes);
    text.whole(commentsText);
    text.number(comments);
    text.whole(resharesText);
    text.number(reshares);
    text.whole((isReshare ? viewerTails : authorTails)[flags] as Buffer);
  }

  /** The cursor of the page that comes after the last item. */
  function writeCursor(last: number): void {
    const slot = merge.found.slots[last] as number;
    if (slot === merge.found.stories[last] && findStory(slot, slot, Infinity) === whole) {
      const { words, bytes, at } = stories;
      const before = (words[at + prefixBytesAt] as number) + (words[at + storyBytesAt] as number);
      text.bytes(bytes, (at + itemBytesAt) * 4 + before, words[at + cursorBytesAt] as number);
    } else {
      text.string(deps.cursorAfter(idAt(slot)));
    }
  }

  /** Reads the items of the page once; what was missing, or null. */
  function addItems(shown: number, hasMore: boolean, isWritten: boolean): Miss | null {
    tag.begin();
    for (let i = 0; i < shown; i += 1) {
      if (isWritten && i > 0) {
        text.comma();
      }
      const wrong = addItem(i, isWritten);
      if (wrong !== whole) {
        return wrong;
      }
      if (!stories.isStillThere()) {
        return "changing";
      }
    }
    tag.add(hasMore ? 1 : 0);
    return null;
  }

  function missed(miss: Miss): null {
    tally(miss);
    return null;
  }

  return {
    read({ viewerId, below, limit, isCurrent }) {
      const floorCount = index.floorCount();
      const floor = index.floor();
      const [high, low] = [highWord(viewerId), lowWord(viewerId)];
      if (!audience.find(high, low)) {
        return missed("audience");
      }
      const found = merge.collect(audience, { below: below ?? idMax, floor, limit: limit + 1 });
      if (found <= limit && floor !== 0n) {
        return missed("older");
      }
      if (found > 0 && !reactions.find(high, low)) {
        return missed("reactions");
      }
      for (let i = 0; i < Math.min(found, limit); i += 1) {
        const at = (merge.found.stories[i] as number) * slotWords;
        stories.touch(slots[at + highAt] as number, slots[at + lowAt] as number);
      }
      const hasMore = found > limit;
      const shown = hasMore ? limit : found;
      const isUnchanged = (): boolean =>
        audience.isStillThere() &&
        (found === 0 || reactions.isStillThere()) &&
        floorCount % 2 === 0 &&
        index.floorCount() === floorCount;

      if (isCurrent !== null) {
        const wrong = addItems(shown, hasMore, false);
        if (wrong !== whole) {
          return missed(wrong);
        }
        const etag = tag.end();
        if (isCurrent(etag)) {
          if (!isUnchanged()) {
            return missed("changing");
          }
          tally("whole");
          return { etag, bytes: null, release: text.release };
        }
      }
      text.begin();
      text.string(`{"items":[`);
      const wrong = addItems(shown, hasMore, true);
      if (wrong !== whole) {
        return missed(wrong);
      }
      if (hasMore) {
        text.string(`],"nextCursor":"`);
        writeCursor(shown - 1);
        text.string(`"}`);
        if (!stories.isStillThere()) {
          return missed("changing");
        }
      } else {
        text.string(`],"nextCursor":null}`);
      }
      if (!isUnchanged()) {
        return missed("changing");
      }
      tally("whole");
      return { etag: tag.end(), bytes: text.end(), release: text.release };
    },
  };
}

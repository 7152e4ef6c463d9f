import { idTime, type Id } from "../../kernel/id.ts";
import { createShelf, type ShelfMemory } from "../../kernel/shelf.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import type { AccountSummary } from "../accounts/contract.ts";
import { storyHeadJson, type Counts, type StoryBody } from "../stories/contract.ts";
import { visibilityLevels } from "./entries.ts";
import { createColumn, type AccountNumbers, type Column } from "./packed.ts";

/**
 * What the feed shows of stories and people, as ready-made bytes in shared memory: a story's item
 * up to its counts, which stand beside it as numbers and change in place.
 *
 * A story's bytes hold its author's summary. The author's version of it stands in the record, and
 * the version that is right in `versions`: where the two differ, the record is out of date.
 */
export interface Items {
  /** Keeps the story as memory holds it at this moment. */
  put(body: StoryBody, counts: Counts, author: AccountSummary): void;
  /** Whether a page could be made of what is kept of the story. */
  holds(storyId: Id): boolean;
  holdsPerson(id: Id): boolean;
  /** Keeps a person's summary, as memory holds it at this moment, for those who reshared. */
  putPerson(person: AccountSummary): void;
  /** The counts are these now; null: they are not known any more. */
  setCounts(storyId: Id, counts: Counts | null): void;
  /** The story has this version now: what is kept of an older one is not true any more. */
  drop(storyId: Id, version: number): void;
  /** The person has this version now: what is kept of an older one, also in stories, is not true any more. */
  personChanged(id: Id, version: number): void;
  bytes(): number;
  count(): number;
  readonly memory: ItemsMemory;
}

export interface ItemsMemory {
  readonly stories: ShelfMemory;
  readonly people: ShelfMemory;
  /** By account number: the version of the summary that is right, or 0 when none is known to be. */
  readonly versions: SharedArrayBuffer;
}

/** Words of a story's record, before its bytes. */
export const versionAt = 0;
export const authorAt = 1;
export const authorVersionAt = 2;
/** The least level that sees it. */
export const levelAt = 3;
export const likesAt = 4;
export const commentsAt = 5;
export const resharesAt = 6;
/** How many bytes each part has: what comes before the story, the story, and a cursor that begins below it. */
export const prefixBytesAt = 7;
export const storyBytesAt = 8;
export const cursorBytesAt = 9;
/** Seconds since 1970 from which on its addresses are to be made anew; 0: never. */
export const untilAt = 10;
export const itemBytesAt = 11;

/** Words of a person's record, before its bytes. */
export const personVersionAt = 0;
export const personLengthAt = 1;
export const personBytesAt = 2;

const wordBytes = 4;
const msPerSecond = 1_000;
/** As records are counted on average when the number of their places is chosen. */
const bytesByRecord = 512;
/** Of all memory for items: resharers are few beside stories. */
const peopleShare = 16;

/** Whether what is kept until then may still be shown; 0: for ever. */
export function isFresh(untilS: number, nowMs: number): boolean {
  return untilS === 0 || untilS * msPerSecond > nowMs;
}

export function createItems(deps: {
  readonly bytesMax: number;
  readonly accountsMax: number;
  readonly accounts: AccountNumbers;
  /** The cursor of the page that comes after an item. */
  readonly cursorAfter: (id: Id) => string;
  readonly nowMs: () => number;
}): Items {
  const { accounts, cursorAfter, nowMs } = deps;
  const shelfOf = (bytesMax: number): ReturnType<typeof createShelf> =>
    createShelf({ bytesMax, entriesMax: Math.ceil(bytesMax / bytesByRecord) });
  const peopleBytes = Math.floor(deps.bytesMax / peopleShare);
  const stories = shelfOf(deps.bytesMax - peopleBytes);
  const people = shelfOf(peopleBytes);
  const versions: Column = createColumn(deps.accountsMax + 1);

  /** Each stream that is told of a story puts it once more. */
  function isKept({ id, version, untilS }: StoryBody, author: AccountSummary): boolean {
    const { reader } = stories;
    if (!reader.find(highWord(id), lowWord(id))) {
      return false;
    }
    const { words, at } = reader;
    return (
      words[at + versionAt] === version &&
      words[at + untilAt] === untilS &&
      words[at + authorVersionAt] === author.version &&
      versions[words[at + authorAt] as number] === author.version
    );
  }

  function setCounts(storyId: Id, counts: Counts | null): void {
    const [high, low] = [highWord(storyId), lowWord(storyId)];
    if (!stories.reader.find(high, low)) {
      return;
    }
    if (counts === null) {
      stories.remove(high, low);
      return;
    }
    const { words, at } = stories.reader;
    words[at + likesAt] = counts.likes;
    words[at + commentsAt] = counts.comments;
    words[at + resharesAt] = counts.reshares;
  }

  function holds(storyId: Id): boolean {
    const { reader } = stories;
    if (!reader.find(highWord(storyId), lowWord(storyId))) {
      return false;
    }
    const { words, at } = reader;
    return (
      versions[words[at + authorAt] as number] === words[at + authorVersionAt] &&
      isFresh(words[at + untilAt] as number, nowMs())
    );
  }

  function holdsPerson(id: Id): boolean {
    const { reader } = people;
    return (
      reader.find(highWord(id), lowWord(id)) &&
      versions[accounts.find(id)] === reader.words[reader.at + personVersionAt]
    );
  }

  return {
    holds,
    holdsPerson,
    put(body, counts, author) {
      const { id } = body;
      if (isKept(body, author)) {
        setCounts(id, counts);
        return;
      }
      const prefix = Buffer.from(`{"id":"${String(id)}","at":"${idTime(id)}","story":`);
      const story = Buffer.from(storyHeadJson(body, author.json));
      const cursor = Buffer.from(cursorAfter(id));
      const bytes = prefix.length + story.length + cursor.length;
      const length = itemBytesAt + Math.ceil(bytes / wordBytes);
      const number = accounts.of(body.authorId);
      versions[number] = author.version;
      stories.put(highWord(id), lowWord(id), length, (words, at) => {
        words[at + versionAt] = body.version;
        words[at + authorAt] = number;
        words[at + authorVersionAt] = author.version;
        words[at + levelAt] = visibilityLevels[body.visibility];
        words[at + likesAt] = counts.likes;
        words[at + commentsAt] = counts.comments;
        words[at + resharesAt] = counts.reshares;
        words[at + prefixBytesAt] = prefix.length;
        words[at + storyBytesAt] = story.length;
        words[at + cursorBytesAt] = cursor.length;
        words[at + untilAt] = body.untilS;
        const to = new Uint8Array(words.buffer, (at + itemBytesAt) * wordBytes, bytes);
        to.set(prefix);
        to.set(story, prefix.length);
        to.set(cursor, prefix.length + story.length);
      });
    },
    putPerson({ id, version, json }) {
      const bytes = Buffer.from(json);
      const length = personBytesAt + Math.ceil(bytes.length / wordBytes);
      versions[accounts.of(id)] = version;
      people.put(highWord(id), lowWord(id), length, (words, at) => {
        words[at + personVersionAt] = version;
        words[at + personLengthAt] = bytes.length;
        new Uint8Array(words.buffer, (at + personBytesAt) * wordBytes, bytes.length).set(bytes);
      });
    },
    setCounts,
    drop(storyId, version) {
      const [high, low] = [highWord(storyId), lowWord(storyId)];
      const { reader } = stories;
      if (reader.find(high, low) && (reader.words[reader.at + versionAt] as number) < version) {
        stories.remove(high, low);
      }
    },
    personChanged(id, version) {
      const number = accounts.find(id);
      if (number !== 0 && (versions[number] as number) < version) {
        versions[number] = 0;
      }
    },
    bytes: () => stories.bytes() + people.bytes(),
    count: stories.count,
    memory: {
      stories: stories.memory,
      people: people.memory,
      versions: versions.buffer as SharedArrayBuffer,
    },
  };
}

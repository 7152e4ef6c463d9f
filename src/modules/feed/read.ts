import { assert } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import { idMax, idTime, type Id } from "../../kernel/id.ts";
import { highWord, lowWord } from "../../kernel/words.ts";
import type { AccountSummary, Accounts } from "../accounts/contract.ts";
import {
  storyJson,
  type Counts,
  type FeedEntry,
  type Stories,
  type StoryBody,
  type ViewerFlags,
} from "../stories/contract.ts";
import { unpackLists, type Audiences, type ViewerAudience } from "./audiences.ts";
import type { Items } from "./items.ts";
import { type AccountNumbers } from "./packed.ts";
import { createPageTag } from "./page-tag.ts";
import type { Placement } from "./placement.ts";
import { likedFlag, resharedFlag, type Reactions } from "./reactions.ts";
import type { StoryIndex } from "./story-index.ts";

/**
 * A feed read in four steps: whom the viewer sees (audience), what stands in the page (skeleton),
 * what it says (hydrate), and how it is written (present).
 */
export interface FeedItem {
  readonly entry: FeedEntry;
  readonly author: AccountSummary;
  readonly by: readonly AccountSummary[];
  readonly body: StoryBody;
  readonly counts: Counts;
  readonly flags: ViewerFlags;
}

export interface FeedPage {
  readonly items: readonly FeedItem[];
  /** The next page begins below this id; null at the end. */
  readonly nextBelow: Id | null;
}

export interface FeedRead {
  /** Pages that are being read. */
  underWay(): number;
  page(
    context: Context,
    viewerId: Id,
    range: { readonly below: Id | null; readonly limit: number },
  ): Promise<FeedPage>;
  /**
   * Takes what memory lacks of the page into it, and nothing else. False: the page does not lie in
   * the window alone.
   */
  complete(
    context: Context,
    viewerId: Id,
    range: { readonly below: Id | null; readonly limit: number },
  ): Promise<boolean>;
  /** Takes a story that was just published into memory, before its readers come. */
  prepare(context: Context, storyId: Id, authorId: Id): Promise<void>;
  /** What of these entries is still there for the viewer, in their order. */
  hydrate(
    context: Context,
    audience: ViewerAudience,
    entries: readonly FeedEntry[],
  ): Promise<FeedItem[]>;
}

/** Stretches of the record that one page of the feed may look at when it finds too little to show. */
const olderReadsMax = 4;

interface Skeleton {
  readonly entries: readonly FeedEntry[];
  /** Everything at or above has been looked at; null: there is nothing below. */
  readonly reachedId: Id | null;
  readonly readsOfRecord: number;
}

export function createFeedRead(deps: {
  readonly index: StoryIndex;
  readonly placement: Placement;
  readonly audiences: Audiences;
  readonly numbers: AccountNumbers;
  readonly reactions: Pick<Reactions, "flags" | "load">;
  readonly items: Pick<Items, "put" | "putPerson" | "holds" | "holdsPerson">;
  readonly accounts: () => Accounts;
  readonly stories: () => Stories;
}): FeedRead {
  const { index, placement, audiences, numbers, reactions, items: kept, accounts, stories } = deps;

  async function skeleton(
    context: Context,
    audience: ViewerAudience,
    range: { readonly below: Id; readonly limit: number },
  ): Promise<Skeleton> {
    // Read once: whatever the floor does meanwhile, the two halves of this page meet here.
    const floor = context.bypassViews ? idMax : index.floor();
    const { below, limit } = range;
    const entries = below > floor ? placement.page(audience, { below, floor, limit }) : [];
    const last = entries.at(-1);
    if (entries.length >= limit && last !== undefined) {
      return { entries, reachedId: last.id, readsOfRecord: 0 };
    }
    if (floor === 0n) {
      return { entries, reachedId: null, readsOfRecord: 0 };
    }
    const lists = unpackLists(audience);
    const ids = (list: Uint32Array): Id[] => Array.from(list, (number) => numbers.idOf(number));
    const older = await stories().older(context, {
      viewerId: numbers.idOf(audience.viewer),
      friendIds: ids(lists.friends),
      followedIds: ids(lists.followed),
      excludedIds: ids(lists.excluded),
      peopleKnown: numbers.count(),
      below: below < floor ? below : floor,
      limit: limit - entries.length,
    });
    return {
      entries: [...entries, ...older.entries],
      reachedId: older.scannedTo,
      readsOfRecord: 1,
    };
  }

  /** Who saw the story where it stands may not see what its author has made of it since. */
  function isShown(audience: ViewerAudience, entry: FeedEntry, body: StoryBody): boolean {
    return entry.resharedByCount > 0
      ? body.visibility === "public"
      : placement.sees(audience, entry.authorId, body.visibility);
  }

  async function hydrate(
    context: Context,
    audience: ViewerAudience,
    entries: readonly FeedEntry[],
  ): Promise<FeedItem[]> {
    if (entries.length === 0) {
      return [];
    }
    const storyIds = entries.map((entry) => entry.storyId);
    const viewerId = numbers.idOf(audience.viewer);
    const people = entries.flatMap((entry) => [entry.authorId, ...entry.resharedBy]);
    const [bodies, counts, flags, summaries] = await Promise.all([
      stories().bodies(context, storyIds),
      stories().counts(context, storyIds),
      reactions.flags(context, viewerId, storyIds),
      accounts().summaries(context, people),
    ]);
    const items: FeedItem[] = [];
    let person = 0;
    entries.forEach((entry, i) => {
      const author = summaries[person] ?? null;
      const by = summaries.slice(person + 1, person + 1 + entry.resharedBy.length);
      person += 1 + entry.resharedBy.length;
      const body = bodies[i] ?? null;
      const count = counts[i];
      const flag = flags[i];
      assert(count !== undefined && flag !== undefined, "counts and flags come for every story");
      const shownBy = by.filter((one) => one !== null);
      const isByNobody = entry.resharedByCount > 0 && shownBy.length === 0;
      // Gone since it was placed: deleted, narrowed, or its author or all who reshared it are not
      // there any more.
      if (body !== null && author !== null && !isByNobody && isShown(audience, entry, body)) {
        items.push({ entry, author, body, counts: count, flags: flag, by: shownBy });
      }
    });
    if (!context.bypassViews) {
      items.forEach(({ entry }) => {
        keep(entry);
      });
    }
    return items;
  }

  /** So that the next page that shows it is read from memory; as memory holds it at this moment. */
  function keep(entry: Pick<FeedEntry, "storyId" | "resharedBy">): void {
    const story = stories().held(entry.storyId);
    const author = story === null ? null : accounts().held(story.body.authorId);
    if (story !== null && author !== null) {
      kept.put(story.body, story.counts, author);
    }
    for (const id of entry.resharedBy) {
      const person = accounts().held(id);
      if (person !== null) {
        kept.putPerson(person);
      }
    }
  }

  async function completePage(
    context: Context,
    viewerId: Id,
    { below, limit }: { readonly below: Id | null; readonly limit: number },
  ): Promise<boolean> {
    const [audience] = await Promise.all([
      audiences.of(context, viewerId),
      reactions.load(context, viewerId),
    ]);
    const floor = index.floor();
    const entries = placement.page(audience, { below: below ?? idMax, floor, limit: limit + 1 });
    if (entries.length <= limit && floor !== 0n) {
      return false;
    }
    const lacking = entries
      .slice(0, limit)
      .filter((entry) => !kept.holds(entry.storyId) || !entry.resharedBy.every(kept.holdsPerson));
    if (lacking.length > 0) {
      const storyIds = lacking.map((entry) => entry.storyId);
      await Promise.all([
        stories().bodies(context, storyIds),
        stories().counts(context, storyIds),
        accounts().summaries(
          context,
          lacking.flatMap((entry) => [entry.authorId, ...entry.resharedBy]),
        ),
      ]);
      lacking.forEach(keep);
    }
    return true;
  }

  async function readPage(
    context: Context,
    viewerId: Id,
    range: { readonly below: Id | null; readonly limit: number },
  ): Promise<FeedPage> {
    const audience = await audiences.of(context, viewerId);
    const items: FeedItem[] = [];
    let below: Id | null = range.below ?? idMax;
    // Every page is full or the last; only a long stretch of the record without anything to show
    // may end one early, and then it has a cursor.
    let reads = 0;
    while (below !== null && items.length <= range.limit && reads < olderReadsMax) {
      context.deadline.check();
      const limit = range.limit + 1 - items.length;
      const found: Skeleton = await skeleton(context, audience, { below, limit });
      reads += found.readsOfRecord;
      items.push(...(await hydrate(context, audience, found.entries)));
      below = found.reachedId;
    }
    if (items.length > range.limit) {
      const shown = items.slice(0, range.limit);
      return { items: shown, nextBelow: shown.at(-1)?.entry.id ?? null };
    }
    return { items, nextBelow: below };
  }

  let pages = 0;

  async function counted<T>(work: Promise<T>): Promise<T> {
    pages += 1;
    try {
      return await work;
    } finally {
      pages -= 1;
    }
  }

  return {
    hydrate,
    underWay: () => pages,
    complete: (...request) => counted(completePage(...request)),
    async prepare(context, storyId, authorId) {
      await Promise.all([
        stories().bodies(context, [storyId]),
        stories().counts(context, [storyId]),
        accounts().summaries(context, [authorId]),
      ]);
      keep({ storyId, resharedBy: [] });
    },
    page: (...request) => counted(readPage(...request)),
  };
}

export function itemJson(item: FeedItem): string {
  const { entry, author, body, counts, flags, by } = item;
  const reason =
    entry.resharedByCount === 0
      ? `{"type":"author","by":[],"byCount":0}`
      : `{"type":"reshare","by":[${by.map((one) => one.json).join(",")}],"byCount":${String(entry.resharedByCount)}}`;
  const story = storyJson({ body, authorJson: author.json, counts, flags });
  return `{"id":"${String(entry.id)}","at":"${idTime(entry.id)}","story":${story},"reason":${reason}}`;
}

export function pageJson(page: FeedPage, nextCursor: string | null): string {
  return `{"items":[${page.items.map(itemJson).join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}

const pageTag = createPageTag();

/** The same tag as a page from memory has (`page-tag.ts`). */
export function etagOf(page: FeedPage): string {
  const addId = (id: Id): void => {
    pageTag.add(highWord(id));
    pageTag.add(lowWord(id));
  };
  pageTag.begin();
  for (const { entry, body, author, flags, by } of page.items) {
    addId(entry.id);
    pageTag.add(body.version);
    pageTag.add(author.version);
    pageTag.add(body.untilS);
    pageTag.add((flags.liked ? likedFlag : 0) | (flags.reshared ? resharedFlag : 0));
    if (entry.resharedByCount > 0) {
      pageTag.add(entry.resharedByCount);
      for (const person of by) {
        pageTag.add(person.version);
        addId(person.id);
      }
    }
  }
  pageTag.add(page.nextBelow === null ? 0 : 1);
  return pageTag.end();
}

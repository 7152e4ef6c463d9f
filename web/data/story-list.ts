import type { Person, Story } from "./client.ts";
import { createSignal } from "./signal.ts";
import type { Stories } from "./stories.ts";

/**
 * A list of stories, newest first, read page by page as the reader scrolls. It holds ids; the
 * stories themselves are in `Stories`. It keeps the reader's place: what is newer than its head
 * waits until it is asked for, and what the server no longer shows disappears when it is looked at
 * again after `refresh`.
 */
export interface StoryList {
  state(): StoryListState;
  listen(listener: () => void): () => void;
  /** Reads the first page if nothing was read yet. */
  start(): void;
  /** Reads the next page, unless one is being read or there is none. */
  more(): void;
  /** Takes in a story that someone told of: at its place, or with the new ones. */
  add(item: ListItem): void;
  /** Lets the new ones in, at the top. */
  showNew(): void;
  /** Something may have been missed: what is in view is read again, and what is new looked for. */
  refresh(): void;
  /** The entries from `first` to `last` are in view: what is missing of them is read. */
  look(first: number, last: number): void;
}

export interface Reason {
  readonly by: readonly Person[];
  readonly byCount: number;
}

export interface ListItem {
  /** Where it stands: a decimal number; greater is newer. */
  readonly id: string;
  /** Who reshared it, where that is why it is here. */
  readonly reason: Reason | null;
  readonly story: Story;
}

export interface Entry {
  readonly id: string;
  readonly storyId: string;
  readonly reason: Reason | null;
}

export type Phase =
  /** Nothing is being read. */
  | "idle"
  | "loading"
  /** The last page could not be read. */
  | "failed"
  /** There is no more. */
  | "end";

export interface StoryListState {
  readonly entries: readonly Entry[];
  /** How many new ones wait. */
  readonly newCount: number;
  /** More wait than were counted. */
  readonly hasMoreNew: boolean;
  readonly phase: Phase;
  readonly error: unknown;
  /** The first page has been read. */
  readonly isStarted: boolean;
}

export interface ListPage {
  readonly items: readonly ListItem[];
  readonly nextCursor: string | null;
}

interface OwnEntry extends Entry {
  /** Reading this cursor, and going on from there, comes to the entry. */
  cursor: string | null;
  /** The refresh since which it is known to be there. */
  turn: number;
  /** When it came in: a page that was asked for before cannot tell that it is gone. */
  readonly since: number;
}

/** More new stories than this are not counted: showing them begins the list again. */
export const newCountMax = 99;
const retryMinMs = 2_000;
const retrySpreadMs = 6_000;

export interface StoryListDeps {
  readonly stories: Stories;
  readonly read: (cursor: string | null) => Promise<ListPage>;
  readonly readStory: (id: string) => Promise<Story | "gone">;
  /** Calls back after some time; a test's own is at once. */
  readonly later?: (job: () => void, ms: number) => void;
}

export function createStoryList(deps: StoryListDeps): StoryList {
  const { stories, read, readStory } = deps;
  const later = deps.later ?? ((job, ms) => void setTimeout(job, ms));
  const changed = createSignal();
  let entries: OwnEntry[] = [];
  let fresh: OwnEntry[] = [];
  let hasMoreNew = false;
  let nextCursor: string | null = null;
  /** The oldest that was read; what is older comes with `nextCursor`. */
  let reach: { readonly id: string } | undefined;
  let phase: Phase = "idle";
  let error: unknown = null;
  let isStarted = false;
  /** Rises with each refresh: entries of an earlier turn are to be seen again. */
  let turn = 0;
  let time = 0;
  /** Rises each time that the list begins again, empty. */
  let beginnings = 0;
  let wantsMore = false;
  let wantsTop = false;
  let isReading = false;
  let isPaused = false;
  let inView = { first: 0, last: -1 };
  let state: StoryListState | null = null;

  function update(): void {
    state = null;
    changed.tell();
  }

  /** One read at a time: what is wanted most comes first. */
  async function work(): Promise<void> {
    const job = isReading || isPaused ? null : nextJob();
    if (job === null) {
      return;
    }
    isReading = true;
    try {
      await job();
      error = null;
    } catch (caught) {
      error = caught;
      isPaused = true;
      phase = wantsMore ? "failed" : phase;
      later(goOn, retryMinMs + Math.random() * retrySpreadMs);
    } finally {
      isReading = false;
    }
    update();
    await work();
  }

  function goOn(): void {
    isPaused = false;
    void work();
  }

  function nextJob(): (() => Promise<void>) | null {
    if (wantsTop && isStarted) {
      return lookForNew;
    }
    const entry = entries
      .slice(Math.max(0, inView.first), inView.last + 1)
      .find(({ turn: seen, storyId }) => seen < turn || stories.get(storyId) === undefined);
    if (entry !== undefined) {
      return () => (hasMoreNew ? readOne(entry) : readStretch(entry.cursor));
    }
    return wantsMore ? readMore : null;
  }

  async function readPage(cursor: string | null): Promise<ListPage> {
    const page = await read(cursor);
    for (const { story } of page.items) {
      stories.put(story);
    }
    return page;
  }

  async function readMore(): Promise<void> {
    phase = "loading";
    update();
    const [seenIn, begunIn] = [turn, beginnings];
    const cursor = nextCursor;
    const page = await readPage(cursor);
    if (begunIn !== beginnings) {
      // It belongs to a list that is no more.
      return;
    }
    time += 1;
    const known = new Set([...entries, ...fresh].map(({ storyId }) => storyId));
    for (const item of page.items) {
      if (!known.has(item.story.id)) {
        entries = insert(entries, entryOf(item, cursor, { turn: seenIn, since: time }));
      }
    }
    reach = page.items.at(-1) ?? reach;
    nextCursor = page.nextCursor;
    phase = nextCursor === null ? "end" : "idle";
    isStarted = true;
    wantsMore = false;
  }

  /** The top is read, so that what is new is known even when the reader is far below. */
  async function lookForNew(): Promise<void> {
    const seenIn = turn;
    await readStretch(null);
    // Whoever wants it once more has not been told yet.
    wantsTop &&= seenIn !== turn;
  }

  async function readStretch(cursor: string | null): Promise<void> {
    const seenIn = turn;
    const askedAt = time;
    const page = await readPage(cursor);
    if (seenIn === turn) {
      reconcile(cursor, page, askedAt);
    }
  }

  /** For when so much is new that what is in view cannot be come to from the top. */
  async function readOne(entry: OwnEntry): Promise<void> {
    const story = await readStory(entry.storyId);
    if (story === "gone") {
      stories.remove(entry.storyId);
    } else {
      stories.put(story);
      entry.turn = turn;
    }
  }

  /** Compares what was read at `cursor` with what is held of the same stretch. */
  function reconcile(cursor: string | null, page: ListPage, askedAt: number): void {
    const there = new Map(page.items.map((item) => [item.id, item]));
    const last = page.items.at(-1);
    const isEnd = page.nextCursor === null;
    const isInStretch = (entry: OwnEntry): boolean =>
      entry.cursor === cursor &&
      entry.since <= askedAt &&
      (isEnd || (last !== undefined && !isNewer(last, entry)));
    const remains = (entry: OwnEntry): boolean => !isInStretch(entry) || there.has(entry.id);
    entries = entries.filter(remains);
    fresh = fresh.filter(remains);
    admitToEmpty();
    for (const entry of [...entries, ...fresh]) {
      if (there.has(entry.id)) {
        entry.turn = turn;
      } else if (entry.cursor === cursor && !isEnd) {
        // The stretch has grown: what lies below is come to by the next cursor.
        entry.cursor = page.nextCursor;
      }
    }
    for (const item of page.items) {
      place(item, cursor);
    }
  }

  /** Puts an item where it belongs; what belongs below all that was read comes with its page. */
  function place(item: ListItem, cursor: string | null): void {
    if ([...entries, ...fresh].some(({ storyId }) => storyId === item.story.id)) {
      return;
    }
    time += 1;
    const entry = entryOf(item, cursor, { turn, since: time });
    const [head] = entries;
    if (head !== undefined && isNewer(entry, head)) {
      fresh = insert(fresh, entry);
      hasMoreNew ||= fresh.length > newCountMax;
    } else if (reach === undefined || isNewer(entry, reach) || phase === "end") {
      entries = insert(entries, entry);
    }
  }

  /** Above an empty list nothing can wait. */
  function admitToEmpty(): void {
    if (entries.length === 0) {
      admitNew();
    }
  }

  function admitNew(): void {
    entries = fresh.concat(entries);
    fresh = [];
  }

  function beginAgain(): void {
    entries = [];
    fresh = [];
    hasMoreNew = false;
    nextCursor = null;
    reach = undefined;
    isStarted = false;
    wantsMore = true;
    wantsTop = false;
    turn += 1;
    beginnings += 1;
  }

  stories.onGone((id) => {
    const isOther = (entry: Entry): boolean => entry.storyId !== id;
    if (!entries.every(isOther) || !fresh.every(isOther)) {
      entries = entries.filter(isOther);
      fresh = fresh.filter(isOther);
      admitToEmpty();
      update();
    }
  });

  return {
    state() {
      state ??= {
        entries,
        newCount: Math.min(fresh.length, newCountMax),
        hasMoreNew,
        phase,
        error,
        isStarted,
      };
      return state;
    },
    listen: (listener) => changed.listen(listener),
    start() {
      wantsMore ||= !isStarted;
      void work();
    },
    more() {
      wantsMore ||= isStarted && phase !== "end";
      isPaused = false;
      void work();
    },
    add(item) {
      stories.put(item.story);
      if (isStarted) {
        place(item, null);
        update();
      }
    },
    showNew() {
      if (hasMoreNew) {
        beginAgain();
        void work();
      } else {
        admitNew();
      }
      update();
    },
    refresh() {
      turn += 1;
      wantsTop = isStarted;
      wantsMore ||= !isStarted;
      isPaused = false;
      void work();
    },
    look(first, last) {
      inView = { first, last };
      void work();
    },
  };
}

function entryOf(
  item: ListItem,
  cursor: string | null,
  seen: Pick<OwnEntry, "turn" | "since">,
): OwnEntry {
  return { id: item.id, storyId: item.story.id, reason: item.reason, cursor, ...seen };
}

function isNewer(a: { readonly id: string }, b: { readonly id: string }): boolean {
  return a.id.length === b.id.length ? a.id > b.id : a.id.length > b.id.length;
}

/** Into a list that is sorted, newest first. */
function insert(list: readonly OwnEntry[], entry: OwnEntry): OwnEntry[] {
  const at = list.findLastIndex((other) => isNewer(other, entry)) + 1;
  return [...list.slice(0, at), entry, ...list.slice(at)];
}

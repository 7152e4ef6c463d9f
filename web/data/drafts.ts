import { idempotencyKey } from "../../sdk/key.ts";
import type { Comment, Story, Visibility } from "./client.ts";
import { nameOf, placeOf } from "./draft-places.ts";
import { parseRecord, type DraftRecord } from "./draft-record.ts";
import { createDraft, type Draft, type DraftDeps } from "./draft.ts";
import { lasting, type Memory } from "./memory.ts";
import { commentSender, storySender } from "./sending.ts";
import { createSignal, type Signal } from "./signal.ts";

/** What a person writes and has written without its being sent yet, by the place where it stands. */
export interface Drafts {
  newStory(): Draft<Story>;
  /** A change of a story that is there. */
  change(story: Pick<Story, "id" | "text" | "visibility">): Draft<Story>;
  comment(storyId: string, parentId: string | null): Draft<Comment>;
  /** The comments of a story to which an answer was begun. */
  begunAnswers(storyId: string): ReadonlySet<string>;
  /** What was published or changed, from whichever place. */
  readonly sent: Signal<SentThing>;
  /** Goes on with what was sent off earlier, and with what other tabs do; the end lets it rest. */
  begin(): () => void;
  /** The connection is back: what waits is tried again. */
  wake(): void;
}

export type SentThing =
  | {
      readonly kind: "story";
      readonly story: Story;
      readonly isNew: boolean;
      /** False: its writer has changed it since. */
      readonly isLast: boolean;
    }
  | { readonly kind: "comment"; readonly comment: Comment };

/** Drafts that nobody came back to for so many others are let go. */
const draftsKeptMax = 60;
/** Spreads the pages that the same thing woke. */
const wakeSpreadMs = 1_000;

export function createDrafts(accountId: string, memory: Memory = lasting): Drafts {
  const beginning = `maru.draft.${accountId}.`;
  const visibilityKey = `maru.visibility.${accountId}`;
  const stories = new Map<string, Draft<Story>>();
  const comments = new Map<string, Draft<Comment>>();
  const sent = createSignal<SentThing>();

  function depsOf<T>(name: string): Omit<DraftDeps<T>, "sender" | "begin"> {
    const key = `${beginning}${name}`;
    return {
      load: () => parseRecord(memory.read(key)),
      save(record) {
        if (record === null) {
          memory.remove(key);
        } else {
          memory.write(key, JSON.stringify(record));
        }
      },
      newKey: idempotencyKey,
      nowMs: Date.now,
      later(job, ms) {
        const timer = setTimeout(job, ms);
        return () => {
          clearTimeout(timer);
        };
      },
      chance: Math.random,
      alone: (job) => alone(key, job),
    };
  }

  function newStory(): Draft<Story> {
    return held(stories, "story", () => {
      const draft = createDraft<Story>({
        ...depsOf("story"),
        sender: storySender(),
        begin: () => ({
          written: { text: "", visibility: lastVisibility() },
          arrived: null,
        }),
      });
      draft.sent.listen(({ value, isLast }) => {
        memory.write(visibilityKey, value.visibility);
        sent.tell({ kind: "story", story: value, isNew: true, isLast });
      });
      return draft;
    });
  }

  function lastVisibility(): Visibility {
    const last = memory.read(visibilityKey);
    return last === "friends" || last === "self" ? last : "public";
  }

  function change(story: Parameters<Drafts["change"]>[0]): Draft<Story> {
    const name = nameOf({ kind: "change", id: story.id });
    const { id, text, visibility } = story;
    const as = { text, visibility };
    stories.get(name)?.keepNow();
    if (memory.read(`${beginning}${name}`) === null) {
      // Nothing was changed here: it begins with the story as it is now.
      stories.delete(name);
    }
    return held(stories, name, () => {
      const draft = createDraft<Story>({
        ...depsOf(name),
        sender: storySender(),
        begin: () => ({ written: as, arrived: { id, as } }),
      });
      draft.sent.listen(({ value, isLast }) => {
        sent.tell({ kind: "story", story: value, isNew: false, isLast });
      });
      return draft;
    });
  }

  function comment(storyId: string, parentId: string | null): Draft<Comment> {
    const name = nameOf({ kind: "comment", storyId, parentId });
    return held(comments, name, () => {
      const draft = createDraft<Comment>({
        ...depsOf(name),
        sender: commentSender(storyId, parentId),
        begin: () => ({ written: { text: "", visibility: null }, arrived: null }),
      });
      draft.sent.listen(({ value }) => {
        sent.tell({ kind: "comment", comment: value });
      });
      return draft;
    });
  }

  /** The draft that is kept under a name goes on by itself when it was to be sent. */
  function open(name: string, { written, arrived }: DraftRecord): void {
    const place = placeOf(name);
    if (place?.kind === "story") {
      newStory();
    } else if (place?.kind === "comment") {
      comment(place.storyId, place.parentId);
    } else if (place !== null) {
      const { text, visibility } = arrived?.as ?? written;
      change({ id: place.id, text, visibility: visibility ?? "public" });
    }
  }

  function kept(): readonly (readonly [string, DraftRecord])[] {
    return memory.keys(beginning).flatMap((key) => {
      const record = parseRecord(memory.read(key));
      return record === null ? [] : [[key.slice(beginning.length), record] as const];
    });
  }

  function goOn(): void {
    const records = kept();
    for (const [name, record] of records) {
      if (record.isWanted) {
        open(name, record);
      }
    }
    records
      .filter(([, { isWanted, sent: unanswered }]) => !isWanted && unanswered.length === 0)
      .toSorted(([, a], [, b]) => b.changedAtMs - a.changedAtMs)
      .slice(draftsKeptMax)
      .forEach(([name]) => {
        memory.remove(`${beginning}${name}`);
      });
  }

  function all(): readonly (Draft<Story> | Draft<Comment>)[] {
    return [...stories.values(), ...comments.values()];
  }

  function keepNow(): void {
    all().forEach((draft) => {
      draft.keepNow();
    });
  }

  return {
    newStory,
    change,
    comment,
    begunAnswers(storyId) {
      const places = kept().map(([name]) => placeOf(name));
      return new Set(
        places.flatMap((place) =>
          place?.kind === "comment" && place.storyId === storyId && place.parentId !== null
            ? [place.parentId]
            : [],
        ),
      );
    },
    sent,
    begin() {
      const told = ({ key }: StorageEvent): void => {
        if (key?.startsWith(beginning) === true) {
          const name = key.slice(beginning.length);
          (stories.get(name) ?? comments.get(name))?.look();
        }
      };
      const hidden = (): void => {
        if (document.visibilityState === "hidden") {
          keepNow();
        }
      };
      globalThis.addEventListener("storage", told);
      globalThis.addEventListener("pagehide", keepNow);
      document.addEventListener("visibilitychange", hidden);
      goOn();
      return () => {
        globalThis.removeEventListener("storage", told);
        globalThis.removeEventListener("pagehide", keepNow);
        document.removeEventListener("visibilitychange", hidden);
        all().forEach((draft) => {
          draft.end();
        });
        stories.clear();
        comments.clear();
      };
    },
    wake() {
      setTimeout(() => {
        all().forEach((draft) => {
          draft.wake();
        });
      }, Math.random() * wakeSpreadMs);
    },
  };
}

function held<T>(drafts: Map<string, T>, name: string, make: () => T): T {
  const draft = drafts.get(name) ?? make();
  drafts.set(name, draft);
  return draft;
}

/** While no other tab does the same; without locks (plain http) the key alone keeps it from harm. */
async function alone(name: string, job: () => Promise<void>): Promise<void> {
  if ("locks" in navigator) {
    await navigator.locks.request(name, job);
  } else {
    await job();
  }
}

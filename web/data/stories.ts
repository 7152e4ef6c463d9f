import type { Story } from "./client.ts";
import { createSignal } from "./signal.ts";

/** "gone": deleted, or out of the reader's sight. Undefined: not held (any more); to be read. */
export type HeldStory = Story | "gone" | undefined;

/**
 * Each story that the page knows, once, by its id: cards and pages of a story look here, lists hold
 * ids. Bounded: the least recently looked at goes first, never one that is being looked at.
 */
export interface Stories {
  get(id: string): HeldStory;
  /** Takes what the server said last. */
  put(story: Story): void;
  /** Changes a story that is held; nothing happens to one that is not. */
  change(id: string, change: (story: Story) => Story): void;
  remove(id: string): void;
  /** This person's stories name and picture them as they are now. */
  renewAuthor(author: Story["author"]): void;
  /** Everything by this person. */
  removeBy(accountId: string): void;
  /** Calls when this story changes; while someone listens, it is not let go. */
  listen(id: string, listener: () => void): () => void;
  /** Calls with the id of each story that is gone. */
  onGone(listener: (id: string) => void): () => void;
  clear(): void;
  size(): number;
}

const storiesHeldMax = 1_000;

export function createStories(options: { readonly heldMax?: number } = {}): Stories {
  const { heldMax = storiesHeldMax } = options;
  const held = new Map<string, Story | "gone">();
  const listeners = new Map<string, Set<() => void>>();
  const gone = createSignal<string>();

  function tell(id: string): void {
    for (const listener of [...(listeners.get(id) ?? [])]) {
      listener();
    }
  }

  function set(id: string, story: Story | "gone"): void {
    held.delete(id);
    held.set(id, story);
    if (held.size > heldMax) {
      letGo();
    }
    tell(id);
  }

  /** Map keeps the order of insertion, so what comes first has not been touched for longest. */
  function letGo(): void {
    for (const id of held.keys()) {
      if (held.size <= heldMax) {
        return;
      }
      if (!listeners.has(id)) {
        held.delete(id);
      }
    }
  }

  function remove(id: string): void {
    if (held.get(id) === "gone") {
      return;
    }
    set(id, "gone");
    gone.tell(id);
  }

  return {
    get: (id) => held.get(id),
    put(story) {
      set(story.id, story);
    },
    change(id, change) {
      const story = held.get(id);
      if (story !== undefined && story !== "gone") {
        held.set(id, change(story));
        tell(id);
      }
    },
    remove,
    renewAuthor({ id, handle, name, bio, avatarUrl, createdAt }) {
      const author = { id, handle, name, bio, avatarUrl, createdAt };
      for (const [storyId, story] of [...held]) {
        if (story !== "gone" && story.author.id === id && !isSamePerson(story.author, author)) {
          held.set(storyId, { ...story, author });
          tell(storyId);
        }
      }
    },
    removeBy(accountId) {
      for (const [id, story] of [...held]) {
        if (story !== "gone" && story.author.id === accountId) {
          remove(id);
        }
      }
    },
    listen(id, listener) {
      const own = listeners.get(id) ?? new Set();
      listeners.set(id, own.add(listener));
      const story = held.get(id);
      if (story !== undefined) {
        held.delete(id);
        held.set(id, story);
      }
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(id) === own) {
          listeners.delete(id);
        }
      };
    },
    onGone: gone.listen,
    clear() {
      const ids = [...held.keys()];
      held.clear();
      ids.forEach(tell);
    },
    size: () => held.size,
  };
}

function isSamePerson(a: Story["author"], b: Story["author"]): boolean {
  return a.name === b.name && a.bio === b.bio && a.avatarUrl === b.avatarUrl;
}

import type { Person, Story } from "../../../web/data/client.ts";
import { createStories, type Stories } from "../../../web/data/stories.ts";
import { createStoryList, type ListItem, type StoryList } from "../../../web/data/story-list.ts";

const pageSize = 4;

function person(id: number): Person {
  const createdAt = "2026-01-01T00:00:00.000Z";
  return { id: `${id}`, handle: `h${id}`, name: `N${id}`, bio: "", avatarUrl: null, createdAt };
}

function story(id: number, authorId = 1): Story {
  return {
    id: `${id}`,
    author: person(authorId),
    text: `story ${id}`,
    lang: "en",
    media: [],
    link: null,
    visibility: "public",
    createdAt: "2026-01-01T00:00:00.000Z",
    editedAt: null,
    counts: { likes: 0, comments: 0, reshares: 0 },
    viewer: { liked: false, reshared: false },
  };
}

export const item = (id: number, authorId = 1): ListItem => ({
  id: `${id}`,
  story: story(id, authorId),
  reason: null,
});

/** A server that answers as the feed does: newest first, a cursor is the last id that was shown. */
class Server {
  items: ListItem[] = [];
  reads = 0;
  failures = 0;
  /** Answers wait here until they are let go, so that things can happen in between. */
  held: (() => void)[] | null = null;

  publish(id: number, authorId = 1): ListItem {
    const published = item(id, authorId);
    this.items = [...this.items, published].sort((a, b) => Number(b.id) - Number(a.id));
    return published;
  }

  remove(id: string): void {
    this.items = this.items.filter((other) => other.id !== id);
  }

  read = async (cursor: string | null) => {
    this.reads += 1;
    const below = this.items.filter(({ id }) => cursor === null || Number(id) < Number(cursor));
    const items = below.slice(0, pageSize);
    const nextCursor = below.length > pageSize ? (items.at(-1)?.id ?? null) : null;
    const fails = this.failures > 0;
    this.failures = Math.max(0, this.failures - 1);
    await this.wait();
    if (fails) {
      throw new TypeError("no network");
    }
    return { items, nextCursor };
  };

  readStory = async (id: string) => {
    const found = this.items.find((other) => other.story.id === id)?.story ?? ("gone" as const);
    await this.wait();
    return found;
  };

  private wait(): Promise<void> {
    const { held } = this;
    return held === null ? Promise.resolve() : new Promise((resolve) => held.push(resolve));
  }

  letGo(): void {
    const waiting = this.held ?? [];
    this.held = null;
    waiting.forEach((answer) => {
      answer();
    });
  }
}

/** A reader's list of what that server has. */
export interface StoryListWorld {
  readonly server: Server;
  readonly stories: Stories;
  readonly list: StoryList;
  /** What the list wants to do later; a test says when. */
  readonly later: (() => void)[];
  /** Ids of the entries, from the top. */
  shown(): string[];
  scrollToEnd(): Promise<void>;
  /** Looks at everything, a screen at a time, as a reader who scrolls through it. */
  lookAtAll(): Promise<void>;
}

export function openStoryListWorld(heldMax?: number): StoryListWorld {
  const server = new Server();
  const stories = createStories(heldMax === undefined ? {} : { heldMax });
  const later: (() => void)[] = [];
  const list = createStoryList({
    stories,
    read: server.read,
    readStory: server.readStory,
    later: (job) => later.push(job),
  });
  return {
    server,
    stories,
    list,
    later,
    shown: () => list.state().entries.map(({ id }) => id),
    async scrollToEnd() {
      for (let i = 0; i < 200 && list.state().phase !== "end"; i += 1) {
        list.more();
        await settled();
      }
    },
    async lookAtAll() {
      for (let first = 0; first < list.state().entries.length; first += 3) {
        list.look(first, first + 2);
        await settled();
      }
    },
  };
}

/** Nothing here waits for a timer, so that enough turns of the queue of promises are the end of it. */
const turnsEnough = 500;

export async function settled(): Promise<void> {
  for (let turn = 0; turn < turnsEnough; turn += 1) {
    await Promise.resolve();
  }
}

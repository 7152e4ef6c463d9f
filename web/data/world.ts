import { useCallback, useSyncExternalStore } from "react";
import { api, isProblem, isRefusal, maru, type Story } from "./client.ts";
import { readFeed, readStoriesOf } from "./feed-source.ts";
import { createReactions } from "./reactions.ts";
import { createSignal } from "./signal.ts";
import { createStories, type HeldStory } from "./stories.ts";
import {
  createStoryList,
  type ListItem,
  type StoryList,
  type StoryListState,
} from "./story-list.ts";

/** What the page knows of stories: the stories, the lists that show them, and the reader's reactions. */

export const stories = createStories();

export const reactions = createReactions({
  stories,
  isRefusal,
  async send(id, reaction, wanted) {
    const params = { params: { path: { id } } };
    const path = reaction === "liked" ? "/v1/stories/{id}/like" : "/v1/stories/{id}/reshare";
    await (wanted ? api.PUT(path, params) : api.DELETE(path, params));
  },
});

const notFound = 404;

export async function readStory(id: string): Promise<Story | "gone"> {
  try {
    return (await maru.data(api.GET("/v1/stories/{id}", { params: { path: { id } } }))).story;
  } catch (error) {
    if (isProblem(error) && error.status === notFound) {
      return "gone";
    }
    throw error;
  }
}

let lastFeedPosition: string | null = null;
/** From where to listen for what is not in the first page of the feed that was read just now. */
export const feedRead = createSignal<string>();
feedRead.listen((position) => {
  lastFeedPosition = position;
});

/** The same of the last read; null: the feed has not been read yet. */
export function feedPosition(): string | null {
  return lastFeedPosition;
}

export const feed: StoryList = createStoryList({
  stories,
  readStory,
  read: (cursor) => readFeed(cursor, cursor === null ? feedRead.tell : () => undefined),
});

const profileListsMax = 8;
const profileLists = new Map<string, StoryList>();

/** The stories of one person; the few that were looked at last keep their place. */
export function storiesOf(accountId: string): StoryList {
  const list =
    profileLists.get(accountId) ??
    createStoryList({ stories, readStory, read: (cursor) => readStoriesOf(accountId, cursor) });
  profileLists.delete(accountId);
  profileLists.set(accountId, list);
  const [oldest] = profileLists.keys();
  if (profileLists.size > profileListsMax && oldest !== undefined) {
    profileLists.delete(oldest);
  }
  return list;
}

/** A story by the reader, or one that someone saw come: every list that has a place for it takes it. */
export function takeIn(item: ListItem): void {
  feed.add(item);
  if (item.reason === null) {
    profileLists.get(item.story.author.id)?.add({ ...item, id: item.story.id });
  }
}

/** Something may have been missed: every list looks again. */
export function refreshLists(): void {
  for (const list of [feed, ...profileLists.values()]) {
    const { isStarted, phase } = list.state();
    if (isStarted || phase === "loading") {
      list.refresh();
    }
  }
}

export function useStory(id: string): HeldStory {
  const listen = useCallback((listener: () => void) => stories.listen(id, listener), [id]);
  return useSyncExternalStore(listen, () => stories.get(id));
}

export function useStoryList(list: StoryList): StoryListState {
  return useSyncExternalStore(list.listen, list.state);
}

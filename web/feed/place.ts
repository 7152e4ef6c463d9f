import type { VirtualItem } from "@tanstack/react-virtual";
import type { StoryList } from "../data/story-list.ts";

/** Where the reader was in a list, and how high its cards were. */
export interface Place {
  /** In pixels from the top of the document. */
  offset: number;
  sizes: readonly VirtualItem[];
  /** The story that had the focus last. */
  focusedStory: string | null;
}

const places = new WeakMap<StoryList, Place>();

export function placeOf(list: StoryList): Place {
  const place = places.get(list) ?? { offset: 0, sizes: [], focusedStory: null };
  places.set(list, place);
  return place;
}

import type { Story } from "../data/client.ts";
import { feed, takeIn } from "../data/world.ts";

/** A story of the reader's own stands in its place at once, not behind the pill with the new ones. */
export function showOwn(story: Story): void {
  takeIn({ id: story.id, reason: null, story });
  const { isStarted, entries, hasMoreNew } = feed.state();
  const isShown = entries.some(({ storyId }) => storyId === story.id);
  if (isStarted && !isShown && !hasMoreNew) {
    feed.showNew();
  }
}

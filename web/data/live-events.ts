import type { LiveEvent } from "../../sdk/live.ts";
import { itemOf } from "./feed-source.ts";
import { showRelationship } from "./people.ts";
import { keys, queries } from "./queries.ts";
import { changeMe } from "./session.ts";
import { feed, reactions, refreshLists, stories, takeIn } from "./world.ts";

/** What an event of the live connection means for what the page knows. */
export function applyLiveEvent(event: LiveEvent): void {
  switch (event.type) {
    case "story":
      takeIn(itemOf(event.item));
      break;
    case "story.updated":
      if (stories.get(event.story.id) !== undefined) {
        stories.put(event.story);
      }
      break;
    case "story.deleted":
      stories.remove(event.storyId);
      break;
    case "counts":
      countsChanged(event.storyId, event.counts);
      break;
    case "reset":
      refreshLists();
      void queries.invalidateQueries();
      break;
    default:
      break;
  }
}

/** An open page of the story reads its comments again when there are more or fewer of them. */
function countsChanged(storyId: string, counts: Parameters<typeof reactions.counted>[1]): void {
  const story = stories.get(storyId);
  const hadComments = story === undefined || story === "gone" ? null : story.counts.comments;
  reactions.counted(storyId, counts);
  if (hadComments !== counts.comments) {
    void queries.invalidateQueries({ queryKey: keys.comments(storyId) });
  }
}

void feed;
void showRelationship;
void changeMe;

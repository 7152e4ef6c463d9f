import type { LiveEvent } from "../../sdk/live.ts";
import type { OwnAccount } from "./client.ts";
import { itemOf } from "./feed-source.ts";
import { relationshipTold } from "./people.ts";
import { keys, queries } from "./queries.ts";
import { changeMe, currentMe, readMeAgain } from "./session.ts";
import { reactions, refreshLists, stories, takeIn } from "./world.ts";

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
    case "viewer":
      reactions.flagged(event.storyId, event.viewer);
      break;
    case "relationship":
      relationshipTold(event.accountId, event.relationship);
      break;
    case "account":
      accountChanged(event.account);
      break;
    case "reset":
      readAgain();
      break;
    case "ready":
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

/**
 * Something may have been missed: everything that is on the page is read again, the rest when it is
 * come to. How the reader stands to each person of a list is told as it changes, so that a long list
 * does not ask for each.
 */
export function readAgain(): void {
  readMeAgain();
  refreshLists();
  void queries.invalidateQueries({ refetchType: "none" });
  void queries.refetchQueries({
    type: "active",
    predicate: ({ queryKey: [what] }) => what !== keys.relationship("")[0],
  });
}

/** The reader's own account, which is shown in the frame, on the own page and in lists. */
function accountChanged(account: OwnAccount): void {
  if (currentMe()?.id === account.id) {
    changeMe(account);
    for (const shown of ["people", "comments"]) {
      void queries.invalidateQueries({ queryKey: [shown] });
    }
  }
}

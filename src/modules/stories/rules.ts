import type { Id } from "../../kernel/id.ts";
import type { Relation } from "../graph/contract.ts";
import type { Status, StoryState, Visibility } from "./contract.ts";

/** Who may see what: pure decisions, the same for every route. */

export interface Sight {
  /** Null: nobody is signed in. */
  readonly viewerId: Id | null;
  /** How the viewer stands to the author; null without a viewer and for the author. */
  readonly relation: Relation | null;
  readonly authorActive: boolean;
}

/** True if either blocks the other: then each is hidden from the other everywhere. */
export function isHidden(relation: Relation | null): boolean {
  return relation !== null && (relation.blocked || relation.blockedBy);
}

/** What of an author's stories this viewer may see; empty for nothing. */
export function visibilitiesFor(authorId: Id, sight: Sight): readonly Visibility[] {
  if (!sight.authorActive) {
    return [];
  }
  if (sight.viewerId === authorId) {
    return ["public", "friends", "self"];
  }
  if (isHidden(sight.relation)) {
    return [];
  }
  return sight.relation?.friend === "friends" ? ["public", "friends"] : ["public"];
}

export function maySee(
  story: { readonly authorId: Id; readonly status: Status; readonly visibility: Visibility },
  sight: Sight,
): boolean {
  return (
    story.status === "live" && visibilitiesFor(story.authorId, sight).includes(story.visibility)
  );
}

/** A reshare would show the story to strangers, so it takes a story that strangers may see. */
export function isResharable(story: Pick<StoryState, "status" | "visibility">): boolean {
  return story.status === "live" && story.visibility === "public";
}

import { assert } from "../../kernel/assert.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import type { EventEnvelope, NewEvent } from "../../ports/log.ts";
import type { StoryState } from "./contract.ts";
import type { CommentRow } from "./store-comments.ts";
import type { Reshare } from "./store-reactions.ts";
import type { StoryRow } from "./store-stories.ts";

/** The module's facts as events: the one place that spells their data. */

/** An id from an event's data, which its schema has checked. */
export function idOf(event: EventEnvelope, member: string): Id {
  const text = event.data[member];
  const id = typeof text === "string" ? parseId(text) : undefined;
  assert(id !== undefined, `${event.type} has an id as ${member}`);
  return id;
}

/** Whoever follows what shows media learns it from each fact, because an earlier one may have been passed by. */
export function storyEvent(
  what: "published" | "edited" | "deleted" | "restored",
  story: StoryState & Pick<StoryRow, "media">,
  actorId: Id | null,
): NewEvent {
  const { id, authorId, version, visibility, status, media } = story;
  const shown = media.length === 0 ? {} : { mediaIds: media.map((one) => one.id) };
  return {
    type: `stories.${what}.v1`,
    aggregate: { type: "story", id, version },
    actorId,
    data: {
      storyId: String(id),
      authorId: String(authorId),
      version,
      visibility,
      status,
      ...shown,
    },
  };
}

/** What of a story others need to know beside who sees it: what it shows. */
type Shown = StoryState & Pick<StoryRow, "media" | "link">;

export function publishedEvent(story: Shown): NewEvent {
  const event = storyEvent("published", story, story.authorId);
  return { ...event, data: { ...event.data, ...hasLink(story) } };
}

/** `actorId`: null where nobody edited it, and what it shows has changed. */
export function editedEvent(before: StoryState, after: Shown, actorId: Id | null): NewEvent {
  const event = storyEvent("edited", after, actorId);
  const previousVisibility = before.visibility;
  return { ...event, data: { ...event.data, previousVisibility, ...hasLink(after) } };
}

function hasLink({ link }: Pick<StoryRow, "link">): { readonly hasLink?: true } {
  return link === null ? {} : { hasLink: true };
}

export function likeEvent(
  what: "liked" | "unliked",
  like: { readonly accountId: Id; readonly storyId: Id; readonly authorId: Id },
): NewEvent {
  const { accountId, storyId, authorId } = like;
  return {
    type: `stories.${what}.v1`,
    aggregate: { type: "story", id: storyId, version: 0 },
    actorId: accountId,
    data: {
      accountId: String(accountId),
      storyId: String(storyId),
      authorId: String(authorId),
    },
  };
}

export function reshareEvent(what: "reshared" | "unreshared", reshare: Reshare): NewEvent {
  const { id, accountId, storyId, authorId } = reshare;
  return {
    type: `stories.${what}.v1`,
    aggregate: { type: "reshare", id, version: 0 },
    actorId: accountId,
    data: {
      reshareId: String(id),
      accountId: String(accountId),
      storyId: String(storyId),
      authorId: String(authorId),
    },
  };
}

/** `storyAuthorId`: of the story; the comment's own is its `authorId`. */
export function commentEvent(
  what: "commented" | "comment_deleted",
  comment: Omit<CommentRow, "text" | "status">,
  { storyAuthorId, actorId }: { readonly storyAuthorId: Id; readonly actorId: Id },
): NewEvent {
  const { id, storyId, authorId, parentId } = comment;
  return {
    type: `stories.${what}.v1`,
    aggregate: { type: "comment", id, version: 0 },
    actorId,
    data: {
      commentId: String(id),
      storyId: String(storyId),
      authorId: String(storyAuthorId),
      accountId: String(authorId),
      parentId: parentId === null ? null : String(parentId),
    },
  };
}

/** Brings the next batch of an erasure that is not done. */
export function erasureContinued(subject: "account" | "story", id: Id): NewEvent {
  return {
    type: "stories.erasure_continued.v1",
    aggregate: { type: subject, id, version: 0 },
    actorId: null,
    data: { subject, id: String(id) },
  };
}

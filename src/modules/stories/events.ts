import { Type, type Static } from "typebox";
import type { EventSchemas } from "../../ports/log.ts";
import { statusSchema, visibilitySchema } from "./contract.ts";

/** Aggregate `story`; absolute state, so that order and repeats do no harm. No text: only what decides who sees it. */
export const storyChangedSchema = Type.Object({
  storyId: Type.String(),
  authorId: Type.String(),
  version: Type.Integer(),
  visibility: visibilitySchema,
  status: statusSchema,
  /** Of an edit: who saw the story until then, so that nobody else learns that there is one. */
  previousVisibility: Type.Optional(visibilitySchema),
  /** What it shows, in its order; of a deletion, what it showed. Not there: nothing. */
  mediaIds: Type.Optional(Type.Array(Type.String())),
  /** The story has a link. */
  hasLink: Type.Optional(Type.Boolean()),
});
export type StoryChanged = Static<typeof storyChangedSchema>;

/** Aggregate `reshare`, version 0: each reshare has an id of its own and ends once. Adds or takes one reshare. */
export const reshareSchema = Type.Object({
  reshareId: Type.String(),
  accountId: Type.String(),
  storyId: Type.String(),
  authorId: Type.String(),
});
export type ReshareChanged = Static<typeof reshareSchema>;

/** Aggregate `story`, version 0: adds or takes one like. */
export const likeSchema = Type.Object({
  accountId: Type.String(),
  storyId: Type.String(),
  authorId: Type.String(),
});
export type LikeChanged = Static<typeof likeSchema>;

/** Aggregate `comment`, version 0: adds or takes one comment of the story's count. */
export const commentSchema = Type.Object({
  commentId: Type.String(),
  storyId: Type.String(),
  /** Of the story. */
  authorId: Type.String(),
  /** Of the comment. */
  accountId: Type.String(),
  parentId: Type.Union([Type.String(), Type.Null()]),
});
export type CommentChanged = Static<typeof commentSchema>;

/** An erasure works in batches; this brings the next one. The aggregate is what is erased. */
export const erasureContinuedSchema = Type.Object({
  subject: Type.Union([Type.Literal("account"), Type.Literal("story")]),
  id: Type.String(),
});

export const storiesEvents: EventSchemas = {
  "stories.published.v1": storyChangedSchema,
  "stories.edited.v1": storyChangedSchema,
  "stories.deleted.v1": storyChangedSchema,
  "stories.restored.v1": storyChangedSchema,
  "stories.reshared.v1": reshareSchema,
  "stories.unreshared.v1": reshareSchema,
  "stories.liked.v1": likeSchema,
  "stories.unliked.v1": likeSchema,
  "stories.commented.v1": commentSchema,
  "stories.comment_deleted.v1": commentSchema,
  "stories.erasure_continued.v1": erasureContinuedSchema,
};

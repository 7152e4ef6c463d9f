import { Type, type Static } from "typebox";
import type { EventSchemas } from "../../ports/log.ts";

/** Aggregate `media`. A file is there, and what is shown of it has to be made. */
export const uploadedSchema = Type.Object({
  mediaId: Type.String(),
  ownerId: Type.String(),
});
export type Uploaded = Static<typeof uploadedSchema>;

/** Something that is shown of it has changed: whoever keeps a copy takes a new one. */
export const changedSchema = Type.Object({
  mediaId: Type.String(),
  ownerId: Type.String(),
  version: Type.Integer(),
  /** That show it. */
  storyIds: Type.Array(Type.String()),
  /** Whose avatar it is. */
  accountIds: Type.Array(Type.String()),
});
export type Changed = Static<typeof changedSchema>;

/**
 * What nothing has shown by then is to be removed. Whoever follows uses does it when the log brings this, and so has
 * handled every fact of before, however late it is.
 */
export const overdueSchema = Type.Object({
  /** Milliseconds since 1970. */
  beforeMs: Type.Integer(),
});
export type Overdue = Static<typeof overdueSchema>;

/** It is gone, with all of its files. */
export const removedSchema = Type.Object({ mediaId: Type.String() });

/** These addresses, which anybody could read, are not good any more. Told only where a cache is to forget them. */
export const withdrawnSchema = Type.Object({
  mediaId: Type.String(),
  paths: Type.Array(Type.String()),
});
export type Withdrawn = Static<typeof withdrawnSchema>;

/** An erasure works in batches; this brings the next one. */
export const erasureContinuedSchema = Type.Object({ accountId: Type.String() });

export const mediaEvents: EventSchemas = {
  "media.uploaded.v1": uploadedSchema,
  "media.changed.v1": changedSchema,
  "media.overdue.v1": overdueSchema,
  "media.removed.v1": removedSchema,
  "media.withdrawn.v1": withdrawnSchema,
  "media.erasure_continued.v1": erasureContinuedSchema,
};

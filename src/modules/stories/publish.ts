import type { Context, Viewer } from "../../kernel/context.ts";
import { idTimeMs, type Id } from "../../kernel/id.ts";
import { notFound, unauthenticated } from "../../kernel/problem.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { Transaction } from "../../ports/record.ts";
import type { Visibility } from "./contract.ts";
import { parseDraft, withText, type DraftInput } from "./draft.ts";
import { notAuthor } from "./errors.ts";
import { maySee } from "./rules.ts";
import { seeAuthor, type SightDeps } from "./sight.ts";
import { addCountChanges } from "./store-counts.ts";
import * as store from "./store-stories.ts";
import type { StoryRow } from "./store-stories.ts";
import { editedEvent, storyEvent } from "./story-events.ts";

/** Publishes and edits stories. */

export interface PublishDeps extends SightDeps {
  readonly ids: IdSource;
  readonly clock: Clock;
}

export interface Publication extends DraftInput {
  readonly visibility?: Visibility | undefined;
}

export interface Edit {
  readonly text?: string | undefined;
  readonly visibility?: Visibility | undefined;
}

export async function publish(
  deps: PublishDeps,
  tx: Transaction,
  { viewer, publication }: { readonly viewer: Viewer; readonly publication: Publication },
): Promise<StoryRow> {
  const { accountId: authorId } = viewer;
  const draft = parseDraft(publication);
  await store.lockAuthors(tx.sql, [authorId]);
  await assertNotErased(tx, authorId);
  const story: StoryRow = {
    ...draft,
    id: deps.ids.mint(),
    authorId,
    visibility: publication.visibility ?? "public",
    status: "live",
    version: 1,
    editedAt: null,
    media: [],
  };
  await store.insertStories(tx.sql, [story]);
  await addCountChanges(tx.sql, [{ subjectId: authorId, stories: 1 }]);
  tx.append(storyEvent("published", story, authorId));
  return story;
}

export async function edit(
  deps: PublishDeps,
  tx: Transaction,
  { context, viewer, id, edit: wanted }: ChangeRequest & { readonly edit: Edit },
): Promise<StoryRow> {
  const before = await lockedStory(deps, tx, { context, viewer, id });
  if (before.status !== "live") {
    throw notFound();
  }
  const draft = wanted.text === undefined ? before : withText(before, wanted.text);
  const visibility = wanted.visibility ?? before.visibility;
  const isRewritten = draft.text !== before.text;
  if (!isRewritten && visibility === before.visibility) {
    return before;
  }
  const after: StoryRow = {
    ...before,
    ...draft,
    visibility,
    version: before.version + 1,
    // A clock that stepped back does not make an edit older than its story.
    editedAt: isRewritten ? new Date(Math.max(deps.clock.nowMs(), idTimeMs(id))) : before.editedAt,
  };
  await store.updateStory(tx.sql, after);
  tx.append(editedEvent(before, after));
  return after;
}

export interface ChangeRequest {
  readonly context: Context;
  readonly viewer: Viewer;
  readonly id: Id;
}

/** The viewer's own story under its lock. Others learn of it only what they may see. */
export async function lockedStory(
  deps: SightDeps,
  tx: Transaction,
  { context, viewer, id }: ChangeRequest,
): Promise<StoryRow> {
  const seen = await store.storyById(tx.sql, id);
  if (seen === undefined) {
    throw notFound();
  }
  if (seen.authorId !== viewer.accountId) {
    const sight = await seeAuthor(deps, context, seen.authorId);
    throw maySee(seen, sight) ? notAuthor() : notFound();
  }
  await store.lockToChange(tx.sql, viewer.accountId, id);
  const story = await store.storyById(tx.sql, id);
  if (story === undefined) {
    throw notFound();
  }
  return story;
}

/** An account that is deleted while its command runs leaves nothing behind. */
export async function assertNotErased(tx: Transaction, accountId: Id): Promise<void> {
  const erased = await store.erasedAmong(tx.sql, [accountId]);
  if (erased.has(accountId)) {
    throw unauthenticated();
  }
}

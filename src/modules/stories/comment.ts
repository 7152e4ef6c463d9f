import { parseId, type Id } from "../../kernel/id.ts";
import { invalid, notFound } from "../../kernel/problem.ts";
import type { Context, Viewer } from "../../kernel/context.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { Transaction } from "../../ports/record.ts";
import { parseCommentText } from "./draft.ts";
import { notAuthor } from "./errors.ts";
import { storyToReactTo, type Reaction } from "./react.ts";
import { maySee } from "./rules.ts";
import { seeAuthor, visiblePeople, type SightDeps } from "./sight.ts";
import * as store from "./store-comments.ts";
import type { CommentRow } from "./store-comments.ts";
import { addCountChanges } from "./store-counts.ts";
import { mayComeBack } from "./store-deletions.ts";
import { lockToReact, storyById } from "./store-stories.ts";
import { commentEvent } from "./story-events.ts";

/** Comments and their replies: a reply names the comment that it answers, at any depth. */

export interface CommentDeps extends SightDeps {
  readonly ids: IdSource;
}

export interface CommentInput {
  readonly text: string;
  readonly parentId?: string | undefined;
}

export async function comment(
  deps: CommentDeps,
  tx: Transaction,
  { input, ...reaction }: Reaction & { readonly input: CommentInput },
): Promise<CommentRow> {
  const { viewer, storyId } = reaction;
  const text = parseCommentText(input.text);
  const story = await storyToReactTo(deps, tx, reaction);
  const made: CommentRow = {
    id: deps.ids.mint(),
    storyId,
    authorId: viewer.accountId,
    parentId:
      input.parentId === undefined ? null : await parentOf(deps, tx, reaction, input.parentId),
    status: "live",
    text,
  };
  await store.insertComment(tx.sql, made);
  await addCountChanges(tx.sql, [{ subjectId: storyId, comments: 1 }]);
  tx.append(
    commentEvent("commented", made, { storyAuthorId: story.authorId, actorId: viewer.accountId }),
  );
  return made;
}

/** One that the viewer does not see is no comment, as in the list. */
async function parentOf(
  deps: SightDeps,
  tx: Transaction,
  { context, storyId }: Reaction,
  text: string,
): Promise<Id> {
  const id = parseId(text);
  const parent = id === undefined ? undefined : await store.commentById(tx.sql, storyId, id);
  const people =
    parent?.status === "live"
      ? await visiblePeople(deps, context, [parent.authorId])
      : new Map<Id, unknown>();
  if (parent === undefined || !people.has(parent.authorId)) {
    throw invalid("/parentId", "is no comment of this story");
  }
  return parent.id;
}

export interface CommentRemoval {
  readonly context: Context;
  readonly viewer: Viewer;
  readonly id: Id;
}

/** By the comment's author or the story's. Deleting what is deleted already is fine for these two. */
export async function removeComment(
  deps: CommentDeps,
  tx: Transaction,
  { context, viewer, id }: CommentRemoval,
): Promise<void> {
  const storyId = await store.storyIdOfComment(tx.sql, id);
  if (storyId === undefined) {
    throw notFound();
  }
  const found = await store.commentById(tx.sql, storyId, id);
  const story = await storyById(tx.sql, storyId);
  if (found === undefined || story === undefined) {
    throw notFound();
  }
  const { accountId } = viewer;
  if (found.authorId !== accountId && story.authorId !== accountId) {
    const sight = await seeAuthor(deps, context, story.authorId);
    const people = await visiblePeople(deps, context, [found.authorId]);
    const isSeen = maySee(story, sight) && found.status === "live" && people.has(found.authorId);
    throw isSeen ? notAuthor() : notFound();
  }
  // The story may go while this runs, or come back: then with the counts that this leaves.
  await lockToReact(tx.sql, accountId, storyId);
  if (!(await mayComeBack(tx.sql, storyId))) {
    // What hangs on it is being erased, and is not counted any more.
    return;
  }
  if (await store.deleteComment(tx.sql, storyId, id)) {
    await addCountChanges(tx.sql, [{ subjectId: storyId, comments: -1 }]);
    const by = { storyAuthorId: story.authorId, actorId: accountId };
    tx.append(commentEvent("comment_deleted", found, by));
  }
}

import { present } from "../../kernel/assert.ts";
import type { Id } from "../../kernel/id.ts";
import type { BackfillIds } from "../../ports/ids.ts";
import type { Transaction } from "../../ports/record.ts";
import type { ImportedReaction, ImportedStory } from "./contract.ts";
import { parseCommentText } from "./draft.ts";
import type { CommentRow } from "./store-comments.ts";
import { addCountChanges } from "./store-counts.ts";
import { insertComments, insertLikes, insertReshares } from "./store-import.ts";
import type { Reshare } from "./store-reactions.ts";
import { commentEvent, likeEvent, reshareEvent } from "./story-events.ts";

/** What hangs on the stories of an import: comments, likes and reshares. */

interface Refusal {
  readonly refused: string;
}

function reactionsOf({ likes = [], reshares = [] }: ImportedStory): readonly ImportedReaction[] {
  return [...likes, ...reshares];
}

function responsesOf(story: ImportedStory): readonly ImportedReaction[] {
  return [...(story.comments ?? []), ...reactionsOf(story)];
}

export function respondersOf(story: ImportedStory): readonly Id[] {
  return responsesOf(story).map(({ accountId }) => accountId);
}

export function responseTimes(story: ImportedStory): readonly number[] {
  return responsesOf(story).map(({ atMs }) => atMs);
}

function isRepeated(reactions: readonly ImportedReaction[] = []): boolean {
  return new Set(reactions.map(({ accountId }) => accountId)).size < reactions.length;
}

/** Null: nothing is wrong. Throws the problem of a comment whose text nobody could have written. */
export function checkResponses(
  story: ImportedStory,
  active: ReadonlySet<Id>,
  nowMs: number,
): Refusal | null {
  const { atMs: storyMs, comments = [], likes, reshares = [], visibility = "public" } = story;
  if (respondersOf(story).some((id) => !active.has(id))) {
    return { refused: "somebody who responded is not here" };
  }
  if (responseTimes(story).some((atMs) => !(atMs > storyMs && atMs <= nowMs))) {
    return { refused: "somebody responded before the story or in the future" };
  }
  if (isRepeated(likes) || isRepeated(reshares)) {
    return { refused: "somebody likes or reshares it twice" };
  }
  if (reshares.length > 0 && visibility !== "public") {
    return { refused: "it is not public, so nobody reshares it" };
  }
  const isLost = comments.some(({ answers }, at) => answers !== undefined && !(answers < at));
  if (isLost || comments.some(({ answers = 0 }) => !Number.isInteger(answers) || answers < 0)) {
    return { refused: "a comment answers none that stands before it" };
  }
  comments.forEach(({ text }) => parseCommentText(text));
  return null;
}

export interface NewStory {
  readonly id: Id;
  readonly source: ImportedStory;
}

/** Of stories that are made in this transaction. `erased`: whose responses are left out. */
export async function insertResponses(
  deps: { readonly backfillIds: BackfillIds },
  tx: Transaction,
  stories: readonly NewStory[],
  erased: ReadonlySet<Id>,
): Promise<void> {
  const ids = await deps.backfillIds.mintAt(
    tx,
    stories.flatMap(({ source }) => responseTimes(source)),
  );
  const given = ids.values();
  const idOfNext = (): Id => present(given.next().value, "an id for each response");
  const made = stories.map((story) => rowsOf(story, idOfNext, erased));
  const comments = made.flatMap((rows) => rows.comments);
  const likes = made.flatMap((rows) => rows.likes);
  const reshares = made.flatMap((rows) => rows.reshares);
  await insertComments(tx.sql, comments);
  await insertLikes(tx.sql, likes);
  await insertReshares(tx.sql, reshares);
  await addCountChanges(
    tx.sql,
    made
      .map((rows) => ({
        subjectId: rows.storyId,
        comments: rows.comments.length,
        likes: rows.likes.length,
        reshares: rows.reshares.length,
      }))
      .filter((change) => change.comments + change.likes + change.reshares > 0),
  );
  for (const rows of made) {
    tellOf(tx, rows);
  }
}

interface Rows {
  readonly storyId: Id;
  readonly authorId: Id;
  readonly comments: readonly CommentRow[];
  readonly likes: readonly LikeRow[];
  readonly reshares: readonly Reshare[];
}

interface LikeRow {
  readonly id: Id;
  readonly accountId: Id;
  readonly storyId: Id;
}

/** Takes an id for each response, in the order of `responseTimes`. */
function rowsOf(
  { id: storyId, source }: NewStory,
  idOfNext: () => Id,
  erased: ReadonlySet<Id>,
): Rows {
  const { authorId } = source;
  const isHere = (row: { readonly accountId: Id }): boolean => !erased.has(row.accountId);
  const withIds = <T extends ImportedReaction>(list: readonly T[] = []): (T & { id: Id })[] =>
    list.map((response) => ({ ...response, id: idOfNext() }));
  const written = withIds(source.comments);
  const comments = written.filter(isHere).map(({ id, accountId, text, answers }): CommentRow => {
    const parent = answers === undefined ? undefined : written[answers];
    const parentId = parent !== undefined && isHere(parent) ? parent.id : null;
    const status = "live";
    return { id, storyId, authorId: accountId, parentId, status, text: parseCommentText(text) };
  });
  const reactions = (list: readonly ImportedReaction[] | undefined): LikeRow[] =>
    withIds(list)
      .filter(isHere)
      .map(({ id, accountId }) => ({ id, accountId, storyId }));
  const likes = reactions(source.likes);
  const reshares = reactions(source.reshares).map((row) => ({ ...row, authorId }));
  return { storyId, authorId, comments, likes, reshares };
}

function tellOf(tx: Transaction, { authorId, comments, likes, reshares }: Rows): void {
  for (const row of comments) {
    tx.append(commentEvent("commented", row, { storyAuthorId: authorId, actorId: row.authorId }));
  }
  for (const row of likes) {
    tx.append(likeEvent("liked", { ...row, authorId }));
  }
  for (const row of reshares) {
    tx.append(reshareEvent("reshared", row));
  }
}

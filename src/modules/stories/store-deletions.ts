import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql, type TransactionSql } from "../../ports/record.ts";

/** Deletions that may be undone: their stories have their text still, and what hangs on them. */

export interface Deletion {
  readonly authorId: Id;
  readonly storyId: Id;
}

export async function insertDeletion(
  sql: TransactionSql,
  { authorId, storyId, atMs }: Deletion & { readonly atMs: number },
): Promise<void> {
  await sql`
    INSERT INTO stories.deletions (author_id, story_id, deleted_at)
    VALUES (${authorId}, ${storyId}, ${new Date(atMs)})`;
}

/** Takes the deletion away if it is of this moment or a later one. False: there is none. */
export async function undoDeletion(
  sql: TransactionSql,
  { authorId, storyId, sinceMs }: Deletion & { readonly sinceMs: number },
): Promise<boolean> {
  const rows = await sql`
    DELETE FROM stories.deletions
    WHERE author_id = ${authorId} AND story_id = ${storyId} AND deleted_at >= ${new Date(sinceMs)}
    RETURNING story_id`;
  return rows.length > 0;
}

/** Those of the stories that are deleted and may come back. */
export async function deletionsAmong(
  sql: Sql | TransactionSql,
  stories: readonly { readonly authorId: Id; readonly id: Id }[],
): Promise<ReadonlySet<Id>> {
  const rows = await sql<{ story_id: bigint }[]>`
    SELECT story_id FROM stories.deletions
    JOIN unnest(
      ${idArray(stories.map((story) => story.authorId))}::bigint[],
      ${idArray(stories.map((story) => story.id))}::bigint[]
    ) AS story (author_id, id)
    ON deletions.author_id = story.author_id AND deletions.story_id = story.id`;
  return new Set(rows.map((row) => row.story_id));
}

/** The oldest of those before `beforeMs`. */
export async function deletionsBefore(
  sql: TransactionSql,
  beforeMs: number,
  limit: number,
): Promise<readonly Deletion[]> {
  return sql<Deletion[]>`
    SELECT author_id AS "authorId", story_id AS "storyId" FROM stories.deletions
    WHERE deleted_at < ${new Date(beforeMs)} ORDER BY deleted_at LIMIT ${limit}`;
}

/**
 * Makes those of these deletions final that are still there from before `beforeMs`, and takes the
 * stories' texts away. Gives the stories. Locks them one after another in the order of their ids.
 */
export async function endDeletions(
  sql: TransactionSql,
  deletions: readonly Deletion[],
  beforeMs: number,
): Promise<readonly Id[]> {
  const wanted = idArray(deletions.map((deletion) => deletion.storyId));
  await sql`
    SELECT pg_advisory_xact_lock(id) FROM (
      SELECT id FROM unnest(${wanted}::bigint[]) AS story (id) ORDER BY id
    ) AS story`;
  const rows = await sql<{ author_id: bigint; story_id: bigint }[]>`
    DELETE FROM stories.deletions
    WHERE author_id = ANY(${idArray(deletions.map((deletion) => deletion.authorId))}::bigint[])
      AND story_id = ANY(${wanted}::bigint[]) AND deleted_at < ${new Date(beforeMs)}
    RETURNING author_id, story_id`;
  const ended = rows.map((row) => row.story_id);
  await sql`
    UPDATE stories.stories SET text = '', link = NULL, media = '[]'
    WHERE author_id = ANY(${idArray(rows.map((row) => row.author_id))}::bigint[])
      AND id = ANY(${idArray(ended)}::bigint[]) AND status = 'deleted'`;
  return ended;
}

/** Of an author whose stories are erased: the deletions that cannot be undone any more. */
export async function eraseDeletions(
  sql: TransactionSql,
  authorId: Id,
  storyIds: readonly Id[],
): Promise<readonly Id[]> {
  const rows = await sql<{ story_id: bigint }[]>`
    DELETE FROM stories.deletions
    WHERE author_id = ${authorId} AND story_id = ANY(${idArray(storyIds)}::bigint[])
    RETURNING story_id`;
  return rows.map((row) => row.story_id);
}

/**
 * Whether the story is there or may come back. Once it is deleted without a deletion that may be
 * undone it never does, so what hangs on it may be erased without a lock.
 */
export async function mayComeBack(sql: TransactionSql, storyId: Id): Promise<boolean> {
  const [row] = await sql<{ stays: boolean }[]>`
    SELECT status <> 'deleted' OR EXISTS (
      SELECT FROM stories.deletions
      WHERE deletions.author_id = story.author_id AND deletions.story_id = story.id
    ) AS stays
    FROM stories.stories AS story WHERE id = ${storyId}`;
  return row?.stays ?? false;
}

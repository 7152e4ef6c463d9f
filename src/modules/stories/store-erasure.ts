import type { Id } from "../../kernel/id.ts";
import { idArray, type TransactionSql } from "../../ports/record.ts";
import type { Status, StoryState } from "./contract.ts";
import type { CommentRow } from "./store-comments.ts";
import type { Reshare } from "./store-reactions.ts";
import type { StoryRow } from "./store-stories.ts";

/** Takes rows away in batches: all that a person made, or all that hangs on a story that is gone. */

/**
 * Waits until no command of this person is under way, and lets none begin that could not see the
 * erasure.
 */
export async function markErased(sql: TransactionSql, accountId: Id): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${accountId}::bigint)`;
  await sql`
    INSERT INTO stories.erased_accounts (account_id) VALUES (${accountId}) ON CONFLICT DO NOTHING`;
}

export async function lockStoriesOf(
  sql: TransactionSql,
  authorId: Id,
  limit: number,
): Promise<readonly Id[]> {
  const rows = await sql<{ id: bigint }[]>`
    SELECT id, pg_advisory_xact_lock(id) FROM (
      SELECT id FROM stories.stories WHERE author_id = ${authorId} ORDER BY id LIMIT ${limit}
    ) AS story`;
  return rows.map((row) => row.id);
}

/** As they were. The caller holds their locks. */
export async function eraseStories(
  sql: TransactionSql,
  authorId: Id,
  ids: readonly Id[],
): Promise<readonly (StoryState & Pick<StoryRow, "media">)[]> {
  const wanted = idArray(ids);
  await sql`DELETE FROM stories.directory WHERE id = ANY(${wanted}::bigint[])`;
  return sql<(StoryState & Pick<StoryRow, "media">)[]>`
    DELETE FROM stories.stories WHERE author_id = ${authorId} AND id = ANY(${wanted}::bigint[])
    RETURNING id, author_id AS "authorId", visibility, status, version, media`;
}

export interface ErasedComment extends Omit<CommentRow, "text"> {
  readonly status: Status;
}

export async function eraseCommentsBy(
  sql: TransactionSql,
  authorId: Id,
  limit: number,
): Promise<readonly ErasedComment[]> {
  const rows = await sql<ErasedComment[]>`
    WITH chosen AS MATERIALIZED (
      SELECT story_id, id FROM stories.comments WHERE author_id = ${authorId}
      ORDER BY id LIMIT ${limit}
    )
    DELETE FROM stories.comments USING chosen
    WHERE comments.story_id = chosen.story_id AND comments.id = chosen.id
    RETURNING comments.id, comments.story_id AS "storyId", author_id AS "authorId",
      parent_id AS "parentId", status`;
  await sql`
    DELETE FROM stories.directory WHERE id = ANY(${idArray(rows.map((row) => row.id))}::bigint[])`;
  return rows;
}

/** The stories that were liked. */
export async function eraseLikesBy(
  sql: TransactionSql,
  accountId: Id,
  limit: number,
): Promise<readonly Id[]> {
  const rows = await sql<{ story_id: bigint }[]>`
    DELETE FROM stories.likes WHERE account_id = ${accountId} AND story_id = ANY(ARRAY(
      SELECT story_id FROM stories.likes WHERE account_id = ${accountId} LIMIT ${limit}
    )) RETURNING story_id`;
  return rows.map((row) => row.story_id);
}

export async function eraseResharesBy(
  sql: TransactionSql,
  accountId: Id,
  limit: number,
): Promise<readonly Reshare[]> {
  const rows = await sql<Reshare[]>`
    DELETE FROM stories.reshares_by_time WHERE account_id = ${accountId} AND id = ANY(ARRAY(
      SELECT id FROM stories.reshares_by_time WHERE account_id = ${accountId} LIMIT ${limit}
    )) RETURNING id, account_id AS "accountId", story_id AS "storyId", author_id AS "authorId"`;
  await sql`
    DELETE FROM stories.reshares WHERE account_id = ${accountId}
      AND story_id = ANY(${idArray(rows.map((row) => row.storyId))}::bigint[])`;
  return rows;
}

/** Last, when the rows are gone that it counts. */
export async function eraseAuthorCount(sql: TransactionSql, authorId: Id): Promise<void> {
  await sql`DELETE FROM stories.count_changes WHERE subject_id = ${authorId}`;
  await sql`DELETE FROM stories.author_counts WHERE author_id = ${authorId}`;
}

/** Likes, reshares and comments of a story that is gone, at most `limit` of each; how many of the most. */
export async function eraseReactionsTo(
  sql: TransactionSql,
  storyId: Id,
  limit: number,
): Promise<number> {
  const likes = await sql`
    DELETE FROM stories.likes WHERE story_id = ${storyId} AND account_id = ANY(ARRAY(
      SELECT account_id FROM stories.likes WHERE story_id = ${storyId} LIMIT ${limit}
    ))`;
  const comments = await sql<{ id: bigint }[]>`
    DELETE FROM stories.comments WHERE story_id = ${storyId} AND id = ANY(ARRAY(
      SELECT id FROM stories.comments WHERE story_id = ${storyId} LIMIT ${limit}
    )) RETURNING id`;
  await sql`
    DELETE FROM stories.directory
    WHERE id = ANY(${idArray(comments.map((row) => row.id))}::bigint[])`;
  const reshares = await sql<{ id: bigint; account_id: bigint }[]>`
    DELETE FROM stories.reshares WHERE story_id = ${storyId} AND account_id = ANY(ARRAY(
      SELECT account_id FROM stories.reshares WHERE story_id = ${storyId} LIMIT ${limit}
    )) RETURNING id, account_id`;
  await sql`
    DELETE FROM stories.reshares_by_time
    WHERE id = ANY(${idArray(reshares.map((row) => row.id))}::bigint[])
      AND account_id = ANY(${idArray(reshares.map((row) => row.account_id))}::bigint[])`;
  return Math.max(likes.count, comments.length, reshares.length);
}

export async function eraseCounts(sql: TransactionSql, storyId: Id): Promise<void> {
  await sql`DELETE FROM stories.count_changes WHERE subject_id = ${storyId}`;
  await sql`DELETE FROM stories.counts WHERE story_id = ${storyId}`;
}

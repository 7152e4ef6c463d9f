import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql, type TransactionSql } from "../../ports/record.ts";

/** Likes and reshares. Each function that adds or takes a row tells whether there was anything to do. */

export interface Like {
  readonly id: Id;
  readonly accountId: Id;
  readonly storyId: Id;
}

/**
 * The ids of those that were not there yet; these are counted. In the order of their keys, so that
 * transactions that make the same ones cannot wait for each other in a ring. The counts have one
 * change a story, however many like it at the same time.
 */
export async function insertLikes(
  sql: TransactionSql,
  likes: readonly Like[],
): Promise<ReadonlySet<Id>> {
  const rows = await sql<{ id: bigint }[]>`
    WITH added AS (
      INSERT INTO stories.likes (account_id, story_id, id)
      SELECT account_id, story_id, id
      FROM unnest(
        ${idArray(likes.map((like) => like.accountId))}::bigint[],
        ${idArray(likes.map((like) => like.storyId))}::bigint[],
        ${idArray(likes.map((like) => like.id))}::bigint[]
      ) AS made (account_id, story_id, id)
      ORDER BY account_id, story_id
      ON CONFLICT DO NOTHING RETURNING id, story_id
    ), counted AS (
      INSERT INTO stories.count_changes (subject_id, likes)
      SELECT story_id, count(*) FROM added GROUP BY story_id
    )
    SELECT id FROM added`;
  return new Set(rows.map((row) => row.id));
}

export async function deleteLike(
  sql: TransactionSql,
  accountId: Id,
  storyId: Id,
): Promise<boolean> {
  const rows = await sql`
    DELETE FROM stories.likes WHERE account_id = ${accountId} AND story_id = ${storyId}
    RETURNING id`;
  return rows.length > 0;
}

export interface Liker {
  /** Of the like. */
  readonly id: Id;
  readonly accountId: Id;
}

/** Newest first. */
export async function likersOf(
  sql: Sql,
  storyId: Id,
  page: { readonly below: Id; readonly limit: number },
): Promise<readonly Liker[]> {
  return sql<Liker[]>`
    SELECT id, account_id AS "accountId" FROM stories.likes
    WHERE story_id = ${storyId} AND id < ${page.below}
    ORDER BY id DESC LIMIT ${page.limit}`;
}

export interface Reshare {
  readonly id: Id;
  readonly accountId: Id;
  readonly storyId: Id;
  /** Of the story. */
  readonly authorId: Id;
}

export async function insertReshare(sql: TransactionSql, reshare: Reshare): Promise<boolean> {
  const { id, accountId, storyId, authorId } = reshare;
  const rows = await sql`
    WITH made AS (
      INSERT INTO stories.reshares (account_id, story_id, id, author_id)
      VALUES (${accountId}, ${storyId}, ${id}, ${authorId})
      ON CONFLICT DO NOTHING RETURNING account_id, story_id, id, author_id
    )
    INSERT INTO stories.reshares_by_time (account_id, story_id, id, author_id)
    SELECT account_id, story_id, id, author_id FROM made RETURNING id`;
  return rows.length > 0;
}

/** The id that the reshare had, or undefined where there was none. */
export async function deleteReshare(
  sql: TransactionSql,
  accountId: Id,
  storyId: Id,
): Promise<Id | undefined> {
  const [row] = await sql<{ id: bigint }[]>`
    DELETE FROM stories.reshares WHERE account_id = ${accountId} AND story_id = ${storyId}
    RETURNING id`;
  if (row !== undefined) {
    // The partition follows from the id, which must therefore be known when this is planned.
    await sql`
      DELETE FROM stories.reshares_by_time WHERE account_id = ${accountId} AND id = ${row.id}`;
  }
  return row?.id;
}

import type { Id } from "../../kernel/id.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import type { Status } from "./contract.ts";

export interface CommentRow {
  readonly id: Id;
  readonly storyId: Id;
  readonly authorId: Id;
  readonly parentId: Id | null;
  readonly status: Status;
  readonly text: string;
}

export type CommentOrder = "oldest" | "newest";

export async function insertComment(sql: TransactionSql, comment: CommentRow): Promise<void> {
  const { id, storyId, authorId, parentId, text } = comment;
  await sql`
    WITH listed AS (
      INSERT INTO stories.directory (id, kind, owner_id) VALUES (${id}, 'comment', ${storyId})
    )
    INSERT INTO stories.comments (story_id, id, author_id, parent_id, text)
    VALUES (${storyId}, ${id}, ${authorId}, ${parentId}, ${text})`;
}

/** The story of a comment, or undefined for what is no comment. */
export async function storyIdOfComment(sql: Sql | TransactionSql, id: Id): Promise<Id | undefined> {
  const [row] = await sql<{ owner_id: bigint }[]>`
    SELECT owner_id FROM stories.directory WHERE id = ${id} AND kind = 'comment'`;
  return row?.owner_id;
}

export async function commentById(
  sql: Sql | TransactionSql,
  storyId: Id,
  id: Id,
): Promise<CommentRow | undefined> {
  const [row] = await sql<CommentRow[]>`
    SELECT id, story_id AS "storyId", author_id AS "authorId", parent_id AS "parentId", status, text
    FROM stories.comments WHERE story_id = ${storyId} AND id = ${id}`;
  return row;
}

/** Live ones after `after` in the order, which is of ids. */
export async function commentsOf(
  sql: Sql,
  storyId: Id,
  page: { readonly order: CommentOrder; readonly after: Id; readonly limit: number },
): Promise<readonly CommentRow[]> {
  const { order, after, limit } = page;
  return sql<CommentRow[]>`
    SELECT id, story_id AS "storyId", author_id AS "authorId", parent_id AS "parentId", status, text
    FROM stories.comments
    WHERE story_id = ${storyId} AND status = 'live'
      AND ${order === "oldest" ? sql`id > ${after}` : sql`id < ${after}`}
    ORDER BY id ${order === "oldest" ? sql`ASC` : sql`DESC`} LIMIT ${limit}`;
}

/** A person's live ones below `below`, newest first, on stories in any status. */
export async function commentsBy(
  sql: Sql,
  authorId: Id,
  page: { readonly below: Id; readonly limit: number },
): Promise<readonly CommentRow[]> {
  return sql<CommentRow[]>`
    SELECT id, story_id AS "storyId", author_id AS "authorId", parent_id AS "parentId", status, text
    FROM stories.comments
    WHERE author_id = ${authorId} AND id < ${page.below} AND status = 'live'
    ORDER BY id DESC LIMIT ${page.limit}`;
}

/** What stays is that there was a comment, so that its replies keep their place. False: it was gone. */
export async function deleteComment(sql: TransactionSql, storyId: Id, id: Id): Promise<boolean> {
  const rows = await sql`
    UPDATE stories.comments SET status = 'deleted', text = ''
    WHERE story_id = ${storyId} AND id = ${id} AND status = 'live' RETURNING id`;
  return rows.length > 0;
}

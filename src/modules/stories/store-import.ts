import type { Id } from "../../kernel/id.ts";
import type { TransactionSql } from "../../ports/record.ts";
import type { CommentRow } from "./store-comments.ts";
import type { Reshare } from "./store-reactions.ts";

/** What an import writes: which stories of a source are here already, by the source's own names, and what hangs on them. */

/** Those of the keys that an import has brought before. */
export async function importedAmong(
  sql: TransactionSql,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ external_key: string }[]>`
    SELECT external_key FROM stories.imported_stories
    WHERE external_key IN (SELECT * FROM json_array_elements_text(${JSON.stringify(keys)}::text::json))`;
  return new Set(rows.map((row) => row.external_key));
}

export interface ImportedKey {
  readonly externalKey: string;
  readonly id: Id;
  readonly authorId: Id;
}

/** Those of the keys that were not there; of two imports at once one has each. */
export async function insertImported(
  sql: TransactionSql,
  keys: readonly ImportedKey[],
): Promise<ReadonlySet<string>> {
  const rows = keys.map(({ externalKey, id, authorId }) => ({
    external_key: externalKey,
    id: String(id),
    author_id: String(authorId),
  }));
  // In the order of the keys, so that two imports at once cannot wait for each other in a ring.
  const made = await sql<{ external_key: string }[]>`
    INSERT INTO stories.imported_stories (external_key, id, author_id)
    SELECT external_key, id, author_id
    FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
      AS imported (external_key text, id bigint, author_id bigint)
    ORDER BY external_key
    ON CONFLICT DO NOTHING RETURNING external_key`;
  return new Set(made.map((row) => row.external_key));
}

/** Of stories that are new, so that nothing is there yet. */
export async function insertComments(
  sql: TransactionSql,
  comments: readonly CommentRow[],
): Promise<void> {
  const rows = comments.map(({ id, storyId, authorId, parentId, text }) => ({
    id: String(id),
    story_id: String(storyId),
    author_id: String(authorId),
    parent_id: parentId === null ? null : String(parentId),
    text,
  }));
  await sql`
    WITH comment AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS comment (
        id bigint, story_id bigint, author_id bigint, parent_id bigint, text text)
    ), listed AS (
      INSERT INTO stories.directory (id, kind, owner_id) SELECT id, 'comment', story_id FROM comment
    )
    INSERT INTO stories.comments (story_id, id, author_id, parent_id, text)
    SELECT story_id, id, author_id, parent_id, text FROM comment`;
}

export async function insertLikes(
  sql: TransactionSql,
  likes: readonly { readonly id: Id; readonly accountId: Id; readonly storyId: Id }[],
): Promise<void> {
  const rows = likes.map(({ id, accountId, storyId }) => ({
    id: String(id),
    account_id: String(accountId),
    story_id: String(storyId),
  }));
  await sql`
    INSERT INTO stories.likes (account_id, story_id, id)
    SELECT account_id, story_id, id
    FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
      AS liked (account_id bigint, story_id bigint, id bigint)`;
}

export async function insertReshares(
  sql: TransactionSql,
  reshares: readonly Reshare[],
): Promise<void> {
  const rows = reshares.map(({ id, accountId, storyId, authorId }) => ({
    id: String(id),
    account_id: String(accountId),
    story_id: String(storyId),
    author_id: String(authorId),
  }));
  await sql`
    WITH reshared AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
        AS reshared (account_id bigint, story_id bigint, id bigint, author_id bigint)
    ), listed AS (
      INSERT INTO stories.reshares_by_time (account_id, id, story_id, author_id)
      SELECT account_id, id, story_id, author_id FROM reshared
    )
    INSERT INTO stories.reshares (account_id, story_id, id, author_id)
    SELECT account_id, story_id, id, author_id FROM reshared`;
}

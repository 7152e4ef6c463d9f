import type { Id } from "../../kernel/id.ts";
import { idArray, type TransactionSql } from "../../ports/record.ts";

/** Which story shows which link. */

export interface Use {
  readonly hash: Buffer;
  /** The story has not been told of the preview. */
  readonly isWaiting: boolean;
}

export async function useOf(sql: TransactionSql, storyId: Id): Promise<Use | undefined> {
  const [use] = await sql<Use[]>`
    SELECT url_hash AS hash, waiting AS "isWaiting" FROM links.uses WHERE story_id = ${storyId}`;
  return use;
}

/** Of a story that has none. */
export async function addUse(
  sql: TransactionSql,
  storyId: Id,
  { hash, isWaiting }: Use,
): Promise<void> {
  await sql`
    WITH added AS (
      INSERT INTO links.uses (story_id, url_hash, waiting) VALUES (${storyId}, ${hash}, ${isWaiting})
    )
    UPDATE links.previews SET uses = uses + 1, unused_since = NULL WHERE url_hash = ${hash}`;
}

export async function removeUse(
  sql: TransactionSql,
  storyId: Id,
  { hash, nowMs }: { readonly hash: Buffer; readonly nowMs: number },
): Promise<void> {
  // The link's lock comes first, as everywhere.
  await sql`
    UPDATE links.previews SET
      uses = uses - 1,
      unused_since = CASE uses WHEN 1 THEN ${new Date(nowMs)}::timestamptz END
    WHERE url_hash = ${hash}`;
  await sql`DELETE FROM links.uses WHERE story_id = ${storyId}`;
}

/** Some of the stories that wait, oldest first, which do so no more. The caller holds the link's lock. */
export async function takeWaiting(
  sql: TransactionSql,
  hash: Buffer,
  limit: number,
): Promise<readonly Id[]> {
  const rows = await sql<{ story_id: bigint }[]>`
    SELECT story_id FROM links.uses WHERE url_hash = ${hash} AND waiting
    ORDER BY story_id LIMIT ${limit}`;
  const ids = rows.map((row) => row.story_id);
  if (ids.length > 0) {
    await sql`
      UPDATE links.uses SET waiting = false WHERE story_id = ANY (${idArray(ids)}::bigint[])`;
  }
  return ids;
}

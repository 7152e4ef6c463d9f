import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql, type TransactionSql } from "../../ports/record.ts";

/** What shows which media item: stories, and accounts whose avatar it is. */

export interface Use {
  readonly mediaId: Id;
  /** The story's or the account's. */
  readonly userId: Id;
  readonly isAvatar: boolean;
  /** Who may see it there (`audiences`). */
  readonly audience: number;
  /** The story is deleted and comes back only if its author thinks again at once; the account has another avatar. */
  readonly isFinal: boolean;
  /** Of the story or account, because facts about it may come in another order. */
  readonly version: number;
}

const columns = (sql: Sql | TransactionSql) => sql`
  media_id AS "mediaId", user_id AS "userId", is_avatar AS "isAvatar", audience, is_final AS "isFinal",
  version`;

export async function usesOf(
  sql: Sql | TransactionSql,
  mediaIds: readonly Id[],
): Promise<readonly Use[]> {
  return sql<Use[]>`
    SELECT ${columns(sql)} FROM media.uses
    WHERE media_id = ANY(${idArray(mediaIds)}::bigint[]) ORDER BY media_id, user_id`;
}

/** By this story, or this account. */
export async function usesBy(sql: TransactionSql, userId: Id): Promise<readonly Use[]> {
  return sql<Use[]>`
    SELECT ${columns(sql)} FROM media.uses WHERE user_id = ${userId} ORDER BY media_id`;
}

/** Of those that are there; what is known to be newer stays. */
export async function putUses(
  sql: TransactionSql,
  mediaIds: readonly Id[],
  use: Omit<Use, "mediaId">,
): Promise<void> {
  await sql`
    INSERT INTO media.uses (media_id, user_id, is_avatar, audience, is_final, version)
    SELECT id, ${use.userId}, ${use.isAvatar}, ${use.audience}, ${use.isFinal}, ${use.version}
    FROM media.media WHERE id = ANY(${idArray(mediaIds)}::bigint[])
    ON CONFLICT (media_id, user_id) DO UPDATE
    SET audience = excluded.audience, is_final = excluded.is_final, version = excluded.version
    WHERE uses.version < excluded.version`;
}

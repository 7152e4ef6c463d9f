import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql } from "../../ports/record.ts";

/** Of one viewer: stories that were liked and reshared, each newest first. */
export interface ReactionRows {
  readonly liked: readonly Id[];
  readonly reshared: readonly Id[];
}

interface Row {
  readonly account_id: bigint;
  readonly liked: bigint[];
  readonly reshared: bigint[];
}

/** What each of these people liked and reshared of the stories from `from` on: the newest `max` of each. */
export async function reactionsOf(
  sql: Sql,
  accountIds: readonly Id[],
  { from, max }: { readonly from: Id; readonly max: number },
): Promise<ReadonlyMap<Id, ReactionRows>> {
  const rows = await sql<Row[]>`
    SELECT viewer.account_id,
      ARRAY(
        SELECT story_id FROM stories.likes
        WHERE account_id = viewer.account_id AND story_id >= ${from}
        ORDER BY story_id DESC LIMIT ${max}
      ) AS liked,
      ARRAY(
        SELECT story_id FROM stories.reshares
        WHERE account_id = viewer.account_id AND story_id >= ${from}
        ORDER BY story_id DESC LIMIT ${max}
      ) AS reshared
    FROM unnest(${idArray(accountIds)}::bigint[]) AS viewer (account_id)`;
  return new Map(rows.map(({ account_id, liked, reshared }) => [account_id, { liked, reshared }]));
}

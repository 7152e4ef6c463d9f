import type { Sql } from "../../src/ports/record.ts";

/** An item of a feed: where it stands, what it shows and why. */
export interface Standing {
  readonly id: bigint;
  readonly storyId: bigint;
  readonly reason: "author" | "reshare";
  readonly by: readonly bigint[];
  readonly byCount: number;
}

/**
 * The whole feed of a person as the record has it, newest first: the definition of the feed in
 * the plainest SQL, without a limit, a page or an index in mind.
 */
export async function feedBySql(sql: Sql, viewerId: bigint): Promise<readonly Standing[]> {
  return sql<Standing[]>`
    WITH active AS (
      SELECT id FROM accounts.accounts WHERE status = 'active'
    ), excluded AS (
      SELECT other_id AS id FROM graph.relations
      WHERE account_id = ${viewerId}
        AND (blocked_since IS NOT NULL OR blocked_by_since IS NOT NULL OR muted_since IS NOT NULL)
    ), friend AS (
      SELECT other_id AS id FROM graph.relations
      WHERE account_id = ${viewerId} AND friend = 'friends'
        AND other_id IN (SELECT id FROM active) AND other_id NOT IN (SELECT id FROM excluded)
    ), followed AS (
      SELECT other_id AS id FROM graph.relations
      WHERE account_id = ${viewerId} AND following_since IS NOT NULL
        AND other_id IN (SELECT id FROM active) AND other_id NOT IN (SELECT id FROM excluded)
    ), seen AS (
      SELECT ${viewerId}::bigint AS id UNION SELECT id FROM friend UNION SELECT id FROM followed
    ), story AS (
      SELECT id, author_id, visibility FROM stories.stories
      WHERE status = 'live' AND author_id IN (SELECT id FROM active)
    ), authored AS (
      SELECT id, id AS story_id, 'author' AS reason, '{}'::bigint[] AS by, 0 AS by_count
      FROM story
      WHERE author_id = ${viewerId}
        OR (author_id IN (SELECT id FROM friend) AND visibility IN ('public', 'friends'))
        OR (author_id IN (SELECT id FROM followed) AND visibility = 'public')
    ), reshared AS (
      SELECT min(reshare.id) AS id, story.id AS story_id, 'reshare' AS reason,
        (array_agg(reshare.account_id ORDER BY reshare.id))[1:3] AS by, count(*)::int AS by_count
      FROM story JOIN stories.reshares AS reshare ON reshare.story_id = story.id
      WHERE story.visibility = 'public'
        AND reshare.account_id IN (SELECT id FROM seen)
        AND story.author_id NOT IN (SELECT id FROM seen)
        AND story.author_id NOT IN (SELECT id FROM excluded)
      GROUP BY story.id
    )
    SELECT id, story_id AS "storyId", reason, by, by_count AS "byCount"
    FROM (SELECT * FROM authored UNION ALL SELECT * FROM reshared) AS item
    ORDER BY id DESC`;
}

export function describeStanding({ id, storyId, reason, by, byCount }: Standing): string {
  return `${id} shows ${storyId}: ${reason} ${byCount} (${by.join(", ")})`;
}

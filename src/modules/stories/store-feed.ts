import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql } from "../../ports/record.ts";
import type { StoryState } from "./contract.ts";
import type { Reshare } from "./store-reactions.ts";

/**
 * The feed below the index's floor: rows of many people at once, newest first, always bounded.
 * People are joined and not compared with `= ANY`, which a plan that is kept for any parameters
 * would do one by one: 5,000 people times 5,000 rows.
 */

/** Ids with `from <= id < below`. Partitions outside are not touched. */
export interface IdRange {
  readonly from: Id;
  readonly below: Id;
}

/** Rows of the people asked for, of which every one at or above `coveredTo` is there. */
export interface Covered<Row> {
  readonly rows: readonly Row[];
  readonly coveredTo: Id;
}

/** The newest id of a story or a reshare below `below`: what lies between need not be looked at. */
export async function newestBelow(sql: Sql, below: Id): Promise<Id | null> {
  const [row] = await sql<{ id: bigint | null }[]>`
    SELECT greatest(
      (SELECT id FROM stories.stories WHERE id < ${below} ORDER BY id DESC LIMIT 1),
      (SELECT id FROM stories.reshares_by_time WHERE id < ${below} ORDER BY id DESC LIMIT 1)
    ) AS id`;
  return row?.id ?? null;
}

export type FeedStory = Pick<StoryState, "id" | "authorId" | "visibility" | "status">;

interface Scanned {
  /** Of the last row that was looked at; null when there were fewer than the limit. */
  readonly edge: bigint | null;
}

/** Looks at the `limit` newest stories of everybody. */
export async function scanStories(
  sql: Sql,
  authorIds: readonly Id[],
  range: IdRange,
  limit: number,
): Promise<Covered<FeedStory>> {
  const rows = await sql<(FeedStory & Scanned)[]>`
    WITH scanned AS MATERIALIZED (
      SELECT id, author_id, visibility, status FROM stories.stories
      WHERE id < ${range.below} AND id >= ${range.from} ORDER BY id DESC LIMIT ${limit}
    ), edge AS MATERIALIZED (
      SELECT CASE WHEN count(*) = ${limit} THEN min(id) END AS id FROM scanned
    )
    SELECT scanned.id, author_id AS "authorId", visibility, status, edge.id AS edge
    FROM edge LEFT JOIN (
      scanned JOIN unnest(${idArray(authorIds)}::bigint[]) AS seen (id) ON seen.id = author_id
    ) ON true`;
  return coveredBy(rows, range);
}

/** Looks at the `limit` newest reshares of everybody. */
export async function scanReshares(
  sql: Sql,
  accountIds: readonly Id[],
  range: IdRange,
  limit: number,
): Promise<Covered<Reshare>> {
  const rows = await sql<(Reshare & Scanned)[]>`
    WITH scanned AS MATERIALIZED (
      SELECT id, account_id, story_id, author_id FROM stories.reshares_by_time
      WHERE id < ${range.below} AND id >= ${range.from} ORDER BY id DESC LIMIT ${limit}
    ), edge AS MATERIALIZED (
      SELECT CASE WHEN count(*) = ${limit} THEN min(id) END AS id FROM scanned
    )
    SELECT scanned.id, account_id AS "accountId", story_id AS "storyId", author_id AS "authorId",
      edge.id AS edge
    FROM edge LEFT JOIN (
      scanned JOIN unnest(${idArray(accountIds)}::bigint[]) AS seen (id) ON seen.id = account_id
    ) ON true`;
  return coveredBy(rows, range);
}

/** The outer join gives the edge in a row of nulls where nothing else was found. */
function coveredBy<Row extends { readonly id: Id }>(
  rows: readonly (Row & Scanned)[],
  range: IdRange,
): Covered<Row> {
  return {
    rows: rows.filter((row) => (row.id as Id | null) !== null),
    coveredTo: rows[0]?.edge ?? range.from,
  };
}

/**
 * Statements of probes are planned for their very parameters. A plan that is kept for any does not
 * know that a range of ids holds thousands of rows, and walks through all of them for each person
 * (measured: 200 people in 8 s instead of 4 ms).
 */
const plannedEachTime = { prepare: false } as const;

const probedStories = `
  SELECT story.id, author_id AS "authorId", visibility, status
  FROM unnest($1::bigint[]) AS seen (id) CROSS JOIN LATERAL (
    SELECT id, author_id, visibility, status FROM stories.stories
    WHERE author_id = seen.id AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4
  ) AS story ORDER BY story.id DESC LIMIT $4`;

const probedReshares = `
  SELECT reshare.id, account_id AS "accountId", story_id AS "storyId", author_id AS "authorId"
  FROM unnest($1::bigint[]) AS seen (id) CROSS JOIN LATERAL (
    SELECT id, account_id, story_id, author_id FROM stories.reshares_by_time
    WHERE account_id = seen.id AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4
  ) AS reshare ORDER BY reshare.id DESC LIMIT $4`;

/** The `limit` newest stories of these authors, by a look at each author's own. */
export async function probeStories(
  sql: Sql,
  authorIds: readonly Id[],
  range: IdRange,
  limit: number,
): Promise<Covered<FeedStory>> {
  const parameters = [idArray(authorIds), range.from, range.below, limit];
  const rows = await sql.unsafe<FeedStory[]>(probedStories, parameters, plannedEachTime);
  return cutAt(rows, range, limit);
}

/** The `limit` newest reshares by these people, by a look at each one's own. */
export async function probeReshares(
  sql: Sql,
  accountIds: readonly Id[],
  range: IdRange,
  limit: number,
): Promise<Covered<Reshare>> {
  const parameters = [idArray(accountIds), range.from, range.below, limit];
  const rows = await sql.unsafe<Reshare[]>(probedReshares, parameters, plannedEachTime);
  return cutAt(rows, range, limit);
}

function cutAt<Row extends { readonly id: Id }>(
  rows: readonly Row[],
  range: IdRange,
  limit: number,
): Covered<Row> {
  const last = rows.at(-1);
  return { rows, coveredTo: rows.length === limit && last !== undefined ? last.id : range.from };
}

/** A public story with the reshares of it that the viewer sees. */
export interface SeenReshares {
  readonly storyId: Id;
  readonly firstId: Id;
  /** Oldest first, at most 3. */
  readonly by: readonly Id[];
  readonly byCount: number;
}

/** Those of the stories that are live and public, and who of these people reshared them. */
export async function seenReshares(
  sql: Sql,
  storyIds: readonly Id[],
  accountIds: readonly Id[],
): Promise<readonly SeenReshares[]> {
  return sql<SeenReshares[]>`
    SELECT story.id AS "storyId", seen.first_id AS "firstId", seen.by, seen.count AS "byCount"
    FROM stories.stories AS story JOIN (
      SELECT story_id, min(id) AS first_id, count(*)::int AS count,
        (array_agg(account_id ORDER BY id))[1:3] AS by
      FROM stories.reshares
      JOIN unnest(${idArray(accountIds)}::bigint[]) AS account (seen_id) ON seen_id = account_id
      WHERE story_id = ANY(${idArray(storyIds)}::bigint[])
      GROUP BY story_id
    ) AS seen ON seen.story_id = story.id
    WHERE story.id = ANY(${idArray(storyIds)}::bigint[])
      AND story.status = 'live' AND story.visibility = 'public'`;
}

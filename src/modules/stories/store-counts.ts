import { present } from "../../kernel/assert.ts";
import type { Id } from "../../kernel/id.ts";
import { parseSnapshot, type Snapshot } from "../../kernel/snapshot.ts";
import { idArray, type Sql, type Statement, type TransactionSql } from "../../ports/record.ts";
import type { Counts } from "./contract.ts";

/**
 * A ledger: each like adds a row of its own, so that a story that everybody likes has no row that
 * everybody waits for. A job folds the rows into sums; a count is the sum and what is not folded.
 */
export interface CountChange {
  readonly subjectId: Id;
  readonly likes?: number;
  readonly comments?: number;
  readonly reshares?: number;
  /** Of an author; such a change has no other part. */
  readonly stories?: number;
}

export async function addCountChanges(
  sql: TransactionSql,
  changes: readonly CountChange[],
): Promise<void> {
  if (changes.length > 0) {
    await countChanges(sql, changes);
  }
}

/** The same, not sent yet; there is a change. */
export function countChanges(sql: TransactionSql, changes: readonly CountChange[]): Statement {
  const rows = changes.map(({ subjectId, likes = 0, comments = 0, reshares = 0, stories = 0 }) => ({
    subject_id: String(subjectId),
    likes,
    comments,
    reshares,
    stories,
  }));
  return sql`
    INSERT INTO stories.count_changes (subject_id, likes, comments, reshares, stories)
    SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS change (
      subject_id bigint, likes smallint, comments smallint, reshares smallint, stories smallint)`;
}

interface CountsAt {
  readonly counts: ReadonlyMap<Id, Counts>;
  /** What the counts contain. */
  readonly snapshot: Snapshot;
}

/** A sum or a change; the first row has the snapshot and nothing else. */
interface PartRow extends Counts {
  readonly id: bigint | null;
  readonly snapshot: string | null;
}

/**
 * Sums and changes in one statement, so that the fold is seen whole or not at all. They come as they
 * are and are added here, because most stories have neither. Whoever has none is left out.
 */
export async function countsOf(sql: Sql, ids: readonly Id[]): Promise<CountsAt> {
  const wanted = idArray(ids);
  const [first, ...parts] = await sql<PartRow[]>`
    SELECT NULL::bigint AS id, 0 AS likes, 0 AS comments, 0 AS reshares,
      pg_current_snapshot()::text AS snapshot
    UNION ALL
    SELECT story_id, likes, comments, reshares, NULL
    FROM stories.counts WHERE story_id = ANY(${wanted}::bigint[])
    UNION ALL
    SELECT subject_id, likes, comments, reshares, NULL
    FROM stories.count_changes WHERE subject_id = ANY(${wanted}::bigint[])`;
  const counts = new Map<Id, Counts>();
  for (const { id, likes, comments, reshares } of parts) {
    const key = present(id, "the subject of a count");
    const sum = counts.get(key);
    counts.set(key, {
      likes: (sum?.likes ?? 0) + likes,
      comments: (sum?.comments ?? 0) + comments,
      reshares: (sum?.reshares ?? 0) + reshares,
    });
  }
  return { counts, snapshot: parseSnapshot(present(first?.snapshot, "the statement's snapshot")) };
}

/** How many live stories each of the authors has; those without any may be left out. */
export async function storyCountsOf(
  sql: Sql,
  authorIds: readonly Id[],
): Promise<ReadonlyMap<Id, number>> {
  const wanted = idArray(authorIds);
  const rows = await sql<{ id: bigint; stories: number }[]>`
    SELECT id, sum(stories)::int AS stories FROM (
      SELECT author_id AS id, stories
      FROM stories.author_counts WHERE author_id = ANY(${wanted}::bigint[])
      UNION ALL
      SELECT subject_id, stories
      FROM stories.count_changes WHERE subject_id = ANY(${wanted}::bigint[])
    ) AS part GROUP BY id`;
  return new Map(rows.map(({ id, stories }) => [id, stories] as const));
}

/**
 * Folds at most `limit` changes into the sums; how many it were. One fold at a time, on one node:
 * a second one finds nothing to do.
 */
export async function foldChanges(sql: TransactionSql, limit: number): Promise<number> {
  const [row] = await sql<{ folded: number }[]>`
    WITH alone AS MATERIALIZED (
      SELECT pg_try_advisory_xact_lock(hashtextextended('maru stories fold', 0)) AS mine
    ), taken AS (
      DELETE FROM stories.count_changes
      WHERE (SELECT mine FROM alone)
        AND ctid = ANY(ARRAY(SELECT ctid FROM stories.count_changes LIMIT ${limit}))
      RETURNING subject_id, likes, comments, reshares, stories
    ), of_stories AS (
      INSERT INTO stories.counts AS held (story_id, likes, comments, reshares)
      SELECT subject_id, sum(likes), sum(comments), sum(reshares) FROM taken
      WHERE stories = 0 GROUP BY subject_id ORDER BY subject_id
      ON CONFLICT (story_id) DO UPDATE SET likes = held.likes + excluded.likes,
        comments = held.comments + excluded.comments, reshares = held.reshares + excluded.reshares
    ), of_authors AS (
      INSERT INTO stories.author_counts AS held (author_id, stories)
      SELECT subject_id, sum(stories) FROM taken
      WHERE stories <> 0 GROUP BY subject_id ORDER BY subject_id
      ON CONFLICT (author_id) DO UPDATE SET stories = held.stories + excluded.stories
    )
    SELECT count(*)::int AS folded FROM taken`;
  return row?.folded ?? 0;
}

import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql } from "../../ports/record.ts";
import type { ReshareState, Status, StoryState, Visibility, WindowChunk } from "./contract.ts";

/** What the feed's index loads: where stories and reshares stand, without their texts. */

/** The id of the `size`th newest story or reshare below `below`, or of the oldest; null for none. */
export async function chunkStart(sql: Sql, below: Id, size: number): Promise<Id | null> {
  const [row] = await sql<{ start: bigint | null }[]>`
    SELECT min(id) AS start FROM (
      SELECT id FROM (
        (SELECT id FROM stories.stories WHERE id < ${below} ORDER BY id DESC LIMIT ${size})
        UNION ALL
        (SELECT id FROM stories.reshares_by_time WHERE id < ${below} ORDER BY id DESC LIMIT ${size})
      ) AS entry ORDER BY id DESC LIMIT ${size}
    ) AS newest`;
  return row?.start ?? null;
}

type ChunkPart = "story" | "reshare" | "target" | "target reshare";

/** A story has `actor_id` as its author, a reshare has it as the resharer. */
interface ChunkRow {
  readonly part: ChunkPart;
  readonly id: bigint;
  readonly actor_id: bigint;
  readonly story_id: bigint | null;
  readonly visibility: Visibility | null;
  readonly status: Status | null;
  readonly version: number | null;
}

/**
 * Everything with `from <= id < below` and what its reshares refer to, in one statement, so that
 * all of it is of one snapshot. A target may also lie above the range: clocks of two nodes differ
 * a little, and a reshare may have a lower id than its story.
 */
export async function chunkRows(sql: Sql, from: Id, below: Id): Promise<WindowChunk> {
  const rows = await sql<ChunkRow[]>`
    WITH reshare AS MATERIALIZED (
      SELECT id, account_id, story_id FROM stories.reshares_by_time
      WHERE id >= ${from} AND id < ${below}
    ), target_id AS MATERIALIZED (
      SELECT DISTINCT story_id FROM reshare WHERE story_id < ${from} OR story_id >= ${below}
    ), target AS MATERIALIZED (
      SELECT story.* FROM target_id CROSS JOIN LATERAL (
        SELECT id, author_id, visibility, status, version FROM stories.stories
        WHERE id = target_id.story_id LIMIT 1
      ) AS story
    )
    SELECT 'story' AS part, id, author_id AS actor_id, NULL::bigint AS story_id, visibility, status,
      version
    FROM stories.stories WHERE id >= ${from} AND id < ${below}
    UNION ALL
    SELECT 'target', id, author_id, NULL, visibility, status, version FROM target
    UNION ALL
    SELECT 'reshare', id, account_id, story_id, NULL, NULL, NULL FROM reshare
    UNION ALL
    SELECT 'target reshare', other.id, other.account_id, target.id, NULL, NULL, NULL
    FROM target CROSS JOIN LATERAL (
      SELECT id, account_id FROM stories.reshares
      WHERE story_id = target.id AND (id < ${from} OR id >= ${below}) OFFSET 0
    ) AS other`;
  return {
    from,
    stories: rows.filter((row) => row.part === "story").map(stateOf),
    targets: rows.filter((row) => row.part === "target").map(stateOf),
    reshares: rows.filter((row) => row.part === "reshare").map(reshareOf),
    targetReshares: rows.filter((row) => row.part === "target reshare").map(reshareOf),
  };
}

function stateOf({ id, actor_id, visibility, status, version }: ChunkRow): StoryState {
  return {
    id,
    authorId: actor_id,
    // Only reshares have none of these.
    visibility: visibility ?? "self",
    status: status ?? "deleted",
    version: version ?? 0,
  };
}

function reshareOf({ id, actor_id, story_id }: ChunkRow): ReshareState {
  return { id, accountId: actor_id, storyId: story_id ?? 0n };
}

export async function statesOf(sql: Sql, ids: readonly Id[]): Promise<readonly StoryState[]> {
  return sql<StoryState[]>`
    SELECT id, author_id AS "authorId", visibility, status, version
    FROM stories.stories WHERE id = ANY(${idArray(ids)}::bigint[])`;
}

export async function resharesOf(
  sql: Sql,
  storyIds: readonly Id[],
): Promise<readonly ReshareState[]> {
  return sql<ReshareState[]>`
    SELECT id, account_id AS "accountId", story_id AS "storyId"
    FROM stories.reshares WHERE story_id = ANY(${idArray(storyIds)}::bigint[])`;
}

import { present } from "../../kernel/assert.ts";
import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql } from "../../ports/record.ts";
import {
  packedHiddenBit,
  packedLiveBit,
  packedVisibilityMask,
  reshareAt,
  storyAt,
  type PackedReshares,
  type PackedStories,
  type ReshareState,
  type StoryState,
  type WindowChunk,
} from "./contract.ts";

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

/** Packed by the database, eight bytes an id; null where there is none. Actors are authors or resharers. */
interface PackedPart {
  readonly part: "story" | "reshare" | "target" | "target reshare";
  readonly ids: Buffer | null;
  readonly actors: Buffer | null;
  /** Of reshares. */
  readonly stories: Buffer | null;
  /** Of stories, four bytes each: the version, and below it `stateBits` of what decides who sees it. */
  readonly states: Buffer | null;
}

/** As `PackedStories` has its states. */
const stateBits = 4;
/** As many as there can be. */
const rowsMax = 2 ** 31 - 1;
const stateMask = packedVisibilityMask | packedLiveBit | packedHiddenBit;

/**
 * Everything with `from <= id < below` and what its reshares refer to, in one statement, so that
 * all of it is of one snapshot. A target may also lie above the range: clocks of two nodes differ
 * a little, and a reshare may have a lower id than its story.
 *
 * Packed, a row takes a tenth of the time that it takes as a row of its own. An aggregate takes its
 * rows as the subquery gives them, newest first; to have the order in each aggregate would take
 * three times as long. The limit, which is never reached, keeps a subquery whole: without one,
 * parallel workers might aggregate a part each.
 */
export async function chunkRows(sql: Sql, from: Id, below: Id): Promise<WindowChunk> {
  const newestFirst = sql`ORDER BY id DESC LIMIT ${rowsMax}::int`;
  const states = sql`string_agg(int4send(version << ${stateBits}::int
    | CASE visibility WHEN 'public' THEN 0 WHEN 'friends' THEN 1 ELSE 2 END
    | CASE status WHEN 'live' THEN ${packedLiveBit}::int
      WHEN 'hidden' THEN ${packedHiddenBit}::int ELSE 0 END), '')`;
  const rows = await sql<PackedPart[]>`
    WITH reshare AS MATERIALIZED (
      SELECT id, account_id, story_id FROM stories.reshares_by_time
      WHERE id >= ${from} AND id < ${below} ${newestFirst}
    ), target_id AS MATERIALIZED (
      SELECT DISTINCT story_id FROM reshare WHERE story_id < ${from} OR story_id >= ${below}
    ), target AS MATERIALIZED (
      SELECT story.* FROM target_id CROSS JOIN LATERAL (
        SELECT id, author_id, visibility, status, version FROM stories.stories
        WHERE id = target_id.story_id LIMIT 1
      ) AS story ${newestFirst}
    ), target_reshare AS MATERIALIZED (
      SELECT other.id, other.account_id, target.id AS story_id
      FROM target CROSS JOIN LATERAL (
        SELECT id, account_id FROM stories.reshares
        WHERE story_id = target.id AND (id < ${from} OR id >= ${below}) OFFSET 0
      ) AS other ${newestFirst}
    )
    SELECT 'story' AS part, string_agg(int8send(id), '') AS ids,
      string_agg(int8send(author_id), '') AS actors, NULL::bytea AS stories, ${states} AS states
    FROM (
      SELECT id, author_id, visibility, status, version FROM stories.stories
      WHERE id >= ${from} AND id < ${below} ${newestFirst}
    ) AS story
    UNION ALL
    SELECT 'target', string_agg(int8send(id), ''), string_agg(int8send(author_id), ''), NULL,
      ${states}
    FROM target
    UNION ALL
    SELECT 'reshare', string_agg(int8send(id), ''), string_agg(int8send(account_id), ''),
      string_agg(int8send(story_id), ''), NULL
    FROM reshare
    UNION ALL
    SELECT 'target reshare', string_agg(int8send(id), ''), string_agg(int8send(account_id), ''),
      string_agg(int8send(story_id), ''), NULL
    FROM target_reshare`;
  const partOf = (name: PackedPart["part"]): PackedPart =>
    present(
      rows.find(({ part }) => part === name),
      "a row for each part",
    );
  const targets = storiesOf(partOf("target"));
  const targetReshares = resharesIn(partOf("target reshare"));
  return {
    stories: storiesOf(partOf("story")),
    reshares: resharesIn(partOf("reshare")),
    targets: Array.from({ length: targets.count }, (_, i) => storyAt(targets, i)),
    targetReshares: Array.from({ length: targetReshares.count }, (_, i) =>
      reshareAt(targetReshares, i),
    ),
  };
}

const idBytes = 8;
const wordBytes = 4;

interface Words {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

function wordsOf(packed: Buffer | null): Words {
  const bytes = packed ?? Buffer.alloc(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / idBytes;
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    high[i] = view.getUint32(i * idBytes);
    low[i] = view.getUint32(i * idBytes + wordBytes);
  }
  return { high, low };
}

function storiesOf({ ids, actors, states }: PackedPart): PackedStories {
  const { high, low } = wordsOf(ids);
  const author = wordsOf(actors);
  const count = high.length;
  const bytes = states ?? Buffer.alloc(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state = new Uint8Array(count);
  const version = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const word = view.getUint32(i * wordBytes);
    state[i] = word & stateMask;
    version[i] = word >>> stateBits;
  }
  return { count, high, low, authorHigh: author.high, authorLow: author.low, state, version };
}

function resharesIn({ ids, actors, stories }: PackedPart): PackedReshares {
  const { high, low } = wordsOf(ids);
  const account = wordsOf(actors);
  const story = wordsOf(stories);
  return {
    count: high.length,
    high,
    low,
    accountHigh: account.high,
    accountLow: account.low,
    storyHigh: story.high,
    storyLow: story.low,
  };
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

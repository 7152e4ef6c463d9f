import { expect } from "vitest";
import type { Sql } from "../../src/ports/record.ts";
import { readAll, send, type FeedItem, type Person } from "../support/client.ts";
import { describeStanding, feedBySql } from "../support/feed-by-sql.ts";
import type { Acknowledged } from "./writer.ts";

/** Compares what was acknowledged with the rows, and the rows with each other. */

/** Erasures, the log and jobs come after the answers; they have so long to catch up. */
const settledMs = 20_000;

async function isSettled(sql: Sql): Promise<object> {
  const [row] = await sql`
    SELECT (SELECT count(*)::int FROM log.outbox) AS waiting,
      (SELECT count(*)::int FROM log.consumers JOIN log.events ON events.position > consumers.position
        -- Others have no such events to handle, and store no progress over them.
        WHERE name LIKE '%.erasure' AND (type = 'accounts.deleted.v1' OR type = replace(name, '.erasure', '.erasure_continued.v1')
          OR name = 'stories.erasure' AND type = 'stories.deleted.v1')) AS behind,
      (SELECT count(*)::int FROM log.dead_letters) AS dead,
      (SELECT count(*)::int FROM stories.deletions) AS undoable,
      (SELECT count(*)::int FROM stories.count_changes) AS unfolded`;
  return row ?? {};
}

/** Waits until everything has been positioned, consumed and folded, and no deletion may be undone. */
export async function settle(sql: Sql): Promise<void> {
  // As if the time had passed for which they may.
  await sql`UPDATE stories.deletions SET deleted_at = deleted_at - interval '1 hour'`;
  await expect
    .poll(() => isSettled(sql), { timeout: settledMs, interval: 100 })
    .toEqual({ waiting: 0, behind: 0, dead: 0, undoable: 0, unfolded: 0 });
}

const sorted = (texts: Iterable<string>): string[] => [...texts].sort();

/** Every acknowledged write is there, once, and nothing else is. */
export async function compareWithRows(sql: Sql, acknowledged: Acknowledged): Promise<void> {
  const { people, stories, comments, likes, reshares } = acknowledged;
  const there = (records: ReadonlyMap<string, boolean>): string[] =>
    sorted([...records].flatMap(([key, isSo]) => (isSo ? [key] : [])));

  expect(acknowledged.surprises).toEqual([]);
  const accounts = await sql<{ id: bigint; handle: string | null; status: string }[]>`
    SELECT id, handle, status FROM accounts.accounts`;
  expect(sorted(accounts.map(({ id, handle, status }) => `${id} ${handle} ${status}`))).toEqual(
    sorted(
      [...people].map(([handle, { id, gone }]) =>
        gone ? `${id} null deleted` : `${id} ${handle} active`,
      ),
    ),
  );

  const gone = new Set([...people.values()].filter((person) => person.gone).map(({ id }) => id));
  const storyRows = await sql<
    { id: bigint; author_id: bigint; visibility: string; status: string; text: string }[]
  >`SELECT id, author_id, visibility, status, text FROM stories.stories`;
  expect(
    sorted(
      storyRows.map((row) =>
        [row.id, row.author_id, row.visibility, row.status, row.text].join(" "),
      ),
    ),
  ).toEqual(
    sorted(
      [...stories]
        .filter(([, { authorId }]) => !gone.has(authorId))
        .map(([id, { authorId, visibility, text, deleted }]) =>
          [id, authorId, visibility, deleted ? "deleted" : "live", deleted ? "" : text].join(" "),
        ),
    ),
  );

  const isLive = (storyId: string): boolean => stories.get(storyId)?.deleted === false;
  const commentRows = await sql<
    { id: bigint; story_id: bigint; author_id: bigint; text: string }[]
  >`SELECT id, story_id, author_id, text FROM stories.comments WHERE status = 'live'`;
  expect(
    sorted(commentRows.map((row) => [row.id, row.story_id, row.author_id, row.text].join(" "))),
  ).toEqual(
    sorted(
      [...comments]
        .filter(([, { storyId, deleted }]) => !deleted && isLive(storyId))
        .map(([id, { storyId, authorId, text }]) => [id, storyId, authorId, text].join(" ")),
    ),
  );

  const storyOf = (key: string): string => key.split(" ")[1] ?? "";
  const reactions = async (table: "likes" | "reshares"): Promise<string[]> => {
    const rows = await sql<{ key: string }[]>`
      SELECT account_id || ' ' || story_id AS key FROM stories.${sql(table)}`;
    return sorted(rows.map(({ key }) => key));
  };
  expect(await reactions("likes")).toEqual(there(likes).filter((key) => isLive(storyOf(key))));
  expect(await reactions("reshares")).toEqual(
    there(reshares).filter((key) => isLive(storyOf(key))),
  );

  const relations = await sql<
    { key: string; friend: string; follows: boolean; mutes: boolean }[]
  >`SELECT account_id || ' ' || other_id AS key, friend,
      following_since IS NOT NULL AS follows, muted_since IS NOT NULL AS mutes
    FROM graph.relations`;
  const keysOf = (isWanted: (row: (typeof relations)[number]) => boolean): string[] =>
    sorted(relations.filter(isWanted).map(({ key }) => key));
  expect(keysOf(({ follows }) => follows)).toEqual(there(acknowledged.follows));
  expect(keysOf(({ mutes }) => mutes)).toEqual(there(acknowledged.mutes));
  expect(
    sorted(
      relations.filter((row) => row.friend !== "none").map(({ key, friend }) => `${key} ${friend}`),
    ),
  ).toEqual(
    sorted(
      [...acknowledged.friends].flatMap(([key, state]) =>
        state === "none" ? [] : [`${key} ${state}`],
      ),
    ),
  );

  // Whoever was told that something is not there was told the truth.
  for (const id of acknowledged.missing) {
    const { deleted, restored } = stories.get(id) ?? {};
    const wasGone = deleted === true || restored === true || comments.has(id);
    expect([id, wasGone]).toEqual([id, true]);
  }
}

/** Counters equal the rows that they count. */
export async function compareCounters(sql: Sql): Promise<void> {
  const wrongCounts = await sql`
    SELECT story.id, counts.* FROM stories.stories AS story
    LEFT JOIN stories.counts ON counts.story_id = story.id
    WHERE story.status = 'live' AND (
      coalesce(counts.likes, 0), coalesce(counts.comments, 0), coalesce(counts.reshares, 0)
    ) <> (
      (SELECT count(*) FROM stories.likes WHERE likes.story_id = story.id),
      (SELECT count(*) FROM stories.comments
        WHERE comments.story_id = story.id AND comments.status = 'live'),
      (SELECT count(*) FROM stories.reshares WHERE reshares.story_id = story.id)
    )`;
  expect(wrongCounts).toEqual([]);
  const wrongAuthors = await sql`
    SELECT author.id, author_counts.stories FROM accounts.accounts AS author
    LEFT JOIN stories.author_counts ON author_counts.author_id = author.id
    WHERE coalesce(author_counts.stories, 0) <> (
      SELECT count(*) FROM stories.stories WHERE author_id = author.id AND status = 'live'
    )`;
  expect(wrongAuthors).toEqual([]);
  const wrongMembers = await sql`
    SELECT member.* FROM graph.members AS member
    LEFT JOIN LATERAL (
      SELECT count(*) FILTER (WHERE friend = 'friends') AS friends,
        count(*) FILTER (WHERE friend = 'requested') AS sent,
        count(*) FILTER (WHERE friend = 'received') AS received,
        count(following_since) AS following, count(followed_by_since) AS followers,
        count(muted_since) AS mutes, count(blocked_since) AS blocks
      FROM graph.relations WHERE relations.account_id = member.account_id
    ) AS rows ON true
    WHERE (member.friends, member.requests_sent, member.requests_received, member.following,
        member.followers, member.mutes, member.blocks)
      <> (rows.friends, rows.sent, rows.received, rows.following, rows.followers, rows.mutes,
        rows.blocks)`;
  expect(wrongMembers).toEqual([]);
  const twice = await sql`
    SELECT 'reshares' AS of FROM (
      SELECT account_id, id, story_id FROM stories.reshares
      EXCEPT SELECT account_id, id, story_id FROM stories.reshares_by_time) AS only_by_story
    UNION ALL SELECT 'reshares by time' FROM (
      SELECT account_id, id, story_id FROM stories.reshares_by_time
      EXCEPT SELECT account_id, id, story_id FROM stories.reshares) AS only_by_time`;
  expect(twice).toEqual([]);
}

/** Positions have no gap, and every event stands in the log once: one for each row that tells of it. */
export async function compareLog(sql: Sql, acknowledged: Acknowledged): Promise<void> {
  const [log] = await sql<{ events: number; ids: number; first: bigint; last: bigint }[]>`
    SELECT count(*)::int AS events, count(DISTINCT id)::int AS ids,
      min(position) AS first, max(position) AS last FROM log.events`;
  const [state] = await sql<{ position: bigint }[]>`SELECT position FROM log.state`;
  expect(log).toEqual({
    events: log!.ids,
    ids: Number(state!.position),
    first: 1n,
    last: state!.position,
  });
  const versions = await sql`
    SELECT aggregate_type, aggregate_id, version, count(*)::int AS times FROM log.events
    WHERE version > 0 GROUP BY 1, 2, 3 HAVING count(*) > 1`;
  expect(versions).toEqual([]);
  const told = async (type: string, member: string): Promise<string[]> => {
    const rows = await sql<{ id: string }[]>`
      SELECT data ->> ${member} AS id FROM log.events WHERE type = ${type}`;
    return sorted(rows.map(({ id }) => id));
  };
  const { stories, comments, people } = acknowledged;
  expect(await told("stories.published.v1", "storyId")).toEqual(sorted(stories.keys()));
  expect(await told("stories.commented.v1", "commentId")).toEqual(sorted(comments.keys()));
  const back = await told("stories.restored.v1", "storyId");
  const gone = [...stories].flatMap(([id, { deleted }]) => (deleted ? [id] : []));
  expect(await told("stories.deleted.v1", "storyId")).toEqual(sorted([...gone, ...back]));
  expect(sorted(new Set(back))).toEqual(
    sorted([...stories].flatMap(([id, { restored }]) => (restored ? [id] : []))),
  );
  expect(await told("accounts.deleted.v1", "accountId")).toEqual(
    sorted([...people.values()].flatMap(({ id, gone }) => (gone ? [id] : []))),
  );
}

function standingOf({ id, story, reason }: FeedItem): string {
  return describeStanding({
    id: BigInt(id),
    storyId: BigInt(story.id),
    reason: reason.type,
    by: reason.by.map((person) => BigInt(person.id)),
    byCount: reason.byCount,
  });
}

/** What each person reads over HTTP is what the rows say, counts included. */
export async function compareFeeds(
  url: string,
  sql: Sql,
  people: readonly Person[],
): Promise<number> {
  let items = 0;
  for (const person of people) {
    const feed = await readAll(url, "/v1/feed", person.token);
    expect(feed.map(standingOf)).toEqual(
      (await feedBySql(sql, BigInt(person.id))).map(describeStanding),
    );
    items += feed.length;
  }
  const counts = await sql<{ id: bigint; likes: number; comments: number; reshares: number }[]>`
    SELECT id, coalesce(likes, 0) AS likes, coalesce(comments, 0) AS comments,
      coalesce(reshares, 0) AS reshares
    FROM stories.stories LEFT JOIN stories.counts ON story_id = id
    WHERE status = 'live' AND visibility = 'public'`;
  for (const { id, ...expected } of counts) {
    const { body } = await send<{ story: { counts: object } }>(url, {
      method: "GET",
      path: `/v1/stories/${id}`,
    });
    expect([id, body.story.counts]).toEqual([id, expected]);
  }
  for (const { id } of people) {
    const { body } = await send<{ account: { counts: object } }>(url, {
      method: "GET",
      path: `/v1/accounts/${id}`,
    });
    const [expected] = await sql`
      SELECT coalesce((SELECT stories FROM stories.author_counts WHERE author_id = ${id}), 0) AS stories,
        coalesce(max(friends), 0) AS friends, coalesce(max(followers), 0) AS followers,
        coalesce(max(following), 0) AS following
      FROM graph.members WHERE account_id = ${id}`;
    expect([id, body.account.counts]).toEqual([id, expected]);
  }
  return items;
}

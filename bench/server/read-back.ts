import { setTimeout as pause } from "node:timers/promises";
import { refusals } from "../load/plan.ts";
import type { Sql } from "../../src/ports/record.ts";
import { createTokens } from "../load/traffic.ts";
import { accountId, idBases, type Community } from "../seed/arithmetic.ts";
import type { Prepared, Served } from "./served-community.ts";

const attemptsMax = 10;
const msPerS = 1_000;

export class ReadBackError extends Error {
  override readonly name = "ReadBackError";
}

interface RecordItem {
  readonly id: bigint;
  readonly story_id: bigint;
  readonly handle: string;
  readonly text: string;
  readonly likes: number;
  readonly comments: number;
  readonly reshares: number;
  readonly liked: boolean;
}

interface FeedAnswer {
  readonly items: readonly {
    readonly id: string;
    readonly story: {
      readonly id: string;
      readonly text: string;
      readonly author: { readonly handle: string };
      readonly counts: {
        readonly likes: number;
        readonly comments: number;
        readonly reshares: number;
      };
      readonly viewer: { readonly liked: boolean };
    };
  }[];
  readonly nextCursor: string | null;
}

const pageSize = 20;
const pages = 2;
const peopleSampled = 12;
const hubsSampled = 3;

/** The newest of a person's feed, by the definition: rows counted, no view and no sum asked. */
async function newestByRecord(sql: Sql, viewer: bigint, limit: number): Promise<RecordItem[]> {
  return sql<RecordItem[]>`
    WITH friend AS MATERIALIZED (
      SELECT other_id AS id FROM graph.relations
      WHERE account_id = ${viewer} AND friend = 'friends' AND blocked_since IS NULL
        AND blocked_by_since IS NULL AND muted_since IS NULL
    ), seen AS MATERIALIZED (
      SELECT id FROM friend UNION SELECT ${viewer}::bigint
    ), authored AS (
      SELECT story.id, story.id AS story_id FROM seen JOIN stories.stories AS story
        ON story.author_id = seen.id
      WHERE status = 'live' AND (author_id = ${viewer} OR visibility <> 'self')
      ORDER BY story.id DESC LIMIT ${limit}
    ), reshared AS (
      SELECT min(reshare.id) AS id, story.id AS story_id
      FROM seen JOIN stories.reshares_by_time AS reshare ON reshare.account_id = seen.id
        JOIN stories.stories AS story
          ON story.author_id = reshare.author_id AND story.id = reshare.story_id
      WHERE story.visibility = 'public' AND story.status = 'live'
        AND story.author_id NOT IN (SELECT id FROM seen)
      GROUP BY story.id ORDER BY 1 DESC LIMIT ${limit}
    ), item AS (
      SELECT * FROM authored UNION ALL SELECT * FROM reshared ORDER BY id DESC LIMIT ${limit}
    )
    SELECT item.id, story_id, account.handle, story.text,
      (SELECT count(*)::int FROM stories.likes l WHERE l.story_id = item.story_id) AS likes,
      (SELECT count(*)::int FROM stories.comments c WHERE c.story_id = item.story_id) AS comments,
      (SELECT count(*)::int FROM stories.reshares r WHERE r.story_id = item.story_id) AS reshares,
      EXISTS (SELECT 1 FROM stories.likes l
        WHERE l.account_id = ${viewer} AND l.story_id = item.story_id) AS liked
    FROM item JOIN stories.stories AS story ON story.id = item.story_id
      JOIN accounts.accounts AS account ON account.id = story.author_id
    ORDER BY item.id DESC`;
}

/** Right after a load a server may still refuse. */
async function askUntilServed(url: string, token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(url, { headers });
    if (!refusals.has(answer.status) || attempt >= attemptsMax) {
      return answer;
    }
    await pause(Number(answer.headers.get("retry-after") ?? 1) * msPerS);
  }
}

async function newestByServer(url: string, token: string): Promise<FeedAnswer["items"]> {
  const items: FeedAnswer["items"][number][] = [];
  let cursor: string | null = "";
  for (let page = 0; page < pages && cursor !== null; page += 1) {
    const query: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const answer = await askUntilServed(`${url}/v1/feed${query}`, token);
    if (!answer.ok) {
      throw new ReadBackError(`reading back: ${String(answer.status)} ${await answer.text()}`);
    }
    const read = (await answer.json()) as FeedAnswer;
    items.push(...read.items);
    cursor = read.nextCursor;
  }
  return items;
}

function describe(item: FeedAnswer["items"][number]): string {
  const { story } = item;
  const { likes, comments, reshares } = story.counts;
  return `${item.id} ${story.id} @${story.author.handle} ${String(likes)}/${String(comments)}/${String(reshares)} ${String(story.viewer.liked)} ${story.text}`;
}

function describeRow(row: RecordItem): string {
  return `${String(row.id)} ${String(row.story_id)} @${row.handle} ${String(row.likes)}/${String(row.comments)}/${String(row.reshares)} ${String(row.liked)} ${row.text}`;
}

/**
 * Compares what the server answers with the record, once nothing is under way: feeds of people of
 * all kinds, in order, with texts and exact counts, the first page and the next. Throws ReadBackError
 * at the first difference; returns how many items were the same.
 */
export async function readBack(
  { node, sql }: Pick<Served, "node" | "sql">,
  {
    community,
    people,
    hubs,
  }: Pick<Prepared, "people" | "hubs"> & {
    readonly community: Community;
  },
): Promise<number> {
  const bases = idBases(community);
  const tokens = createTokens({ community });
  const spread = (count: number, of: number, from: number): number[] =>
    Array.from({ length: count }, (_, i) => from + Math.floor((i * of) / count));
  const viewers = [
    ...spread(peopleSampled, people, 0),
    ...spread(hubsSampled, hubs, community.people),
  ];
  let same = 0;
  for (const viewer of viewers) {
    const expected = await newestByRecord(sql, accountId(bases, viewer), pageSize * pages);
    const found = await newestByServer(node.url, tokens(viewer));
    expected.forEach((row, i) => {
      const item = found[i];
      const [wanted, shown] = [describeRow(row), item === undefined ? "nothing" : describe(item)];
      if (wanted !== shown) {
        throw new ReadBackError(
          `the feed of s${String(viewer)} differs at ${String(i)}:\n  record: ${wanted}\n  server: ${shown}`,
        );
      }
      same += 1;
    });
    if (found.length !== expected.length) {
      throw new ReadBackError(
        `the feed of s${String(viewer)} has ${String(found.length)} items and the record ${String(expected.length)}`,
      );
    }
  }
  return same;
}

/** That every story that was answered with 201 is in the record, with its text, and how many there are. */
export async function readBackPublished(
  sql: Sql,
  published: readonly { readonly id: string; readonly text: string }[],
): Promise<void> {
  const ids = `{${published.map(({ id }) => id).join(",")}}`;
  const rows = await sql<{ id: bigint; text: string }[]>`
    SELECT id, text FROM stories.stories WHERE id = ANY (${ids}::bigint[]) AND status = 'live'`;
  const texts = new Map(rows.map(({ id, text }) => [String(id), text]));
  for (const { id, text } of published) {
    if (texts.get(id)?.normalize() !== text.normalize()) {
      throw new ReadBackError(
        `story ${id} was acknowledged and is not in the record as it was sent`,
      );
    }
  }
}

/** How many stories have come since the seed. */
export async function storiesSince(sql: Sql, community: Community): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::int AS count FROM stories.stories WHERE status = 'live'`;
  return (row?.count ?? 0) - community.stories;
}

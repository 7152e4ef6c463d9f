import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import type { Caller } from "./doors.ts";
import type { History, Visibility } from "./history.ts";
import type { FinalState } from "./prove-rows.ts";

/** Reads what is there at the end: rows with SQL, counters as the API tells them. */

type Sql = postgres.Sql;
type Counter = FinalState["counters"][number];

export interface FinalDeps {
  readonly databaseUrl: string;
  readonly caller: Caller;
  readonly history: History;
}

const settledMs = 60_000;
const lookMs = 200;
const countReadersMax = 8;
const ok = 200;

export async function readFinalState(deps: FinalDeps): Promise<FinalState> {
  const sql = postgres(deps.databaseUrl, {
    max: 2,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: "maru test" },
  });
  try {
    await settle(sql);
    const fromMs = performance.now();
    const rows = await readRows(sql);
    const counters = [...(await readStoryCounters(sql, deps)), ...(await readPeople(sql, deps))];
    return { ...rows, counters, span: { fromMs, toMs: performance.now() } };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Every event has its position, and what counts and erases later has done so. */
async function settle(sql: Sql): Promise<void> {
  const deadline = performance.now() + settledMs;
  for (;;) {
    const [row] = await sql<{ waiting: number; unfolded: number; dead: number }[]>`
      SELECT (SELECT count(*)::int FROM log.outbox) AS waiting,
        (SELECT count(*)::int FROM stories.count_changes) AS unfolded,
        (SELECT count(*)::int FROM log.dead_letters) AS dead`;
    if (row?.waiting === 0 && row.unfolded === 0 && row.dead === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`the record does not come to rest: ${JSON.stringify(row)}`);
    }
    await pause(lookMs);
  }
}

async function readRows(sql: Sql): Promise<Omit<FinalState, "counters" | "span">> {
  const stories = await sql<
    { id: string; author: string; text: string; visibility: Visibility; live: boolean }[]
  >`SELECT id::text, author_id::text AS author, text, visibility, status = 'live' AS live
    FROM stories.stories`;
  const comments = await sql<{ id: string; story: string; author: string; text: string }[]>`
    SELECT id::text, story_id::text AS story, author_id::text AS author, text
    FROM stories.comments WHERE status = 'live'`;
  const marks = async (table: "likes" | "reshares"): Promise<string[]> => {
    const rows = await sql<{ key: string }[]>`
      SELECT account_id || ' ' || story_id AS key FROM stories.${sql(table)}`;
    return rows.map(({ key }) => key);
  };
  const relations = await sql<
    {
      account: string;
      other: string;
      friends: boolean;
      follows: boolean;
      mutes: boolean;
      blocks: boolean;
    }[]
  >`SELECT account_id::text AS account, other_id::text AS other, friend = 'friends' AS friends,
      following_since IS NOT NULL AS follows, muted_since IS NOT NULL AS mutes,
      blocked_since IS NOT NULL AS blocks
    FROM graph.relations`;
  const ids = await sql<{ id: string }[]>`
    SELECT id::text FROM accounts.accounts
    UNION ALL SELECT id::text FROM stories.stories
    UNION ALL SELECT id::text FROM stories.comments
    UNION ALL SELECT id::text FROM stories.likes
    UNION ALL SELECT id::text FROM stories.reshares`;
  return {
    stories: stories.map(({ author, live, ...row }) => ({
      ...row,
      authorId: author,
      isLive: live,
    })),
    comments: comments.map(({ story, author, ...row }) => ({
      ...row,
      storyId: story,
      authorId: author,
    })),
    likes: await marks("likes"),
    reshares: await marks("reshares"),
    relations: relations.map((row) => ({
      accountId: row.account,
      otherId: row.other,
      areFriends: row.friends,
      isFollowing: row.follows,
      isMuting: row.mutes,
      isBlocking: row.blocks,
    })),
    ids: ids.map(({ id }) => id),
  };
}

/** What each public story says of itself, and the sums behind it of every other. */
async function readStoryCounters(sql: Sql, { caller }: FinalDeps): Promise<Counter[]> {
  const rows = await sql<
    { id: string; public: boolean; likes: number; comments: number; reshares: number }[]
  >`SELECT story.id::text, story.visibility = 'public' AS public,
      (SELECT count(*)::int FROM stories.likes WHERE likes.story_id = story.id) AS likes,
      (SELECT count(*)::int FROM stories.comments
        WHERE comments.story_id = story.id AND comments.status = 'live') AS comments,
      (SELECT count(*)::int FROM stories.reshares WHERE reshares.story_id = story.id) AS reshares
    FROM stories.stories AS story WHERE story.status = 'live'`;
  const sums = await sql<{ id: string; likes: number; comments: number; reshares: number }[]>`
    SELECT story_id::text AS id, likes::int, comments::int, reshares::int FROM stories.counts`;
  const sumOf = new Map(sums.map((sum) => [sum.id, sum]));
  const names = ["likes", "comments", "reshares"] as const;
  const stored = rows.flatMap((row) =>
    names.map((name) => ({
      of: `story ${row.id} (its row)`,
      name,
      said: sumOf.get(row.id)?.[name] ?? 0,
      rows: row[name],
    })),
  );
  const told = await inTurns(
    rows.filter((row) => row.public),
    async (row) => {
      const said = await countsOf(caller, `/v1/stories/${row.id}`, "story");
      return names.map((name) => ({
        of: `story ${row.id}`,
        name,
        said: said[name] ?? Number.NaN,
        rows: row[name],
      }));
    },
  );
  return [...stored, ...told.flat()];
}

async function readPeople(sql: Sql, { caller, history }: FinalDeps): Promise<Counter[]> {
  const rows = await sql<{ id: string; stories: number; friends: number; following: number }[]>`
    SELECT id::text,
      (SELECT count(*)::int FROM stories.stories WHERE author_id = account.id AND status = 'live')
        AS stories,
      (SELECT count(*)::int FROM graph.relations
        WHERE account_id = account.id AND friend = 'friends') AS friends,
      (SELECT count(following_since)::int FROM graph.relations WHERE account_id = account.id) AS following
    FROM accounts.accounts AS account`;
  const people = new Set(history.people);
  const counters = await inTurns(
    rows.filter(({ id }) => people.has(id)),
    async (row) => {
      const said = await countsOf(caller, `/v1/accounts/${row.id}`, "account");
      return (["stories", "friends", "following"] as const).map((name) => ({
        of: `account ${row.id}`,
        name,
        said: said[name] ?? Number.NaN,
        rows: row[name],
      }));
    },
  );
  return counters.flat();
}

async function countsOf(
  caller: Caller,
  path: string,
  member: "story" | "account",
): Promise<Readonly<Record<string, number>>> {
  const { reply } = await caller.ask({ method: "GET", path, token: null });
  if (reply?.status !== ok) throw new Error(`${path} was answered ${String(reply?.status)}`);
  return reply.body[member]?.counts ?? {};
}

async function inTurns<Row, Result>(
  rows: readonly Row[],
  read: (row: Row) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = rows.values();
  await Promise.all(
    Array.from({ length: countReadersMax }, async () => {
      for (const row of left) results.push(await read(row));
    }),
  );
  return results;
}

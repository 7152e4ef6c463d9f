import type { Id } from "../../kernel/id.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import type { FriendState } from "./contract.ts";
import type { Pair, Tally } from "./rules.ts";

/** The rows that commands change. What lists and other modules read is in store-lists.ts. */

/** The row that every command about a person locks. */
export interface Member {
  readonly accountId: Id;
  /** Rises by one with every event about this person. */
  readonly version: number;
  readonly tally: Tally;
  /** The account is gone: nothing new begins with it. */
  readonly erased: boolean;
}

/** How `accountId` stands to `otherId`; an empty pair has no row. */
export interface Relation {
  readonly accountId: Id;
  readonly otherId: Id;
  readonly pair: Pair;
}

/** Ids as PostgreSQL writes an array: quicker than an array parameter, and right for an empty one. */
export function idArray(ids: readonly Id[]): string {
  return `{${ids.join(",")}}`;
}

interface MemberRow {
  readonly account_id: bigint;
  readonly version: bigint;
  readonly friends: number;
  readonly following: number;
  readonly followers: number;
  readonly requests_sent: number;
  readonly requests_received: number;
  readonly mutes: number;
  readonly blocks: number;
  readonly erased: boolean;
}

/** How long a command waits for another about the same person before it answers 503. */
const lockTimeout = "2s";

/**
 * Locks these people in the order of their ids, so that commands cannot wait for each other in a
 * ring. Rows that are missing are made first, while no lock is held, for the same reason. The
 * statements are sent at once; whoever calls may send what is read under the locks right behind.
 */
export async function lockMembers(sql: TransactionSql, ids: readonly Id[]): Promise<Member[]> {
  const wanted = idArray(ids);
  const [, , rows] = await Promise.all([
    sql`SELECT set_config('lock_timeout', ${lockTimeout}, true)`,
    sql`
      INSERT INTO graph.members (account_id)
      SELECT wanted FROM unnest(${wanted}::bigint[]) AS wanted ORDER BY wanted
      ON CONFLICT DO NOTHING`,
    sql<MemberRow[]>`
      SELECT account_id, version, friends, following, followers, requests_sent, requests_received,
        mutes, blocks, erased
      FROM graph.members WHERE account_id = ANY(${wanted}::bigint[])
      ORDER BY account_id FOR UPDATE`,
  ]);
  return rows.map((row) => ({
    accountId: row.account_id,
    version: Number(row.version),
    tally: {
      friends: row.friends,
      following: row.following,
      followers: row.followers,
      requestsSent: row.requests_sent,
      requestsReceived: row.requests_received,
      mutes: row.mutes,
      blocks: row.blocks,
    },
    erased: row.erased,
  }));
}

export async function writeMembers(sql: TransactionSql, members: readonly Member[]): Promise<void> {
  const rows = members.map(({ accountId, version, tally, erased }) => ({
    account_id: String(accountId),
    version,
    friends: tally.friends,
    following: tally.following,
    followers: tally.followers,
    requests_sent: tally.requestsSent,
    requests_received: tally.requestsReceived,
    mutes: tally.mutes,
    blocks: tally.blocks,
    erased,
  }));
  await sql`
    UPDATE graph.members SET
      version = after.version, friends = after.friends, following = after.following,
      followers = after.followers, requests_sent = after.requests_sent,
      requests_received = after.requests_received, mutes = after.mutes, blocks = after.blocks,
      erased = after.erased
    FROM jsonb_to_recordset(${sql.json(rows)}) AS after(account_id bigint, version bigint,
      friends integer, following integer, followers integer, requests_sent integer,
      requests_received integer, mutes integer, blocks integer, erased boolean)
    WHERE members.account_id = after.account_id`;
}

interface RelationRow {
  readonly account_id: bigint;
  readonly other_id: bigint;
  readonly friend: FriendState;
  readonly friend_since: bigint | null;
  readonly following_since: bigint | null;
  readonly followed_by_since: bigint | null;
  readonly muted_since: bigint | null;
  readonly muted_by_since: bigint | null;
  readonly blocked_since: bigint | null;
  readonly blocked_by_since: bigint | null;
}

/** The pairs that have rows, each seen by its first person. */
export async function readRelations(
  sql: Sql | TransactionSql,
  pairs: readonly (readonly [Id, Id])[],
): Promise<Relation[]> {
  const accountIds = idArray(pairs.map(([accountId]) => accountId));
  const otherIds = idArray(pairs.map(([, otherId]) => otherId));
  const rows = await sql<RelationRow[]>`
    SELECT account_id, other_id, friend, friend_since, following_since, followed_by_since,
      muted_since, muted_by_since, blocked_since, blocked_by_since
    FROM unnest(${accountIds}::bigint[], ${otherIds}::bigint[]) AS wanted(account_id, other_id)
    JOIN graph.relations USING (account_id, other_id)`;
  return rows.map((row) => ({
    accountId: row.account_id,
    otherId: row.other_id,
    pair: {
      friend: row.friend,
      friendSince: row.friend_since,
      mine: {
        following: row.following_since,
        muted: row.muted_since,
        blocked: row.blocked_since,
      },
      theirs: {
        following: row.followed_by_since,
        muted: row.muted_by_since,
        blocked: row.blocked_by_since,
      },
    },
  }));
}

/** Writes rows whose pair is not empty; both rows of a pair belong into one call. */
export async function writeRelations(
  sql: TransactionSql,
  relations: readonly Relation[],
): Promise<void> {
  const text = (id: Id | null): string | null => (id === null ? null : String(id));
  const rows = relations.map(({ accountId, otherId, pair }) => ({
    account_id: String(accountId),
    other_id: String(otherId),
    friend: pair.friend,
    friend_since: text(pair.friendSince),
    following_since: text(pair.mine.following),
    followed_by_since: text(pair.theirs.following),
    muted_since: text(pair.mine.muted),
    muted_by_since: text(pair.theirs.muted),
    blocked_since: text(pair.mine.blocked),
    blocked_by_since: text(pair.theirs.blocked),
  }));
  await sql`
    INSERT INTO graph.relations AS held (account_id, other_id, friend, friend_since,
      following_since, followed_by_since, muted_since, muted_by_since, blocked_since,
      blocked_by_since)
    SELECT * FROM jsonb_to_recordset(${sql.json(rows)}) AS after(account_id bigint,
      other_id bigint, friend text, friend_since bigint, following_since bigint,
      followed_by_since bigint, muted_since bigint, muted_by_since bigint, blocked_since bigint,
      blocked_by_since bigint)
    ON CONFLICT (account_id, other_id) DO UPDATE SET
      friend = excluded.friend, friend_since = excluded.friend_since,
      following_since = excluded.following_since,
      followed_by_since = excluded.followed_by_since,
      muted_since = excluded.muted_since, muted_by_since = excluded.muted_by_since,
      blocked_since = excluded.blocked_since, blocked_by_since = excluded.blocked_by_since`;
}

export async function deleteRelations(
  sql: TransactionSql,
  pairs: readonly (readonly [Id, Id])[],
): Promise<void> {
  const accountIds = idArray(pairs.map(([accountId]) => accountId));
  const otherIds = idArray(pairs.map(([, otherId]) => otherId));
  await sql`
    DELETE FROM graph.relations
    USING unnest(${accountIds}::bigint[], ${otherIds}::bigint[]) AS gone(account_id, other_id)
    WHERE relations.account_id = gone.account_id AND relations.other_id = gone.other_id`;
}

/** Some of the people to whom a person has relations, whatever they are. */
export async function relatedIds(sql: TransactionSql, accountId: Id, limit: number): Promise<Id[]> {
  const rows = await sql<{ other_id: bigint }[]>`
    SELECT other_id FROM graph.relations WHERE account_id = ${accountId}
    ORDER BY other_id LIMIT ${limit}`;
  return rows.map((row) => row.other_id);
}

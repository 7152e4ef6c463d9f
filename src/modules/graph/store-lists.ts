import type { Id } from "../../kernel/id.ts";
import type { Sql } from "../../ports/record.ts";
import type { Audience, FriendState, GraphCounts } from "./contract.ts";
import { idArray } from "./store.ts";

/** What is read without locks. Everything about a person comes from that person's own rows. */

interface ListColumns {
  /** The id given when the entry began; the list is newest first by it. */
  readonly since: string;
  /** The list holds the relations whose friend state is this one. */
  readonly friend?: FriendState;
  /** Entries may be of people whom a block hides; a block ends what other lists hold. */
  readonly mayBeHidden?: boolean;
}

const lists = {
  friends: { since: "friend_since", friend: "friends" },
  requestsReceived: { since: "friend_since", friend: "received" },
  requestsSent: { since: "friend_since", friend: "requested" },
  following: { since: "following_since" },
  followers: { since: "followed_by_since" },
  mutes: { since: "muted_since", mayBeHidden: true },
  blocks: { since: "blocked_since" },
} satisfies Readonly<Record<string, ListColumns>>;

export type ListName = keyof typeof lists;

export interface ListEntry {
  readonly otherId: Id;
  readonly since: Id;
}

export async function readEntries(
  sql: Sql,
  list: { readonly name: ListName; readonly accountId: Id },
  page: { readonly below: Id; readonly limit: number },
): Promise<ListEntry[]> {
  const { since, friend, mayBeHidden }: ListColumns = lists[list.name];
  const ofFriendState = friend === undefined ? sql`` : sql`AND friend = ${friend}`;
  const visible =
    mayBeHidden === true ? sql`AND blocked_since IS NULL AND blocked_by_since IS NULL` : sql``;
  const rows = await sql<{ other_id: bigint; since: bigint }[]>`
    SELECT other_id, ${sql(since)} AS since FROM graph.relations
    WHERE account_id = ${list.accountId} AND ${sql(since)} < ${page.below}
      ${ofFriendState} ${visible}
    ORDER BY ${sql(since)} DESC LIMIT ${page.limit}`;
  return rows.map((row) => ({ otherId: row.other_id, since: row.since }));
}

interface AudienceRow {
  readonly account_id: bigint;
  readonly version: bigint;
  readonly friends: Buffer | null;
  readonly followed: Buffer | null;
  readonly blocked: Buffer | null;
  readonly blocked_by: Buffer | null;
  readonly muted: Buffer | null;
}

/**
 * All of it in one statement, so that lists and version are of one moment. The lists come packed,
 * eight bytes an id, and a list that the member's counts say is empty is not looked for.
 */
export async function readAudiences(sql: Sql, accountIds: readonly Id[]): Promise<Audience[]> {
  const rows = await sql<AudienceRow[]>`
    SELECT account_id, version,
      CASE WHEN friends > 0 THEN (
        SELECT string_agg(int8send(other_id), '') FROM graph.relations r
        WHERE r.account_id = m.account_id AND friend = 'friends' AND friend_since IS NOT NULL
      ) END AS friends,
      CASE WHEN following > 0 THEN (
        SELECT string_agg(int8send(other_id), '') FROM graph.relations r
        WHERE r.account_id = m.account_id AND following_since IS NOT NULL
      ) END AS followed,
      CASE WHEN blocks > 0 THEN (
        SELECT string_agg(int8send(other_id), '') FROM graph.relations r
        WHERE r.account_id = m.account_id AND blocked_since IS NOT NULL
      ) END AS blocked,
      (
        SELECT string_agg(int8send(other_id), '') FROM graph.relations r
        WHERE r.account_id = m.account_id AND blocked_by_since IS NOT NULL
      ) AS blocked_by,
      CASE WHEN mutes > 0 THEN (
        SELECT string_agg(int8send(other_id), '') FROM graph.relations r
        WHERE r.account_id = m.account_id AND muted_since IS NOT NULL
      ) END AS muted
    FROM graph.members m WHERE account_id = ANY(${idArray(accountIds)}::bigint[])`;
  return rows.map((row) => ({
    accountId: row.account_id,
    version: Number(row.version),
    friendIds: idsOf(row.friends),
    followedIds: idsOf(row.followed),
    hiddenIds: eitherOf(idsOf(row.blocked), idsOf(row.blocked_by)),
    mutedIds: idsOf(row.muted),
  }));
}

const idBytes = 8;

/** Nobody in the list is null: there is nothing to aggregate. */
function idsOf(packed: Buffer | null): Id[] {
  const ids: Id[] = [];
  for (let at = 0; packed !== null && at < packed.length; at += idBytes) {
    ids.push(packed.readBigInt64BE(at));
  }
  return ids;
}

/** Two who block each other stand in both lists. */
function eitherOf(some: readonly Id[], others: readonly Id[]): readonly Id[] {
  return some.length === 0 ? others : [...new Set([...some, ...others])];
}

/** The counts of those who have any relation. */
export async function readCounts(
  sql: Sql,
  accountIds: readonly Id[],
): Promise<(GraphCounts & { readonly accountId: Id })[]> {
  const rows = await sql<
    { account_id: bigint; friends: number; followers: number; following: number }[]
  >`
    SELECT account_id, friends, followers, following FROM graph.members
    WHERE account_id = ANY(${idArray(accountIds)}::bigint[])`;
  return rows.map((row) => ({
    accountId: row.account_id,
    friends: row.friends,
    followers: row.followers,
    following: row.following,
  }));
}

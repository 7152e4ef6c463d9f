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

/**
 * All of it in one statement, so that lists and version are of one moment. The lists come as text:
 * splitting it costs half of what the driver takes to read an array.
 */
export async function readAudiences(sql: Sql, accountIds: readonly Id[]): Promise<Audience[]> {
  const rows = await sql<
    {
      account_id: bigint;
      version: bigint;
      friends: string;
      followed: string;
      hidden: string;
      muted: string;
    }[]
  >`
    SELECT account_id, version,
      array_to_string(ARRAY(
        SELECT other_id FROM graph.relations r WHERE r.account_id = m.account_id
          AND friend = 'friends' AND friend_since IS NOT NULL), ',') AS friends,
      array_to_string(ARRAY(
        SELECT other_id FROM graph.relations r WHERE r.account_id = m.account_id
          AND following_since IS NOT NULL), ',') AS followed,
      array_to_string(ARRAY(
        SELECT other_id FROM graph.relations r WHERE r.account_id = m.account_id
          AND blocked_since IS NOT NULL
        UNION
        SELECT other_id FROM graph.relations r WHERE r.account_id = m.account_id
          AND blocked_by_since IS NOT NULL), ',') AS hidden,
      array_to_string(ARRAY(
        SELECT other_id FROM graph.relations r WHERE r.account_id = m.account_id
          AND muted_since IS NOT NULL), ',') AS muted
    FROM graph.members m WHERE account_id = ANY(${idArray(accountIds)}::bigint[])`;
  return rows.map((row) => ({
    accountId: row.account_id,
    version: Number(row.version),
    friendIds: idsOf(row.friends),
    followedIds: idsOf(row.followed),
    hiddenIds: idsOf(row.hidden),
    mutedIds: idsOf(row.muted),
  }));
}

function idsOf(text: string): Id[] {
  return text === "" ? [] : text.split(",").map(BigInt);
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

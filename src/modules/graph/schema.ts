import type { ModuleSchema } from "../../ports/module.ts";
import { graphEvents } from "./events.ts";

/**
 * A pair of people has two rows or none: each person's row says how they stand to the other and
 * how the other stands to them, so that all that one person's reads need is on that person's
 * shard. `…_since` is an id given when it began: null means that it is not so, and the order of
 * the ids is the order of the lists. The upper bounds are those of rules.ts, as a last defence.
 */
const membersAndRelations = `
CREATE SCHEMA IF NOT EXISTS graph;

CREATE TABLE graph.members (
  account_id bigint PRIMARY KEY,
  version bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
  friends integer NOT NULL DEFAULT 0 CHECK (friends BETWEEN 0 AND 5000),
  following integer NOT NULL DEFAULT 0 CHECK (following BETWEEN 0 AND 5000),
  followers integer NOT NULL DEFAULT 0 CHECK (followers >= 0),
  requests_sent integer NOT NULL DEFAULT 0 CHECK (requests_sent BETWEEN 0 AND 1000),
  requests_received integer NOT NULL DEFAULT 0 CHECK (requests_received BETWEEN 0 AND 1000),
  mutes integer NOT NULL DEFAULT 0 CHECK (mutes BETWEEN 0 AND 10000),
  blocks integer NOT NULL DEFAULT 0 CHECK (blocks BETWEEN 0 AND 10000),
  erased boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70);

CREATE TABLE graph.relations (
  account_id bigint NOT NULL,
  other_id bigint NOT NULL,
  friend text NOT NULL CHECK (friend IN ('none', 'requested', 'received', 'friends')),
  friend_since bigint,
  following_since bigint,
  followed_by_since bigint,
  muted_since bigint,
  muted_by_since bigint,
  blocked_since bigint,
  blocked_by_since bigint,
  PRIMARY KEY (account_id, other_id),
  CONSTRAINT relations_of_two CHECK (account_id <> other_id),
  CONSTRAINT relations_friend_dated CHECK ((friend = 'none') = (friend_since IS NULL)),
  CONSTRAINT relations_not_empty CHECK (
    num_nonnulls(friend_since, following_since, followed_by_since, muted_since, muted_by_since,
      blocked_since, blocked_by_since) > 0
  ),
  CONSTRAINT relations_block_ends_all CHECK (
    num_nonnulls(blocked_since, blocked_by_since) = 0
    OR num_nonnulls(friend_since, following_since, followed_by_since) = 0
  )
);

CREATE INDEX relations_friend ON graph.relations (account_id, friend, friend_since)
  INCLUDE (other_id) WHERE friend_since IS NOT NULL;
CREATE INDEX relations_following ON graph.relations (account_id, following_since)
  INCLUDE (other_id) WHERE following_since IS NOT NULL;
CREATE INDEX relations_followed_by ON graph.relations (account_id, followed_by_since)
  INCLUDE (other_id) WHERE followed_by_since IS NOT NULL;
CREATE INDEX relations_muted ON graph.relations (account_id, muted_since)
  INCLUDE (other_id) WHERE muted_since IS NOT NULL;
CREATE INDEX relations_blocked ON graph.relations (account_id, blocked_since)
  INCLUDE (other_id) WHERE blocked_since IS NOT NULL;
CREATE INDEX relations_blocked_by ON graph.relations (account_id, blocked_by_since)
  INCLUDE (other_id) WHERE blocked_by_since IS NOT NULL;
`;

export const graphSchema: ModuleSchema = {
  tables: {
    module: "graph",
    migrations: [{ number: 1, name: "members-and-relations", sql: membersAndRelations }],
  },
  partitioned: [],
  events: graphEvents,
};

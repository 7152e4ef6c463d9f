import type { ModuleSchema } from "../../ports/module.ts";
import { storiesEvents } from "./events.ts";

/**
 * Every table's distribution key stands first in its primary key. What grows with stories is
 * partitioned by the month of an id. PostgreSQL wants the partition key in each unique key, so
 * that ids are unique through `directory`, which has nothing else in its key.
 *
 * `reshares` makes sure that nobody reshares a story twice, and must therefore be partitioned by
 * the story; the feed walks reshares by their own time, for which `reshares_by_time` holds the
 * same rows once more.
 *
 * `count_changes` is a queue: rows come with each like and go within a second, so vacuum comes by
 * count and not by share of the table, and does not shorten the file, which would lock writers out.
 */
const storiesTables = `
CREATE SCHEMA stories;

CREATE TYPE stories.visibility AS ENUM ('public', 'friends', 'self');
CREATE TYPE stories.status AS ENUM ('live', 'hidden', 'deleted');
CREATE TYPE stories.kind AS ENUM ('story', 'comment');

CREATE TABLE stories.directory (
  id bigint NOT NULL,
  kind stories.kind NOT NULL,
  owner_id bigint NOT NULL,
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);

CREATE TABLE stories.stories (
  author_id bigint NOT NULL,
  id bigint NOT NULL,
  visibility stories.visibility NOT NULL,
  status stories.status NOT NULL DEFAULT 'live',
  version integer NOT NULL DEFAULT 1,
  edited_at timestamptz,
  lang_given boolean NOT NULL,
  link_given boolean NOT NULL,
  lang text NOT NULL,
  text text NOT NULL,
  link jsonb,
  media jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (author_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX stories_by_id ON stories.stories (id) INCLUDE (author_id, visibility, status, version);

CREATE TABLE stories.comments (
  story_id bigint NOT NULL,
  id bigint NOT NULL,
  author_id bigint NOT NULL,
  parent_id bigint,
  status stories.status NOT NULL DEFAULT 'live',
  text text NOT NULL,
  PRIMARY KEY (story_id, id)
) PARTITION BY RANGE (story_id);
CREATE INDEX comments_by_author ON stories.comments (author_id, id);

CREATE TABLE stories.likes (
  account_id bigint NOT NULL,
  story_id bigint NOT NULL,
  id bigint NOT NULL,
  PRIMARY KEY (account_id, story_id)
) PARTITION BY RANGE (story_id);
CREATE INDEX likes_by_story ON stories.likes (story_id, id) INCLUDE (account_id);

CREATE TABLE stories.reshares (
  account_id bigint NOT NULL,
  story_id bigint NOT NULL,
  id bigint NOT NULL,
  author_id bigint NOT NULL,
  PRIMARY KEY (account_id, story_id)
) PARTITION BY RANGE (story_id);
CREATE INDEX reshares_by_story ON stories.reshares (story_id, id) INCLUDE (account_id, author_id);

CREATE TABLE stories.reshares_by_time (
  account_id bigint NOT NULL,
  id bigint NOT NULL,
  story_id bigint NOT NULL,
  author_id bigint NOT NULL,
  PRIMARY KEY (account_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX reshares_by_time_id ON stories.reshares_by_time (id) INCLUDE (account_id, story_id, author_id);

CREATE TABLE stories.counts (
  story_id bigint NOT NULL,
  likes integer NOT NULL,
  comments integer NOT NULL,
  reshares integer NOT NULL,
  PRIMARY KEY (story_id)
) PARTITION BY RANGE (story_id);

CREATE TABLE stories.author_counts (
  author_id bigint PRIMARY KEY,
  stories integer NOT NULL
);

-- The subject is a story, or an author where "stories" is not 0.
CREATE TABLE stories.count_changes (
  subject_id bigint NOT NULL,
  n bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  likes smallint NOT NULL DEFAULT 0,
  comments smallint NOT NULL DEFAULT 0,
  reshares smallint NOT NULL DEFAULT 0,
  stories smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (subject_id, n)
) WITH (
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 10000,
  vacuum_truncate = false
);

-- Whose content is being erased or has been: nothing new begins with them.
CREATE TABLE stories.erased_accounts (
  account_id bigint PRIMARY KEY
);

CREATE TABLE stories.imported_stories (
  external_key text PRIMARY KEY,
  id bigint NOT NULL,
  author_id bigint NOT NULL
);
`;

/** A queue of a few seconds: small, whatever the community's size, so that it is not partitioned. */
const deletions = `
-- What its author may bring back; what is deleted and not here any more is erased, or will be soon.
CREATE TABLE stories.deletions (
  author_id bigint NOT NULL,
  story_id bigint NOT NULL,
  deleted_at timestamptz NOT NULL,
  PRIMARY KEY (author_id, story_id)
);
CREATE INDEX deletions_by_time ON stories.deletions (deleted_at);
`;

const byMonth = [
  "directory",
  "stories",
  "comments",
  "likes",
  "reshares",
  "reshares_by_time",
  "counts",
];

export const storiesSchema: ModuleSchema = {
  tables: {
    module: "stories",
    migrations: [
      { number: 1, name: "stories, reactions and counts", sql: storiesTables },
      { number: 2, name: "deletions that may be undone", sql: deletions },
    ],
  },
  partitioned: byMonth.map((table) => ({ schema: "stories", table })),
  events: storiesEvents,
};

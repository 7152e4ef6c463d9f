import type { ModuleSchema } from "../../ports/module.ts";
import { mediaEvents } from "./events.ts";

/**
 * Media is asked for by its id: by its address, by the stories that show it. So the id is the
 * distribution key, and what belongs to a media item has it first in its key and lies in its month.
 *
 * `blobs` names every blob before it is written and until it is gone, so that none is left behind by a
 * node that dies in between, whatever the store can list.
 */
const createTables = `
CREATE SCHEMA media;

CREATE TYPE media.kind AS ENUM ('image', 'video');
CREATE TYPE media.state AS ENUM ('processing', 'ready', 'failed');
CREATE TYPE media.blob_state AS ENUM ('pending', 'kept', 'doomed');

CREATE TABLE media.media (
  id bigint NOT NULL,
  -- 0: the picture of a link, which belongs to nobody.
  owner_id bigint NOT NULL,
  kind media.kind NOT NULL,
  state media.state NOT NULL,
  problem text,
  alt text NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  duration_ms integer,
  blurhash text,
  -- Part of the addresses. Another one whenever fewer people may see it.
  secret text NOT NULL,
  -- The widest of its uses: 0 nobody, 1 the owner, 2 friends, 3 everybody.
  audience smallint NOT NULL,
  original text,
  files jsonb NOT NULL DEFAULT '[]',
  preview text,
  version integer NOT NULL DEFAULT 1,
  -- Null: something uses it.
  remove_after timestamptz,
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX media_by_owner ON media.media (owner_id, id);
CREATE INDEX media_unused ON media.media (owner_id) WHERE remove_after IS NOT NULL;
CREATE INDEX media_to_remove ON media.media (remove_after) WHERE remove_after IS NOT NULL;

-- What shows it: a story, or an account as its avatar. The version is the story's or the account's.
CREATE TABLE media.uses (
  media_id bigint NOT NULL,
  user_id bigint NOT NULL,
  is_avatar boolean NOT NULL,
  audience smallint NOT NULL,
  is_final boolean NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (media_id, user_id)
) PARTITION BY RANGE (media_id);
CREATE INDEX uses_by_user ON media.uses (user_id, media_id);

CREATE TABLE media.blobs (
  media_id bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  state media.blob_state NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (media_id, key)
) PARTITION BY RANGE (media_id);
CREATE INDEX blobs_to_remove ON media.blobs (since) WHERE state <> 'kept';

-- Uploads that may be gone on with: a queue of a day, so that it is not partitioned.
CREATE TABLE media.uploads (
  id bigint PRIMARY KEY,
  owner_id bigint NOT NULL,
  bytes bigint NOT NULL,
  received bigint NOT NULL DEFAULT 0,
  parts jsonb NOT NULL DEFAULT '[]',
  metadata jsonb NOT NULL,
  media_id bigint,
  expires_at timestamptz NOT NULL
);
CREATE INDEX uploads_by_owner ON media.uploads (owner_id);
CREATE INDEX uploads_by_end ON media.uploads (expires_at);

-- One row: by it a node knows whether the store that it was given is the community's.
CREATE TABLE media.store (
  id text NOT NULL,
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
);

CREATE TABLE media.erased_accounts (account_id bigint PRIMARY KEY);
`;

const byMonth = ["media", "uses", "blobs"];

export const mediaSchema: ModuleSchema = {
  tables: {
    module: "media",
    migrations: [{ number: 1, name: "media, uses, blobs and uploads", sql: createTables }],
  },
  partitioned: byMonth.map((table) => ({ schema: "media", table })),
  events: mediaEvents,
};

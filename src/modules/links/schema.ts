import type { ModuleSchema } from "../../ports/module.ts";
import { linksEvents } from "./events.ts";

/**
 * `uses` grows with stories, so it has a partition for each month of a story's id; a story has one link.
 * Which stories of a link wait for its preview is found by an index that is empty most of the time.
 * `images` outlasts its link for a moment: what is unused there is still to be removed by its owner.
 */
const createLinks = `
CREATE SCHEMA links;

CREATE TYPE links.state AS ENUM ('wanted', 'ready', 'none');

CREATE TABLE links.previews (
  -- SHA-256 of the address, which may be long.
  url_hash bytea PRIMARY KEY CHECK (octet_length(url_hash) = 32),
  id bigint NOT NULL,
  url text NOT NULL,
  state links.state NOT NULL DEFAULT 'wanted',
  title text,
  description text,
  image_id bigint,
  image_path text,
  -- SHA-256 of the picture as it was fetched.
  image_hash bytea,
  -- A fetch is under way, and its picture will have this id.
  asked_image_id bigint,
  -- Fetches in a row that may yet come to something.
  attempts smallint NOT NULL DEFAULT 0,
  fetched_at timestamptz,
  -- From then on a story that names it has it fetched anew.
  refresh_after timestamptz NOT NULL,
  uses bigint NOT NULL DEFAULT 0 CHECK (uses >= 0),
  -- Since when it has none.
  unused_since timestamptz
) WITH (fillfactor = 80);
CREATE INDEX previews_by_id ON links.previews (id);
CREATE INDEX previews_to_retry ON links.previews (refresh_after)
  WHERE state = 'wanted' AND asked_image_id IS NULL;
CREATE INDEX previews_unused ON links.previews (unused_since) WHERE unused_since IS NOT NULL;

CREATE TABLE links.uses (
  story_id bigint NOT NULL,
  url_hash bytea NOT NULL,
  -- The story has not been told of the preview.
  waiting boolean NOT NULL,
  PRIMARY KEY (story_id)
) PARTITION BY RANGE (story_id);
CREATE INDEX uses_waiting ON links.uses (url_hash, story_id) WHERE waiting;

CREATE TABLE links.images (
  link_id bigint NOT NULL,
  image_id bigint NOT NULL,
  unused boolean NOT NULL,
  PRIMARY KEY (link_id, image_id)
);
CREATE INDEX images_unused ON links.images (image_id) WHERE unused;
`;

export const linksSchema: ModuleSchema = {
  tables: {
    module: "links",
    migrations: [{ number: 1, name: "create links", sql: createLinks }],
  },
  partitioned: [{ schema: "links", table: "uses" }],
  events: linksEvents,
};

import type { ModuleSchema } from "../../ports/module.ts";

/**
 * Files of every build of the web client that has run in the last weeks, so that a page of one build
 * finds its files at a node that serves another. Rows are touched once an hour.
 */
const createFiles = `
CREATE SCHEMA web;

CREATE TABLE web.files (
  -- With a hash of what is in it, such as /assets/feed-B3xk0aQz.js: one path is one content for good.
  path text COLLATE "C" PRIMARY KEY,
  media text NOT NULL,
  bytes bytea NOT NULL,
  -- The newest build that has the file.
  build text COLLATE "C" NOT NULL,
  last_seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);
`;

export const webSchema: ModuleSchema = {
  tables: {
    module: "web",
    migrations: [{ number: 1, name: "create files of builds", sql: createFiles }],
  },
  partitioned: [],
  events: {},
};

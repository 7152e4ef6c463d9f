import type { ModuleSchema } from "../../ports/module.ts";

/**
 * What the nodes on one record agree on beside the log.
 *
 * `nodes`: who answers reads from memory. A row is a process, never used again by another. No clock
 * stands in it: whoever waits for a node counts by its own clock how long `renewals` stays the same.
 * Everything of transactions below `applied_below` is in force there.
 *
 * `jobs`: one runner each. `token` rises with every run, so that whoever was paused in the middle
 * finds that another has taken over.
 */
const createTables = `
CREATE SCHEMA cell;

CREATE TABLE cell.nodes (
  node text PRIMARY KEY,
  renewals bigint NOT NULL DEFAULT 0,
  applied_below xid8 NOT NULL DEFAULT '0'
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

CREATE TABLE cell.jobs (
  name text PRIMARY KEY,
  holder text,
  token bigint NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL DEFAULT '-infinity',
  done_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);
`;

export const cellSchema: ModuleSchema = {
  tables: {
    module: "cell",
    migrations: [{ number: 1, name: "create what nodes agree on", sql: createTables }],
  },
  partitioned: [],
  events: {},
};

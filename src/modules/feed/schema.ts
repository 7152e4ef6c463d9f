import type { ModuleSchema } from "../../ports/module.ts";

/** The feed is a query: it has no table, and states no facts of its own. */
export const feedSchema: ModuleSchema = {
  tables: { module: "feed", migrations: [] },
  partitioned: [],
  events: {},
};

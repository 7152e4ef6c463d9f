import type { Module, ModuleDeps } from "../../ports/module.ts";
import type { Accounts } from "../accounts/contract.ts";
import type { Graph } from "./contract.ts";
import { createErasure } from "./erase.ts";
import { createImport } from "./import-friendships.ts";
import { createQueries } from "./queries.ts";
import { createRoutes } from "./routes.ts";
import { graphLimits, type GraphLimits } from "./rules.ts";

export interface GraphDeps extends ModuleDeps {
  /** Asked for lazily: the two modules know each other. */
  readonly accounts: Accounts;
  /** Lower than those of the API only in tests. */
  readonly limits?: GraphLimits;
}

export function createGraph(deps: GraphDeps): Module<Graph> {
  const { record, ids, cursors, limits = graphLimits } = deps;
  const queries = createQueries({ record });
  const commands = deps.metrics.counter(
    "maru_graph_commands_total",
    "Graph commands that were carried out, by command and whether they changed anything.",
    ["command", "outcome"],
  );
  const parts = {
    record,
    ids,
    cursors,
    limits,
    queries,
    commands,
    get accounts() {
      return deps.accounts;
    },
  };
  return {
    name: "graph",
    contract: { ...queries, importFriendships: createImport(parts) },
    routes: createRoutes(parts),
    views: [],
    consumers: [createErasure()],
    jobs: [],
    healthChecks: [],
    start: async () => undefined,
    stop: async () => undefined,
  };
}

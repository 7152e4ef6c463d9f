import type { BackfillIds } from "../../ports/ids.ts";
import type { Module, ModuleDeps } from "../../ports/module.ts";
import type { Partitions } from "../../ports/record.ts";
import type { Accounts } from "../accounts/contract.ts";
import type { Graph } from "../graph/contract.ts";
import type { Links } from "../links/contract.ts";
import type { Media } from "../media/contract.ts";
import { createBodies } from "./bodies.ts";
import type { Stories } from "./contract.ts";
import { createStoryCounts } from "./counts.ts";
import { createErasure, erasureLimitsDefault, type ErasureLimits } from "./erase.ts";
import { createFlags } from "./flags.ts";
import { createFold } from "./fold.ts";
import { importStories } from "./import-stories.ts";
import { createOlder, olderLimitsDefault, type OlderLimits } from "./older.ts";
import { createEndOfDeletions, restoreWindowMsDefault } from "./remove.ts";
import { reactionRoutes } from "./routes-reactions.ts";
import { storyRoutes } from "./routes-stories.ts";
import { createShownFollower } from "./shown.ts";
import { findStory } from "./sight.ts";
import { storyCountsOf } from "./store-counts.ts";
import { storiesById } from "./store-stories.ts";
import { createViewerReactions } from "./viewer-reactions.ts";
import { createWindow } from "./window.ts";

export interface StoriesDeps extends ModuleDeps {
  /** Asked for lazily: the modules know each other in a circle. */
  readonly accounts: Accounts;
  readonly graph: Graph;
  readonly media: Media;
  readonly links: Pick<Links, "previews">;
  readonly partitions: Partitions;
  readonly backfillIds: BackfillIds;
  readonly limits?: Partial<StoriesLimits>;
}

/** Bounds of what the module holds in memory, and of what one request may cost. */
export interface StoriesLimits {
  readonly bodyBytesMax: number;
  readonly countEntriesMax: number;
  readonly flagViewersMax: number;
  readonly older: OlderLimits;
  readonly erasure: ErasureLimits;
  /** How long an author may bring back what was deleted. */
  readonly restoreWindowMs: number;
}

export const storiesLimitsDefault: StoriesLimits = {
  bodyBytesMax: 64 * 1024 * 1024,
  countEntriesMax: 100_000,
  flagViewersMax: 5000,
  older: olderLimitsDefault,
  erasure: erasureLimitsDefault,
  restoreWindowMs: restoreWindowMsDefault,
};

export function createStories(deps: StoriesDeps): Module<Stories> {
  const { record, metrics, ids, clock, cursors, partitions, backfillIds } = deps;
  const limits: StoriesLimits = { ...storiesLimitsDefault, ...deps.limits };
  const bodies = createBodies({
    record,
    clock,
    metrics,
    media: () => deps.media,
    bytesMax: limits.bodyBytesMax,
  });
  const storyCounts = createStoryCounts({ record, metrics, entriesMax: limits.countEntriesMax });
  const flags = createFlags({ record, metrics, viewersMax: limits.flagViewersMax });
  const parts = {
    record,
    ids,
    clock,
    cursors,
    partitions,
    backfillIds,
    bodies,
    storyCounts,
    flags,
    restoreWindowMs: limits.restoreWindowMs,
    get accounts() {
      return deps.accounts;
    },
    get graph() {
      return deps.graph;
    },
    get media() {
      return deps.media;
    },
    get links() {
      return deps.links;
    },
  };
  return {
    name: "stories",
    contract: {
      ...createWindow({ record }),
      ...createOlder({ record, limits: limits.older }),
      bodies: bodies.find,
      counts: storyCounts.find,
      viewerFlags: flags.find,
      viewerReactions: createViewerReactions({ record }),
      held(id) {
        const [body, counts] = [bodies.held(id), storyCounts.held(id)];
        return body === null || counts === null ? null : { body, counts };
      },
      watch({ bodyChanged, countsChanged }) {
        bodies.watch(bodyChanged);
        storyCounts.watch(countsChanged);
      },
      sees: async (context, id) => (await findStory(parts, context, id)) !== null,
      async linkUrls(context, ids) {
        const stories = await record.read(context, (sql) => storiesById(sql, ids));
        const urls = new Map(
          stories.map(({ id, status, link }) => [
            id,
            status === "live" ? (link?.url ?? null) : null,
          ]),
        );
        return ids.map((id) => urls.get(id) ?? null);
      },
      async storyCounts(context, authorIds) {
        const counts = await record.read(context, (sql) => storyCountsOf(sql, authorIds));
        return authorIds.map((id) => counts.get(id) ?? 0);
      },
      importStories: (context, stories) => importStories(parts, context, stories),
    },
    routes: [...storyRoutes(parts), ...reactionRoutes(parts)],
    views: [bodies.view, storyCounts.view, flags.view],
    consumers: [createErasure(limits.erasure), createShownFollower(parts)],
    jobs: [createFold({ record, metrics }), createEndOfDeletions(parts)],
    healthChecks: [],
    start: async () => undefined,
    stop: async () => undefined,
  };
}

import { LRUCache } from "lru-cache";
import { present } from "../../kernel/assert.ts";
import { createBatchLoader } from "../../kernel/batch-loader.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { View } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import type { ViewerFlags } from "./contract.ts";
import { reactionsTo, type ReactionPair } from "./store-flags.ts";
import { idOf } from "./story-events.ts";

/**
 * What a viewer did with a story, in memory: one map a viewer, so that everything that is known of
 * one who went away goes at once. An event of a viewer's takes what is known of its story away and
 * not more, because the log's order is not the order in which rows were locked; a load that was
 * under way then keeps nothing of that story.
 */
export interface Flags {
  /** In the order of the ids. */
  find(context: Context, viewerId: Id, ids: readonly Id[]): Promise<readonly ViewerFlags[]>;
  readonly view: View;
}

interface Load {
  readonly changed: Set<Id>;
}

export const noFlags: ViewerFlags = { liked: false, reshared: false };
/** The four that there are, so that a map holds no objects of its own. */
const liked: ViewerFlags = { liked: true, reshared: false };
const reshared: ViewerFlags = { liked: false, reshared: true };
const both: ViewerFlags = { liked: true, reshared: true };

/** Of one viewer: more than anyone looks at in a day. */
const storiesPerViewerMax = 2000;
/** Pairs of a viewer and a story that one query loads, and queries under way at once, whoever asks. */
const loadedAtOnceMax = 1_000;
const loadsMax = 2;

export function createFlags(deps: {
  readonly record: RecordPort;
  readonly metrics: Metrics;
  readonly viewersMax: number;
}): Flags {
  const { record, metrics } = deps;
  const cache = new LRUCache<Id, Map<Id, ViewerFlags>>({ max: deps.viewersMax });
  const loads = new Map<Id, Set<Load>>();
  const hits = metrics.counter("maru_stories_flag_hits_total", "Viewers' flags found in memory.");
  const misses = metrics.counter(
    "maru_stories_flag_misses_total",
    "Viewers' flags read from the record.",
  );

  const reactions = createBatchLoader<ReactionPair, ViewerFlags>({
    keysMax: loadedAtOnceMax,
    loadsMax,
    async load(context, pairs) {
      const rows = await record.read(context, (sql) => reactionsTo(sql, pairs));
      return new Map(pairs.map((pair, i) => [pair, present(rows[i], "a row for each pair")]));
    },
  });

  async function tracked<T>(viewerId: Id, work: (load: Load) => Promise<T>): Promise<T> {
    const load: Load = { changed: new Set() };
    const ofViewer = loads.get(viewerId) ?? new Set();
    loads.set(viewerId, ofViewer.add(load));
    try {
      return await work(load);
    } finally {
      ofViewer.delete(load);
      if (ofViewer.size === 0) {
        loads.delete(viewerId);
      }
    }
  }

  function keep(viewerId: Id, stories: ReadonlyMap<Id, ViewerFlags>): void {
    const known = cache.get(viewerId) ?? new Map<Id, ViewerFlags>();
    for (const [id, flags] of stories) {
      known.set(id, flags);
    }
    // A map gives its keys in the order in which they came.
    for (const id of known.keys()) {
      if (known.size <= storiesPerViewerMax) {
        break;
      }
      known.delete(id);
    }
    cache.set(viewerId, known);
  }

  return {
    async find(context, viewerId, ids) {
      const known = context.bypassViews ? undefined : cache.get(viewerId);
      const found = new Map<Id, ViewerFlags>();
      const missing: Id[] = [];
      for (const id of new Set(ids)) {
        const flags = known?.get(id);
        if (flags === undefined) {
          missing.push(id);
        } else {
          found.set(id, flags);
        }
      }
      hits.add(found.size);
      if (missing.length > 0) {
        misses.add(missing.length);
        await tracked(viewerId, async (load) => {
          const pairs = missing.map((storyId) => ({ viewerId, storyId }));
          const rows = await reactions.load(context, pairs);
          const loaded = pairs.map((pair) => [pair.storyId, shared(rows.get(pair))] as const);
          keep(viewerId, new Map(loaded.filter(([id]) => !load.changed.has(id))));
          loaded.forEach(([id, flags]) => found.set(id, flags));
        });
      }
      return ids.map((id) => found.get(id) ?? noFlags);
    },
    view: {
      name: "stories.flags",
      types: [
        "stories.liked.v1",
        "stories.unliked.v1",
        "stories.reshared.v1",
        "stories.unreshared.v1",
      ],
      apply(event) {
        const viewerId = idOf(event, "accountId");
        const storyId = idOf(event, "storyId");
        cache.peek(viewerId)?.delete(storyId);
        loads.get(viewerId)?.forEach((load) => load.changed.add(storyId));
      },
    },
  };
}

function shared(flags: ViewerFlags | undefined): ViewerFlags {
  if (flags?.liked === true) {
    return flags.reshared ? both : liked;
  }
  return flags?.reshared === true ? reshared : noFlags;
}

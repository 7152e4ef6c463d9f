import { LRUCache } from "lru-cache";
import { createBatchLoader } from "../../kernel/batch-loader.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { Snapshot } from "../../kernel/snapshot.ts";
import type { View } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import type { Counts } from "./contract.ts";
import { countsOf } from "./store-counts.ts";
import { idOf } from "./story-events.ts";

/**
 * Exact counts from memory: what the record held at a snapshot, and every change that the snapshot
 * does not see, once. A change that comes while a load is under way waits for the load's snapshot.
 */
export interface StoryCounts {
  /** In the order of the ids. */
  find(context: Context, ids: readonly Id[]): Promise<readonly Counts[]>;
  /** Called with every change; null: memory does not hold them. */
  watch(changed: (id: Id, counts: Counts | null) => void): void;
  /** What memory holds at this moment. */
  held(id: Id): Counts | null;
  /** A command of this node is about to publish the story: once its event tells, nothing need be read. */
  expect(id: Id): void;
  readonly view: View;
}

/** What the record held. */
interface CountsAt {
  readonly counts: Counts;
  readonly snapshot: Snapshot;
}

interface Entry {
  readonly snapshot: Snapshot;
  readonly counts: { likes: number; comments: number; reshares: number };
}

interface Change {
  readonly storyId: Id;
  readonly transactionId: bigint;
  readonly of: keyof Counts;
  readonly by: 1 | -1;
}

interface Load {
  readonly found: Promise<ReadonlyMap<Id, Counts>>;
  readonly changes: Change[];
}

const changes: Readonly<Record<string, Pick<Change, "of" | "by">>> = {
  "stories.liked.v1": { of: "likes", by: 1 },
  "stories.unliked.v1": { of: "likes", by: -1 },
  "stories.commented.v1": { of: "comments", by: 1 },
  "stories.comment_deleted.v1": { of: "comments", by: -1 },
  "stories.reshared.v1": { of: "reshares", by: 1 },
  "stories.unreshared.v1": { of: "reshares", by: -1 },
};

/** Stories whose counts one query loads, and queries under way at once, whoever asks. */
const loadedAtOnceMax = 1_000;
const loadsMax = 2;

/** Stories whose event is awaited: more than commands can be under way. */
const expectedMax = 2_000;
/** Before a story was there nobody had done anything with it. */
const beforeAll: Snapshot = { xmin: 0n, sees: () => false };

export const noCounts: Counts = { likes: 0, comments: 0, reshares: 0 };

export function createStoryCounts(deps: {
  readonly record: RecordPort;
  readonly metrics: Metrics;
  readonly entriesMax: number;
}): StoryCounts {
  const { record, metrics } = deps;
  const cache = new LRUCache<Id, Entry>({ max: deps.entriesMax });
  const loading = new Map<Id, Load>();
  const expected = new LRUCache<Id, true>({ max: expectedMax });
  let watcher: (id: Id, counts: Counts | null) => void = () => undefined;
  const hits = metrics.counter("maru_stories_count_hits_total", "Counts found in memory.");
  const misses = metrics.counter("maru_stories_count_misses_total", "Counts read from the record.");
  metrics.gauge("maru_stories_count_entries", "Stories whose counts are in memory.", () => {
    return cache.size;
  });

  /** Of every story that is asked for. */
  const { load: read } = createBatchLoader<Id, CountsAt>({
    keysMax: loadedAtOnceMax,
    loadsMax,
    async load(context, ids) {
      const { counts, snapshot } = await record.read(context, (sql) => countsOf(sql, ids));
      return new Map(ids.map((id) => [id, { counts: counts.get(id) ?? noCounts, snapshot }]));
    },
  });

  async function readCounts(
    context: Context,
    ids: readonly Id[],
  ): Promise<ReadonlyMap<Id, Counts>> {
    const found = await read(context, ids);
    return new Map([...found].map(([id, { counts }]) => [id, counts]));
  }

  function loadShared(context: Context, ids: readonly Id[]): Load {
    misses.add(ids.length);
    const found = settle(read(context, ids));
    const load: Load = { found, changes: [] };
    async function settle(
      reading: Promise<ReadonlyMap<Id, CountsAt>>,
    ): Promise<ReadonlyMap<Id, Counts>> {
      try {
        const entries = new Map(
          [...(await reading)].map(([id, { counts, snapshot }]): [Id, Entry] => [
            id,
            { snapshot, counts: { ...counts } },
          ]),
        );
        for (const change of load.changes) {
          add(entries.get(change.storyId), change);
        }
        for (const [id, entry] of entries) {
          if (loading.get(id) === load) {
            cache.set(id, entry);
          }
        }
        return new Map([...entries].map(([id, entry]) => [id, { ...entry.counts }] as const));
      } finally {
        for (const id of ids) {
          if (loading.get(id) === load) {
            loading.delete(id);
          }
        }
      }
    }
    for (const id of ids) {
      loading.set(id, load);
    }
    return load;
  }

  async function join(context: Context, id: Id, load: Load): Promise<ReadonlyMap<Id, Counts>> {
    try {
      return await load.found;
    } catch {
      // Someone else's load may fail for their own reasons, such as their deadline.
      return readCounts(context, [id]);
    }
  }

  async function findAll(context: Context, ids: readonly Id[]): Promise<ReadonlyMap<Id, Counts>> {
    const found = new Map<Id, Counts>();
    const waits: (readonly [readonly Id[], Promise<ReadonlyMap<Id, Counts>>])[] = [];
    const missing: Id[] = [];
    for (const id of new Set(ids)) {
      const entry = cache.get(id);
      const load = loading.get(id);
      if (entry !== undefined) {
        found.set(id, { ...entry.counts });
      } else if (load !== undefined) {
        waits.push([[id], join(context, id, load)]);
      } else {
        missing.push(id);
      }
    }
    hits.add(found.size);
    if (missing.length > 0) {
      waits.push([missing, loadShared(context, missing).found]);
    }
    const loaded = await Promise.all(waits.map(([, load]) => load));
    waits.forEach(([wanted], i) => {
      for (const id of wanted) {
        found.set(id, loaded[i]?.get(id) ?? noCounts);
      }
    });
    return found;
  }

  return {
    async find(context, ids) {
      if (ids.length === 0) {
        return [];
      }
      const found = context.bypassViews
        ? await readCounts(context, ids)
        : await findAll(context, ids);
      return ids.map((id) => found.get(id) ?? noCounts);
    },
    held: (id) => cache.get(id)?.counts ?? null,
    expect(id) {
      expected.set(id, true);
    },
    watch(changed) {
      watcher = changed;
    },
    view: {
      name: "stories.counts",
      types: [...Object.keys(changes), "stories.published.v1", "stories.deleted.v1"],
      apply(event, delivery) {
        const storyId = idOf(event, "storyId");
        const kind = changes[event.type];
        // What is told of it before its publishing would be missing here.
        const isExpected = expected.delete(storyId);
        if (event.type === "stories.published.v1") {
          if (isExpected && !cache.has(storyId) && !loading.has(storyId)) {
            cache.set(storyId, { snapshot: beforeAll, counts: { ...noCounts } });
          }
          return;
        }
        if (kind === undefined) {
          cache.delete(storyId);
        } else if (!delivery.repeated) {
          const change = { storyId, transactionId: event.transactionId, ...kind };
          add(cache.peek(storyId), change);
          loading.get(storyId)?.changes.push(change);
        }
        watcher(storyId, cache.peek(storyId)?.counts ?? null);
      },
    },
  };
}

function add(entry: Entry | undefined, change: Change): void {
  if (entry !== undefined && !entry.snapshot.sees(change.transactionId)) {
    entry.counts[change.of] += change.by;
  }
}

import { LRUCache } from "lru-cache";
import { present } from "./assert.ts";
import type { Context } from "./context.ts";
import { unavailable } from "./problem.ts";

/**
 * A cache in front of the record, bounded in bytes, that events keep fresh. Misses of one call are
 * one query, and whoever asks for a key that is being loaded waits for that load. An event for a
 * key that is being loaded makes the load outdated: nobody is given its value and it is not kept,
 * because it may have read the row as it was before.
 */
export interface LoadingCache<K, V> {
  /** What is in memory. */
  peek(key: K): V | undefined;
  /** From memory, and from the record where it must be; what is not there is left out. */
  get(context: Context, keys: readonly K[]): Promise<ReadonlyMap<K, V>>;
  /** What is known of the key is not true any more. */
  invalidate(key: K): void;
  bytes(): number;
}

export interface LoadingCacheOptions<K, V> {
  readonly bytesMax: number;
  readonly bytesOf: (value: V) => number;
  readonly load: (context: Context, keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;
  /** Told how many keys have to be loaded. */
  readonly missed: (keys: number) => void;
}

interface Load<K, V> {
  readonly values: Promise<ReadonlyMap<K, V>>;
  readonly outdated: Set<K>;
}

/** Each further attempt needs another event for the same key, just then. */
const attemptsMax = 8;
const retryAfterS = 1;

export function createLoadingCache<K extends bigint | string, V extends object>(
  options: LoadingCacheOptions<K, V>,
): LoadingCache<K, V> {
  const cache = new LRUCache<K, V>({ maxSize: options.bytesMax, sizeCalculation: options.bytesOf });
  const loading = new Map<K, Load<K, V>>();

  async function fetch(
    context: Context,
    keys: readonly K[],
    outdated: ReadonlySet<K>,
  ): Promise<ReadonlyMap<K, V>> {
    const values = await options.load(context, keys);
    for (const [key, value] of values) {
      if (!outdated.has(key)) {
        cache.set(key, value);
      }
    }
    return values;
  }

  function forget(load: Load<K, V>, keys: readonly K[]): void {
    for (const key of keys) {
      if (loading.get(key) === load) {
        loading.delete(key);
      }
    }
  }

  function begin(context: Context, keys: readonly K[]): Load<K, V> {
    options.missed(keys.length);
    const outdated = new Set<K>();
    const values = fetch(context, keys, outdated).finally(() => forget(load, keys));
    const load: Load<K, V> = { values, outdated };
    for (const key of keys) {
      loading.set(key, load);
    }
    // Whoever waits sees the failure, but may be waiting for another load first when it comes.
    values.catch(() => undefined);
    return load;
  }

  /** Adds what it could find out, and gives the keys that must be loaded once more. */
  async function collect(
    context: Context,
    keys: readonly K[],
    found: Map<K, V>,
  ): Promise<readonly K[]> {
    const missing: K[] = [];
    for (const key of new Set(keys)) {
      const value = cache.get(key);
      if (value === undefined) {
        missing.push(key);
      } else {
        found.set(key, value);
      }
    }
    const unasked = missing.filter((key) => !loading.has(key));
    const own = unasked.length > 0 ? begin(context, unasked) : undefined;
    const waits = missing.map((key) => [key, present(loading.get(key), "load")] as const);
    const again: K[] = [];
    for (const [key, load] of waits) {
      // The failure of someone else's load, such as a passed deadline, is not ours.
      const values = await (load === own ? load.values : load.values.catch(() => null));
      if (values === null || load.outdated.has(key)) {
        again.push(key);
        continue;
      }
      const value = values.get(key);
      if (value !== undefined) {
        found.set(key, value);
      }
    }
    return again;
  }

  return {
    peek: (key) => cache.get(key),
    async get(context, keys) {
      if (context.bypassViews) {
        return options.load(context, keys);
      }
      const found = new Map<K, V>();
      let open = keys;
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        open = await collect(context, open, found);
        if (open.length === 0) {
          return found;
        }
      }
      throw unavailable({ retryAfterS });
    },
    invalidate(key) {
      cache.delete(key);
      loading.get(key)?.outdated.add(key);
      loading.delete(key);
    },
    bytes: () => cache.calculatedSize,
  };
}

import { assert } from "./assert.ts";
import type { Context } from "./context.ts";
import { latestOf } from "./deadline.ts";
import { deadlineExceeded, unavailable } from "./problem.ts";
import { soon } from "./turns.ts";

/**
 * Joins loads by key: what is asked for while earlier loads are under way goes into the next one,
 * so that a crowd costs the record few queries and nobody who comes alone waits for others.
 *
 * A load begins after everybody in it has asked. So what it finds is as new as what a query of the
 * caller's own would find, also for whoever must see the record and not what is in memory.
 */
export interface BatchLoader<K, V> {
  /**
   * What is found of these keys; the others are left out. Rejects as soon as the caller's own
   * deadline has passed, with the failure of the load that the keys were part of, or with
   * `request.unavailable` when too many wait already. Someone else's deadline ends nobody's load.
   */
  load(context: Context, keys: readonly K[]): Promise<ReadonlyMap<K, V>>;
}

export interface BatchLoaderOptions<K, V> {
  /**
   * Loads keys that are all different. Its deadline is the latest of those who wait for it; request
   * id and trace are those of whoever came first.
   */
  readonly load: (context: Context, keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;
  /** Keys of one load; a caller who asks for more alone gets a load of its own. */
  readonly keysMax: number;
  /** Loads under way at once: what this may take of the record. */
  readonly loadsMax: number;
  /**
   * Between the beginnings of two loads, in milliseconds: half of what a query costs is the same
   * for one key and for ten, so a crowd is let gather for a moment. Nobody waits who comes when no
   * load has begun for so long. 3 where it is not given; 0 for none.
   */
  readonly spacingMs?: number;
}

/** Callers that wait for a load to begin; beyond it they would only wait past their deadlines. */
const callsWaitingMax = 5_000;
const retryAfterS = 1;
const spacingMsDefault = 3;
/** The longest delay that a Node.js timer takes; later deadlines are no request's. */
const timerMsMax = 2 ** 31 - 1;

interface Call<K, V> {
  readonly context: Context;
  readonly keys: readonly K[];
  readonly resolve: (found: ReadonlyMap<K, V>) => void;
  readonly reject: (reason: unknown) => void;
}

export function createBatchLoader<K, V>(options: BatchLoaderOptions<K, V>): BatchLoader<K, V> {
  const { keysMax, loadsMax, spacingMs = spacingMsDefault } = options;
  assert(keysMax >= 1 && loadsMax >= 1, "a batch loader has room for a load");
  // A set keeps the order of arrival and forgets whoever gave up in constant time.
  const waiting = new Set<Call<K, V>>();
  let underWay = 0;
  let isScheduled = false;
  let isResting = false;

  function schedule(): void {
    if (!isScheduled && !isResting && underWay < loadsMax && waiting.size > 0) {
      isScheduled = true;
      // After the requests that have arrived already: they are read before this runs.
      soon(beginLoads);
    }
  }

  function beginLoads(): void {
    isScheduled = false;
    while (underWay < loadsMax && waiting.size > 0) {
      rest();
      const calls = takeCalls();
      if (calls.length > 0) {
        underWay += 1;
        void loadFor(calls).finally(() => {
          underWay -= 1;
          schedule();
        });
      }
    }
  }

  function rest(): void {
    if (spacingMs > 0 && !isResting) {
      isResting = true;
      setTimeout(() => {
        isResting = false;
        schedule();
      }, spacingMs);
    }
  }

  /** The first who wait, as many as fit together; whoever is too late gets no load. */
  function takeCalls(): readonly Call<K, V>[] {
    const calls: Call<K, V>[] = [];
    let keys = 0;
    for (const call of waiting) {
      if (call.context.deadline.remainingMs() <= 0) {
        waiting.delete(call);
        call.reject(deadlineExceeded({ retryAfterS }));
        continue;
      }
      keys += call.keys.length;
      if (calls.length > 0 && keys > keysMax) {
        break;
      }
      calls.push(call);
      waiting.delete(call);
    }
    return calls;
  }

  /** Tells each caller what came of it; never rejects. */
  async function loadFor(calls: readonly Call<K, V>[]): Promise<void> {
    try {
      const keys = new Set(calls.flatMap((call) => call.keys));
      const found = await options.load(contextOf(calls), [...keys]);
      for (const { keys: wanted, resolve } of calls) {
        resolve(calls.length === 1 ? found : selection(found, wanted));
      }
    } catch (reason) {
      for (const { reject } of calls) {
        reject(reason);
      }
    }
  }

  return {
    async load(context, keys) {
      if (keys.length === 0) {
        return new Map();
      }
      context.deadline.check();
      if (waiting.size >= callsWaitingMax) {
        throw unavailable({ retryAfterS });
      }
      return new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout | undefined;
        const call: Call<K, V> = {
          context,
          keys,
          resolve(found) {
            clearTimeout(timer);
            resolve(found);
          },
          reject(reason) {
            clearTimeout(timer);
            reject(reason instanceof Error ? reason : new Error(String(reason)));
          },
        };
        const remainingMs = context.deadline.remainingMs();
        if (remainingMs <= timerMsMax) {
          timer = setTimeout(() => {
            waiting.delete(call);
            call.reject(deadlineExceeded({ retryAfterS }));
          }, remainingMs);
        }
        waiting.add(call);
        schedule();
      });
    },
  };
}

function selection<K, V>(found: ReadonlyMap<K, V>, keys: readonly K[]): ReadonlyMap<K, V> {
  const selected = new Map<K, V>();
  for (const key of keys) {
    const value = found.get(key);
    if (value !== undefined) {
      selected.set(key, value);
    }
  }
  return selected;
}

function contextOf<K, V>(calls: readonly Call<K, V>[]): Context {
  const [first] = calls;
  assert(first !== undefined, "a load has a caller");
  return calls.length === 1
    ? first.context
    : {
        requestId: first.context.requestId,
        traceparent: first.context.traceparent,
        deadline: latestOf(calls.map(({ context }) => context.deadline)),
        viewer: null,
        bypassViews: false,
      };
}

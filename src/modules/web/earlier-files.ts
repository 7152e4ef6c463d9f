import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { internalContext, type Context } from "../../kernel/context.ts";
import { deadlineAfter, orDeadline } from "../../kernel/deadline.ts";
import { unavailable } from "../../kernel/problem.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { bytesOf, createClientFile, type ClientFile } from "./client-file.ts";
import type { FileRow } from "./store.ts";

/**
 * Files of builds that this node does not run: of pages that were opened before a new release, and
 * of nodes that have the next release already. The record has them. Names that nobody has cost next
 * to nothing, however many are asked for: a node knows which names there are, and asks for that
 * list no more than once in a while.
 */
export interface EarlierFiles {
  /** By its address; null: no build of the last weeks has it. */
  find(context: Context, path: string): Promise<ClientFile | null>;
}

export interface EarlierFilesLimits {
  /** Memory for files. */
  readonly bytesMax: number;
  /** At least so much lies between two lists of names. */
  readonly listEveryMs: number;
  /** Names that a node remembers; those of the newest builds. */
  readonly namesMax: number;
  /** Requests that wait for a list. */
  readonly waitingMax: number;
}

const mebibyte = 1024 * 1024;

export const earlierFilesLimitsDefault: EarlierFilesLimits = {
  bytesMax: 32 * mebibyte,
  listEveryMs: 1_000,
  namesMax: 50_000,
  waitingMax: 1_000,
};

export interface EarlierFilesDeps {
  readonly readPaths: (context: Context, limit: number) => Promise<readonly string[]>;
  readonly readFile: (context: Context, path: string) => Promise<FileRow | null>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly limits?: Partial<EarlierFilesLimits>;
}

const queryTimeoutMs = 5_000;
const retryAfterS = 1;

export function createEarlierFiles(deps: EarlierFilesDeps): EarlierFiles {
  const { clock, metrics } = deps;
  const limits = { ...earlierFilesLimitsDefault, ...deps.limits };
  const cache = new LRUCache<string, ClientFile>({
    maxSize: limits.bytesMax,
    sizeCalculation: bytesOf,
  });
  const loading = new Map<string, Promise<ClientFile | null>>();
  let names: ReadonlySet<string> = new Set();
  let listedAtMs = Number.NEGATIVE_INFINITY;
  /** A list whose query has not begun: whoever asks now is sure to be told of what is there now. */
  let nextList: Promise<void> | null = null;
  let waiting = 0;

  const outcomes = metrics.counter(
    "maru_web_earlier_files_total",
    "Files of other builds that were asked for, by where they were found.",
    ["found"],
  );
  metrics.gauge(
    "maru_web_earlier_files_bytes",
    "Memory of files of other builds.",
    () => cache.calculatedSize,
  );

  /** Shared by all who wait, so it has a time of its own. */
  function queryContext(): Context {
    const deadline = deadlineAfter(queryTimeoutMs, () => clock.monotonicMs());
    return { ...internalContext("web-earlier-files"), deadline };
  }

  async function list(): Promise<void> {
    await delay(Math.max(0, listedAtMs + limits.listEveryMs - clock.monotonicMs()));
    nextList = null;
    listedAtMs = clock.monotonicMs();
    names = new Set(await deps.readPaths(queryContext(), limits.namesMax));
  }

  async function listed(context: Context): Promise<void> {
    if (waiting >= limits.waitingMax) {
      throw unavailable({ retryAfterS });
    }
    waiting += 1;
    try {
      nextList ??= list();
      await orDeadline(context.deadline, nextList);
    } finally {
      waiting -= 1;
    }
  }

  async function load(path: string): Promise<ClientFile | null> {
    const row = await deps.readFile(queryContext(), path);
    if (row === null) {
      return null;
    }
    const file = await createClientFile(row.media, row.bytes);
    cache.set(path, file);
    return file;
  }

  function loaded(context: Context, path: string): Promise<ClientFile | null> {
    const known = loading.get(path);
    const work = known ?? load(path).finally(() => loading.delete(path));
    loading.set(path, work);
    return orDeadline(context.deadline, work);
  }

  return {
    async find(context, path) {
      const kept = cache.get(path);
      if (kept !== undefined) {
        outcomes.add(1, { found: "memory" });
        return kept;
      }
      if (!names.has(path)) {
        await listed(context);
      }
      const file = names.has(path) ? await loaded(context, path) : null;
      outcomes.add(1, { found: file === null ? "nowhere" : "record" });
      return file;
    },
  };
}

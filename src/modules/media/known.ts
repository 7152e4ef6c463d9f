import { LRUCache } from "lru-cache";
import { createBatchLoader } from "../../kernel/batch-loader.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { createLoadingCache } from "../../kernel/loading-cache.ts";
import type { Clock } from "../../ports/clock.ts";
import type { View } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { mediaById, type MediaRow } from "./store-media.ts";

/** Media items whose files are asked for, in memory. Fresh by events. */
export interface Known {
  find: Find;
  /** As the record has it, or had it a moment ago: for an address that is not good by what memory holds. */
  findAnew: Find;
  readonly view: View;
}

export type Find = (context: Context, id: Id) => Promise<MediaRow | null>;

const bytesMax = 16 * 1024 ** 2;
const entryBytes = 600;
const fileBytes = 250;
/** Whoever asks by wrong addresses costs the record one look at an item in this time. */
const lookMs = 1_000;
const looksBytesMax = 4 * 1024 ** 2;
/** Items that one query loads, and queries under way at once, whoever asks. */
const loadedAtOnceMax = 500;
const loadsMax = 2;

interface Look {
  readonly row: MediaRow | null;
  readonly atMs: number;
}

const bytesOf = (row: MediaRow | null): number =>
  entryBytes + (row === null ? 0 : row.files.length * fileBytes);

export function createKnown({
  record,
  clock,
  metrics,
}: {
  readonly record: RecordPort;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly metrics: Metrics;
}): Known {
  const misses = metrics.counter(
    "maru_media_row_misses_total",
    "Media items whose files were asked for and that had to be loaded.",
  );
  const { load } = createBatchLoader<Id, MediaRow>({
    keysMax: loadedAtOnceMax,
    loadsMax,
    load: async (context, ids) => {
      const rows = await record.read(context, (sql) => mediaById(sql, ids));
      return new Map(rows.map((row) => [row.id, row]));
    },
  });
  const cache = createLoadingCache<Id, MediaRow>({
    bytesMax,
    bytesOf,
    load,
    missed: (ids) => {
      misses.add(ids);
    },
  });
  const looks = new LRUCache<Id, Look>({
    maxSize: looksBytesMax,
    sizeCalculation: ({ row }) => bytesOf(row),
  });

  const underWay = new Map<Id, Pick<Look, "atMs">>();

  function lastLook(id: Id): Look | undefined {
    const look = looks.get(id);
    return look !== undefined && clock.monotonicMs() - look.atMs < lookMs ? look : undefined;
  }

  return {
    async find(context, id) {
      if (lastLook(id)?.row === null) {
        return null;
      }
      const found = await cache.get(context, [id]);
      return found.get(id) ?? null;
    },
    async findAnew(context, id) {
      const last = lastLook(id);
      if (last !== undefined) {
        return last.row;
      }
      const look = underWay.get(id) ?? { atMs: clock.monotonicMs() };
      underWay.set(id, look);
      // What an event has overtaken meanwhile is not kept.
      const isCurrent = (): boolean => underWay.get(id) === look;
      try {
        const row = (await load(context, [id])).get(id) ?? null;
        if (isCurrent()) {
          looks.set(id, { row, atMs: look.atMs });
        }
        return row;
      } finally {
        if (isCurrent()) {
          underWay.delete(id);
        }
      }
    },
    view: {
      name: "media.known",
      types: ["media.changed.v1", "media.removed.v1"],
      apply(event) {
        const { id, version } = event.aggregate;
        looks.delete(id);
        underWay.delete(id);
        const held = cache.peek(id);
        if (held === undefined || version === 0 || held.version < version) {
          cache.invalidate(id);
        }
      },
    },
  };
}

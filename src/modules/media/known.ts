import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { createLoadingCache } from "../../kernel/loading-cache.ts";
import type { View } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { mediaById, type MediaRow } from "./store-media.ts";

/** Media items whose files are asked for, in memory. Fresh by events. */
export interface Known {
  find(context: Context, id: Id): Promise<MediaRow | null>;
  readonly view: View;
}

const bytesMax = 16 * 1024 ** 2;
const entryBytes = 600;
const fileBytes = 250;

export function createKnown({
  record,
  metrics,
}: {
  readonly record: RecordPort;
  readonly metrics: Metrics;
}): Known {
  const misses = metrics.counter(
    "maru_media_row_misses_total",
    "Media items whose files were asked for and that had to be loaded.",
  );
  const cache = createLoadingCache<Id, MediaRow>({
    bytesMax,
    bytesOf: (row) => entryBytes + row.files.length * fileBytes,
    load: async (context, ids) => {
      const rows = await record.read(context, (sql) => mediaById(sql, ids));
      return new Map(rows.map((row) => [row.id, row]));
    },
    missed: (ids) => {
      misses.add(ids);
    },
  });
  return {
    async find(context, id) {
      const found = await cache.get(context, [id]);
      return found.get(id) ?? null;
    },
    view: {
      name: "media.known",
      types: ["media.changed.v1", "media.removed.v1"],
      apply(event) {
        const { id, version } = event.aggregate;
        const held = cache.peek(id);
        if (held === undefined || version === 0 || held.version < version) {
          cache.invalidate(id);
        }
      },
    },
  };
}

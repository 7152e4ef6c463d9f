import type { RecordPort } from "../../ports/record.ts";
import type { Stories } from "./contract.ts";
import * as store from "./store-window.ts";

/** What the feed's index asks for to fill its window. */
export function createWindow(deps: {
  readonly record: RecordPort;
}): Pick<Stories, "windowChunk" | "reshareTargets"> {
  const { record } = deps;
  return {
    async windowChunk(context, { below, sizeMax }, onFrom) {
      const from = await record.read(context, (sql) => store.chunkStart(sql, below, sizeMax));
      if (from === null) {
        return null;
      }
      // From here on whoever asks applies events of this range, so that what happens while the
      // rows are read is known either from them or from the events.
      onFrom(from);
      return record.read(context, (sql) => store.chunkRows(sql, from, below));
    },
    async reshareTargets(context, storyIds) {
      if (storyIds.length === 0) {
        return { stories: [], reshares: [] };
      }
      const reshares = await record.read(context, (sql) => store.resharesOf(sql, storyIds));
      const stories = await record.read(context, (sql) => store.statesOf(sql, storyIds));
      return { stories, reshares };
    },
  };
}

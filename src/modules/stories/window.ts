import type { RecordPort } from "../../ports/record.ts";
import type { Stories } from "./contract.ts";
import * as store from "./store-window.ts";

/** What the feed's index asks for to fill its window. */
export function createWindow(deps: {
  readonly record: RecordPort;
}): Pick<Stories, "windowStart" | "windowChunk" | "reshareTargets"> {
  const { record } = deps;
  return {
    windowStart: (context, { below, sizeMax }) =>
      record.read(context, (sql) => store.chunkStart(sql, below, sizeMax)),
    windowChunk: (context, { from, below }) =>
      record.read(context, (sql) => store.chunkRows(sql, from, below)),
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

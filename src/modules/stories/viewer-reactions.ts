import { createBatchLoader } from "../../kernel/batch-loader.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { ViewerReactions } from "./contract.ts";
import { reactionsOf, type ReactionRows } from "./store-viewer-reactions.ts";

/** Of one viewer: more than most like in weeks. Whoever likes more is known less far back. */
const reactionsMax = 400;
/** Viewers that one query loads, and queries under way at once. */
const loadedAtOnceMax = 500;
const loadsMax = 2;

/** Asks the record what viewers liked and reshared, for many of them by one query. */
export function createViewerReactions(deps: {
  readonly record: RecordPort;
}): (context: Context, viewerId: Id, from: Id) => Promise<ViewerReactions> {
  const { record } = deps;
  // Everybody asks from the feed's floor on, which seldom changes; a load takes the lowest.
  let lowest: Id | null = null;
  const { load } = createBatchLoader<Id, ReactionRows & { readonly from: Id }>({
    keysMax: loadedAtOnceMax,
    loadsMax,
    async load(context, viewerIds) {
      const from = lowest ?? 0n;
      lowest = null;
      const rows = await record.read(context, (sql) =>
        reactionsOf(sql, viewerIds, { from, max: reactionsMax }),
      );
      return new Map([...rows].map(([id, row]) => [id, { ...row, from }]));
    },
  });

  /** Where a list was cut, what lies below its last one is not known. */
  const knownFrom = (list: readonly Id[], from: Id): Id =>
    list.length < reactionsMax ? from : (list.at(-1) ?? from);

  return async (context, viewerId, from) => {
    lowest = lowest === null || from < lowest ? from : lowest;
    const found = (await load(context, [viewerId])).get(viewerId);
    if (found === undefined) {
      return { liked: [], reshared: [], knownFrom: from };
    }
    const fromLikes = knownFrom(found.liked, found.from);
    const fromReshares = knownFrom(found.reshared, found.from);
    return {
      liked: found.liked,
      reshared: found.reshared,
      knownFrom: fromLikes > fromReshares ? fromLikes : fromReshares,
    };
  };
}

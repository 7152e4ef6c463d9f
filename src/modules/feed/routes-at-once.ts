import { Type } from "typebox";
import { parseId } from "../../kernel/id.ts";
import { pageSizeDefault, pageSizeMax, type Cursors } from "../../kernel/page.ts";
import type { AnswerAtOnce } from "../../ports/routes.ts";
import { createAtOnce } from "./at-once.ts";
import { openProgress, type FeedBuffers } from "./shared.ts";

export const feedList = "feed";
export const feedQuerySchema = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: pageSizeMax, default: pageSizeDefault }),
  ),
  cursor: Type.Optional(Type.String()),
});
/** Where a client that has read the feed begins to listen, so that nothing falls between the two. */
export const liveAfterHeader = "maru-live-after";

/** `GET /v1/feed` from shared memory: one for each thread. `thread` null: its pages are not counted. */
export function createFeedAtOnce(
  buffers: FeedBuffers,
  deps: { readonly cursors: Cursors; readonly nowMs: () => number },
  thread: number | null,
): AnswerAtOnce {
  const { cursors, nowMs } = deps;
  const atOnce = createAtOnce(buffers, {
    cursorAfter: (id) => cursors.encode(feedList, [id]),
    nowMs,
    thread,
  });
  const progress = openProgress(buffers.progress);
  return ({ viewer, query, isCurrent }) => {
    const [belowText] = cursors.decode(feedList, query["cursor"] as string | undefined) ?? [];
    const below = belowText === undefined ? null : (parseId(belowText) ?? null);
    // Taken before the page is read: what comes in between is announced once more rather than missed.
    const after = progress.text();
    const page = atOnce.read({
      viewerId: viewer.accountId,
      below,
      limit: (query["limit"] as number | undefined) ?? pageSizeDefault,
      isCurrent,
    });
    return page === null
      ? null
      : {
          bytes: page.bytes,
          release: page.release,
          headers: ["etag", page.etag, liveAfterHeader, after],
        };
  };
}

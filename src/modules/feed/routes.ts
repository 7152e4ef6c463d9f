import { Type } from "typebox";
import { assert, present } from "../../kernel/assert.ts";
import { parseId } from "../../kernel/id.ts";
import { pageSizeDefault, type Cursors } from "../../kernel/page.ts";
import { unauthenticated } from "../../kernel/problem.ts";
import {
  defineRoute,
  type Answer,
  type AnswerAtOnce,
  type AtOnceAnswer,
  type Route,
} from "../../ports/routes.ts";
import { feedItemSchema } from "./contract.ts";
import { tooManyStreams } from "./errors.ts";
import type { Live } from "./live.ts";
import { etagOf, pageJson, type FeedRead } from "./read.ts";
import { feedList, feedQuerySchema, liveAfterHeader } from "./routes-at-once.ts";
import type { LiveLimits } from "./streams.ts";

const pageCaching = "private, no-cache";

function answerOf({ bytes, headers }: AtOnceAnswer): Answer {
  assert(bytes !== null, "a page that was not asked for by its tag has bytes");
  const own: Record<string, string> = { "cache-control": pageCaching };
  for (let i = 0; i + 1 < headers.length; i += 2) {
    own[headers[i] ?? ""] = headers[i + 1] ?? "";
  }
  return { status: 200, jsonBytes: bytes, headers: own };
}

export function createFeedRoutes(deps: {
  readonly read: FeedRead;
  readonly live: Live;
  readonly cursors: Cursors;
  readonly limits: LiveLimits;
  readonly answerAtOnce: AnswerAtOnce;
  /** The same for a page of which memory lacked something before. */
  readonly answerCompleted: AnswerAtOnce;
}): readonly Route[] {
  const { read, live, cursors, limits } = deps;
  return [
    defineRoute({
      method: "GET",
      path: "/v1/feed",
      operationId: "readFeed",
      tag: "Feed",
      summary: "The viewer's feed, newest first",
      description:
        "Stories of the viewer, of friends, public ones of the followed, and public stories that these reshared. " +
        "Each story stands once. Scroll back with `cursor` as far as there are stories.",
      viewer: "required",
      query: feedQuerySchema,
      answerHeaders: {
        ETag: "Weak; covers everything but the counts.",
        "Maru-Live-After":
          "Where to begin with `GET /v1/feed/live?after=`, so that nothing is missed.",
      },
      answers: {
        200: Type.Object({
          items: Type.Array(feedItemSchema),
          nextCursor: Type.Union([Type.String(), Type.Null()]),
        }),
      },
      atOnce: deps.answerAtOnce,
      async handle({ context, query }) {
        const viewer = context.viewer;
        if (viewer === null) {
          throw unauthenticated();
        }
        const [belowText] = cursors.decode(feedList, query.cursor) ?? [];
        const below =
          belowText === undefined ? null : present(parseId(belowText), "the id in a cursor");
        const range = { below, limit: query.limit ?? pageSizeDefault };
        const fromMemory =
          !context.bypassViews && (await read.complete(context, viewer.accountId, range))
            ? deps.answerCompleted({ viewer, query, isCurrent: null })
            : null;
        if (fromMemory !== null) {
          return answerOf(fromMemory);
        }
        // Taken before the page is read: what comes in between is announced once more rather than missed.
        const after = live.currentId();
        const page = await read.page(context, viewer.accountId, range);
        const nextCursor =
          page.nextBelow === null ? null : cursors.encode(feedList, [page.nextBelow]);
        return {
          status: 200,
          json: pageJson(page, nextCursor),
          headers: { etag: etagOf(page), "cache-control": pageCaching, [liveAfterHeader]: after },
        };
      },
    }),
    defineRoute({
      method: "GET",
      path: "/v1/feed/live",
      operationId: "listenToFeed",
      tag: "Feed",
      summary: "The feed as it changes, as server-sent events",
      description:
        "Of the feed: `ready` (the stream has begun), `story` `{item}` (to be placed by its `at`), `story.updated` " +
        "`{story}`, `story.deleted` `{id}`, `counts` `{id, counts}`. Of the viewer, on whichever device it was done: " +
        "`viewer` `{id, viewer: {liked, reshared}}`, of any story; `relationship` `{account, relationship}`, by either of " +
        "the two, where `account` is the other's id; `account` `{account}`, as `GET /v1/accounts/me` answers. And `reset`: " +
        "start again from `GET /v1/feed`; whatever else is kept from earlier may be out of date, too. Each event says how " +
        "things are, so hearing one twice does no harm, and has an `id`; a client that comes back with it in " +
        "`Last-Event-ID` or `?after=` misses nothing that was kept, at least 7 days.",
      viewer: "required",
      query: Type.Object({
        after: Type.Optional(
          Type.String({
            maxLength: 64,
            description:
              "`Maru-Live-After` of a page, or an event's id; `Last-Event-ID` goes before it.",
          }),
        ),
      }),
      requestHeaders: {
        "Last-Event-ID": "Of the last event that the client has seen; the stream goes on after it.",
      },
      answers: { 200: "event-stream" },
      problems: [tooManyStreams],
      handle({ context, query, headers }) {
        const viewer = context.viewer;
        if (viewer === null) {
          throw unauthenticated();
        }
        if (live.streams() >= limits.streamsMax) {
          throw tooManyStreams({ retryAfterS: 5 });
        }
        // What the client saw last counts, not where its page once began.
        const after = headers["last-event-id"] ?? query.after ?? null;
        return Promise.resolve({
          status: 200,
          stream: (sink) => live.open(context, viewer, after === "" ? null : after, sink),
        });
      },
    }),
  ];
}

import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { say } from "../app/notices.ts";
import { api, isSignedOut, maru, type Comment } from "../data/client.ts";
import { keys, queries } from "../data/queries.ts";
import { createSignal } from "../data/signal.ts";
import { currentText } from "../language/language.ts";
import { threadsOf, type Thread } from "./threads.ts";

interface CommentPage {
  readonly items: readonly Comment[];
  readonly nextCursor: string | null;
}
type Pages = InfiniteData<CommentPage, string | null>;

const pageSize = 50;
/** For stories of strangers nothing is told live; who has the page open asks now and then. */
const againMs = 30_000;

export interface Comments {
  readonly threads: readonly Thread[];
  readonly phase: "first" | "failed" | "there";
  readonly error: unknown;
  readonly hasMore: boolean;
  /** There is more, and it could not be read. */
  readonly hasMoreFailed: boolean;
  readonly isLoadingMore: boolean;
  more(): void;
  retry(): void;
}

/** The comments of a story, oldest first, as far as they have been read. */
export function useComments(storyId: string): Comments {
  const query = useInfiniteQuery({
    queryKey: keys.comments(storyId),
    queryFn: ({ pageParam, signal }) => read(storyId, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }: CommentPage) => nextCursor,
    // Every page is read anew: who has read many asks less often.
    refetchInterval: ({ state }) => againMs * Math.max(1, state.data?.pages.length ?? 1),
  });
  const { data, error, isError, hasNextPage } = query;
  const own = useSyncExternalStore(ownChanged.listen, () => ownNow);
  const threads = useMemo(() => {
    const read = (data?.pages ?? []).flatMap(({ items }) => items);
    // What the reader wrote is seen at the end, though there is more to be read before it.
    const ahead = hasNextPage ? own.written.filter((one) => one.storyId === storyId) : [];
    return threadsOf([...read, ...ahead].filter(({ id }) => !own.deleted.has(id)));
  }, [data, own, storyId, hasNextPage]);
  return {
    threads,
    phase: data !== undefined ? "there" : isError ? "failed" : "first",
    error,
    hasMore: hasNextPage,
    hasMoreFailed: query.isFetchNextPageError,
    isLoadingMore: query.isFetchingNextPage,
    more() {
      void query.fetchNextPage();
    },
    retry() {
      void query.refetch();
    },
  };
}

async function read(id: string, cursor: string | null, signal: AbortSignal): Promise<CommentPage> {
  const query = { limit: pageSize, ...(cursor === null ? {} : { cursor }) };
  const params = { path: { id }, query };
  return maru.data(api.GET("/v1/stories/{id}/comments", { params, signal }));
}

/** What the reader did to comments on this page, which a list that was read before does not know. */
interface Own {
  readonly written: readonly Comment[];
  readonly deleted: ReadonlySet<string>;
}

const ownChanged = createSignal();
let ownNow: Own = { written: [], deleted: new Set() };

function changeOwn(change: Partial<Own>): void {
  ownNow = { ...ownNow, ...change };
  ownChanged.tell();
}

const writtenKeptMax = 50;

/** One's own comment has arrived. */
export function takeInComment(comment: Comment): void {
  const { id, storyId } = comment;
  changeOwn({ written: [...ownNow.written, comment].slice(-writtenKeptMax) });
  queries.setQueryData<Pages>(keys.comments(storyId), (data) => {
    const last = data?.pages.at(-1);
    const isThere = data?.pages.some(({ items }) => items.some((other) => other.id === id));
    return data === undefined || last === undefined || isThere === true
      ? data
      : {
          ...data,
          pages: data.pages.with(-1, { ...last, items: [...last.items, comment] }),
        };
  });
  lookAgain(storyId);
}

/** The server tells how it is by now, counts included. */
function lookAgain(storyId: string): void {
  void queries.invalidateQueries({ queryKey: keys.comments(storyId) });
  void queries.invalidateQueries({ queryKey: keys.story(storyId) });
}

/** Deletes a comment, out of sight at once; it is back, with a word, when that fails. */
export async function removeComment({ id, storyId }: Comment): Promise<void> {
  changeOwn({ deleted: new Set([...ownNow.deleted, id]) });
  try {
    await api.DELETE("/v1/comments/{id}", { params: { path: { id } } });
  } catch (error) {
    changeOwn({ deleted: new Set([...ownNow.deleted].filter((other) => other !== id)) });
    if (!isSignedOut(error)) {
      say(currentText()("comments.removeFailed"), { isProblem: true });
    }
  }
  lookAgain(storyId);
}

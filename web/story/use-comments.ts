import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";
import { useMemo } from "react";
import { say } from "../app/notices.ts";
import { api, isSignedOut, maru, type Comment } from "../data/client.ts";
import { keys, queries } from "../data/queries.ts";
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
  readonly hasMore: boolean;
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
    refetchInterval: againMs,
  });
  const { data, isError } = query;
  const threads = useMemo(
    () => threadsOf((data?.pages ?? []).flatMap(({ items }) => items)),
    [data],
  );
  return {
    threads,
    phase: data !== undefined ? "there" : isError ? "failed" : "first",
    hasMore: query.hasNextPage,
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

function changePages(storyId: string, change: (pages: Pages["pages"]) => Pages["pages"]): void {
  queries.setQueryData<Pages>(keys.comments(storyId), (data) =>
    data === undefined ? data : { ...data, pages: change(data.pages) },
  );
}

/** One's own comment has arrived: it stands at the end, also where more are to be read before it. */
export function takeInComment(comment: Comment): void {
  changePages(comment.storyId, (pages) => {
    const isThere = pages.some(({ items }) => items.some(({ id }) => id === comment.id));
    const last = pages.length - 1;
    return isThere
      ? pages
      : pages.map((page, at) =>
          at === last ? { ...page, items: [...page.items, comment] } : page,
        );
  });
  void queries.invalidateQueries({ queryKey: keys.story(comment.storyId) });
}

/** Deletes one's own comment, out of sight at once. */
export async function removeComment(comment: Comment): Promise<void> {
  const { id, storyId } = comment;
  await queries.cancelQueries({ queryKey: keys.comments(storyId) });
  changePages(storyId, (pages) =>
    pages.map((page) => ({ ...page, items: page.items.filter((other) => other.id !== id) })),
  );
  try {
    await api.DELETE("/v1/comments/{id}", { params: { path: { id } } });
  } catch (error) {
    if (!isSignedOut(error)) {
      say(currentText()("comments.removeFailed"), { isProblem: true });
    }
  }
  await queries.invalidateQueries({ queryKey: keys.comments(storyId) });
  await queries.invalidateQueries({ queryKey: keys.story(storyId) });
}

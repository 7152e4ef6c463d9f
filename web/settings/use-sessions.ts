import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";
import { say } from "../app/notices.ts";
import { api, maru } from "../data/client.ts";
import { keys, queries } from "../data/queries.ts";
import { currentText } from "../language/language.ts";

/** Where the reader is signed in, newest first. */

async function readPage(cursor: string | null) {
  const query = cursor === null ? {} : { cursor };
  return maru.data(api.GET("/v1/sessions", { params: { query } }));
}

type Page = Awaited<ReturnType<typeof readPage>>;
export type Session = Page["items"][number];

export function useSessions() {
  return useInfiniteQuery({
    queryKey: keys.sessions,
    queryFn: ({ pageParam }) => readPage(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** Signs out one of the others: gone at once, and back with a word when that could not be done. */
export async function endSession(id: string): Promise<void> {
  await queries.cancelQueries({ queryKey: keys.sessions });
  queries.setQueryData<InfiniteData<Page>>(
    keys.sessions,
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.filter((session) => session.id !== id),
        })),
      },
  );
  try {
    await api.DELETE("/v1/sessions/{id}", { params: { path: { id } } });
  } catch {
    say(currentText()("settings.sessions.failed"), { isProblem: true });
  }
  await queries.invalidateQueries({ queryKey: keys.sessions });
}

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Person } from "../data/client.ts";
import { useAtRest } from "./at-rest.ts";
import { peopleOf, type PeopleQuery } from "./people-lists.ts";
import { keptInPlace, onlyGrows } from "./steady.ts";

export interface People {
  readonly people: readonly Person[];
  /** "first": nothing has come yet. "failed": the first page could not be read. */
  readonly phase: "first" | "failed" | "there";
  readonly error: unknown;
  /** There is more, and it could not be read. */
  readonly hasMoreFailed: boolean;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  /** What is shown was found for what was asked before. */
  readonly isOutdated: boolean;
  more(): void;
  retry(): void;
}

/** A list of people as it is read page by page. */
export function usePeople(options: PeopleQuery): People {
  const query = useInfiniteQuery(options);
  const { data, error, isError, isFetching, hasNextPage } = query;
  const people = useMemo(() => peopleOf(data?.pages ?? []), [data]);
  return {
    people,
    phase: data !== undefined ? "there" : isError ? "failed" : "first",
    error,
    hasMoreFailed: isError && hasNextPage,
    hasMore: hasNextPage,
    isLoading: isFetching,
    isOutdated: query.isPlaceholderData,
    more() {
      // What failed is asked again by itself, after a while.
      if (hasNextPage && !isFetching && !isError) {
        void query.fetchNextPage();
      }
    },
    retry() {
      void query.refetch();
    },
  };
}

/**
 * The same people in a list that nothing moves in while the reader's hand is on it: who was acted on
 * stays, and who comes or goes above waits until the reader rests.
 */
export function useSteady(listed: readonly Person[]): {
  readonly people: readonly Person[];
  readonly acted: ReadonlySet<string>;
  readonly act: (id: string) => void;
} {
  const [acted, setActed] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState({ listed, people: listed });
  const isBehind = shown.listed !== listed;
  const isAtRest = useAtRest(isBehind);
  if (isBehind) {
    const people = keptInPlace(listed, shown.people, acted);
    if (isAtRest || onlyGrows(shown.people, people)) {
      setShown({ listed, people });
    }
  }
  return {
    people: shown.people,
    acted,
    act(id) {
      setActed(new Set([...acted, id]));
    },
  };
}

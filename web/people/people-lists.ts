import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, maru, type Person, type Relationship } from "../data/client.ts";
import { strangers } from "../data/people.ts";
import { keys } from "../data/queries.ts";

/** The lists of people that the server keeps, each read page by page. */

export interface PeoplePage {
  readonly items: readonly Person[];
  readonly nextCursor: string | null;
}

type ReadPage = (
  query: { limit: number; cursor?: string },
  signal: AbortSignal,
) => Promise<PeoplePage>;

/** A screen or two of people. */
const pageSize = 40;

export function peopleQuery(key: readonly string[], read: ReadPage) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      read({ limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }: PeoplePage) => nextCursor,
  });
}

export type PeopleQuery = ReturnType<typeof peopleQuery>;

/** The reader's own lists, in the order in which they are offered. */
export const ownLists = [
  "friends",
  "received",
  "sent",
  "following",
  "muted",
  "blocked",
] as const satisfies readonly string[];
export type OwnList = (typeof ownLists)[number];

export function isOwnList(name: string): name is OwnList {
  return (ownLists as readonly string[]).includes(name);
}

/** How the reader stands to everyone in the list, as far as the list says it. */
export const standings: Readonly<Record<OwnList, Relationship>> = {
  friends: { ...strangers, friend: "friends" },
  received: { ...strangers, friend: "received" },
  sent: { ...strangers, friend: "requested" },
  following: { ...strangers, following: true },
  muted: { ...strangers, muted: true },
  blocked: { ...strangers, blocked: true },
};

const readers: Readonly<Record<OwnList, ReadPage>> = {
  friends: async (query, signal) =>
    maru.data(api.GET("/v1/friends", { params: { query }, signal })),
  received: async (query, signal) => readRequests("received", query, signal),
  sent: async (query, signal) => readRequests("sent", query, signal),
  following: async (query, signal) =>
    maru.data(api.GET("/v1/follows", { params: { query }, signal })),
  muted: async (query, signal) => maru.data(api.GET("/v1/mutes", { params: { query }, signal })),
  blocked: async (query, signal) => maru.data(api.GET("/v1/blocks", { params: { query }, signal })),
};

async function readRequests(
  direction: "received" | "sent",
  query: Parameters<ReadPage>[0],
  signal: AbortSignal,
): Promise<PeoplePage> {
  const params = { query: { ...query, direction } };
  return maru.data(api.GET("/v1/friends/requests", { params, signal }));
}

export function ownListQuery(list: OwnList): PeopleQuery {
  return peopleQuery(keys.own(list), readers[list]);
}

/** Lists of another person, as far as that person shows them: else 404. */
export const othersLists = ["friends", "followers", "following"] as const;
export type OthersList = (typeof othersLists)[number];

export function isOthersList(name: string): name is OthersList {
  return (othersLists as readonly string[]).includes(name);
}

const paths = {
  friends: "/v1/accounts/{id}/friends",
  followers: "/v1/accounts/{id}/followers",
  following: "/v1/accounts/{id}/following",
} as const satisfies Readonly<Record<OthersList, string>>;

export function listOfQuery(id: string, list: OthersList): PeopleQuery {
  return peopleQuery(keys.relationsOf(id, list), async (query, signal) =>
    maru.data(api.GET(paths[list], { params: { path: { id }, query }, signal })),
  );
}

/** Everyone of what was read, once: who moves between two reads may be in two pages. */
export function peopleOf(pages: readonly PeoplePage[]): readonly Person[] {
  const seen = new Map<string, Person>();
  for (const person of pages.flatMap(({ items }) => items)) {
    if (!seen.has(person.id)) {
      seen.set(person.id, person);
    }
  }
  return [...seen.values()];
}

/** Whoever is in one of the reader's own lists, found by handle; looks through so many at most. */
const lookedThroughMax = 1_000;
const lookPageSize = 100;

export async function findBlocked(handle: string, signal: AbortSignal): Promise<Person | null> {
  let cursor: string | null = null;
  for (let seen = 0; seen < lookedThroughMax; seen += lookPageSize) {
    const page: PeoplePage = await readers.blocked(
      { limit: lookPageSize, ...(cursor === null ? {} : { cursor }) },
      signal,
    );
    const found = page.items.find((person) => person.handle === handle.toLowerCase());
    if (found !== undefined || page.nextCursor === null) {
      return found ?? null;
    }
    cursor = page.nextCursor;
  }
  return null;
}

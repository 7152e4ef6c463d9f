import { QueryClient } from "@tanstack/react-query";
import { isRefusal } from "./client.ts";

/** What the page has read from the server, beside the stories. */

const freshMs = 30_000;
const keptMs = 10 * 60_000;
const againMinMs = 3_000;
const againSpreadMs = 9_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: freshMs,
      gcTime: keptMs,
      // The SDK tries each request several times already.
      retry: false,
      networkMode: "always",
      // What failed for a passing reason is asked again until it is there, each page in its own time.
      refetchInterval: ({ state }) =>
        state.status === "error" && !isRefusal(state.error)
          ? againMinMs + Math.random() * againSpreadMs
          : false,
    },
    mutations: { retry: false, networkMode: "always" },
  },
});

/** The names of what is read. Everything about people begins with "people". */
export const keys = {
  account: (id: string) => ["people", "account", id],
  relationship: (id: string) => ["relationship", id],
  /** The first of them, for the badge. */
  requests: (direction: "received") => ["people", "requests", direction],
  relationsOf: (id: string, list: "friends" | "followers" | "following") => [
    "people",
    "of",
    id,
    list,
  ],
  own: (list: string) => ["people", "own", list],
  blockedCalled: (handle: string) => ["people", "blocked", handle],
  search: (text: string) => ["people", "search", text],
  sessions: ["sessions"],
  story: (id: string) => ["story", id],
  media: (id: string) => ["media", id],
  comments: (storyId: string) => ["comments", storyId],
  likes: (storyId: string) => ["people", "likes", storyId],
  instance: ["instance"],
} as const;

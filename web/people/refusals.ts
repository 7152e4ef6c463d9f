import { isProblem } from "../data/client.ts";

const notFound = 404;

/** The messages for what the server may refuse between two people. */
const byCode = {
  "graph.friend_limit": "people.refused.friends",
  "graph.request_limit": "people.refused.requests",
  "graph.follow_limit": "people.refused.follows",
  "graph.mute_limit": "people.refused.mutes",
  "graph.block_limit": "people.refused.blocks",
} as const;

type RefusalWords =
  (typeof byCode)[keyof typeof byCode] | "people.refused.gone" | "people.refused.passing";

/** What to say when something between two people could not be done. */
export function refusalWords(error: unknown): RefusalWords {
  if (!isProblem(error)) {
    return "people.refused.passing";
  }
  const known = Object.entries(byCode).find(([code]) => code === error.code);
  return (
    known?.[1] ?? (error.status === notFound ? "people.refused.gone" : "people.refused.passing")
  );
}

import { expectStatus, type Person, type Story } from "../support/api-client.ts";
import type { StartedApi } from "./started-api.ts";

export const authorMembers = ["id", "handle", "name", "bio", "avatarUrl", "createdAt"];
export const storyMembers = [
  "id",
  "author",
  "text",
  "lang",
  "media",
  "link",
  "visibility",
  "createdAt",
  "editedAt",
  "counts",
];
/** A letter that is two characters. */
export const markedLetter = "x\u0302";

/** A text at the edge of what may be published. */
export interface Bound {
  readonly what: string;
  readonly text: string;
  readonly status: number;
  readonly code?: string;
}

export const fits = (what: string, text: string): Bound => ({ what, text, status: 201 });
export const refused = (what: string, text: string, code: string): Bound => ({
  what,
  text,
  status: 400,
  code,
});

/** Each call signs somebody up. */
export function storytellers(world: StartedApi): () => Promise<Person> {
  let count = 0;
  return () => {
    count += 1;
    return world.api.signUp(`storyteller_${String(count)}`);
  };
}

export async function countsOf(person: Person, storyId: string): Promise<Story["counts"]> {
  return expectStatus(await person.get(`/v1/stories/${storyId}`), 200).body.story.counts;
}

import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, isRefusal, maru } from "../data/client.ts";
import { keys } from "../data/queries.ts";
import { peopleQuery, type PeoplePage } from "./people-lists.ts";

const nobody: PeoplePage = { items: [], nextCursor: null };

/** What is looked for when this was typed; nothing where there is no more than the sign of handles. */
export function searchedText(typed: string): string {
  return typed.normalize("NFC").trim().replace(/^@+/u, "").replaceAll(/\s+/gu, " ").trim();
}

/**
 * People whose handle or name begins with the text. What was found before is shown until the answer
 * is there; an answer that comes late is under its own text, so it never takes a later one's place.
 */
export function searchQuery(text: string) {
  const query = peopleQuery(keys.search(text), async (page, signal) => {
    try {
      const params = { query: { ...page, handle: text } };
      return await maru.data(api.GET("/v1/accounts", { params, signal }));
    } catch (error) {
      if (isRefusal(error)) {
        // Nobody can be called so.
        return nobody;
      }
      throw error;
    }
  });
  return infiniteQueryOptions({
    ...query,
    enabled: text !== "",
    placeholderData: keepPreviousData,
  });
}

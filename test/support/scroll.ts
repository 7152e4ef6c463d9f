import { send, type FeedItem } from "./client.ts";
import type { Standing } from "./feed-by-sql.ts";
import type { Random } from "./random.ts";

export interface ScrollPage {
  readonly items: readonly FeedItem[];
  readonly limit: number;
  readonly isLast: boolean;
}

interface FeedPage {
  readonly items: readonly FeedItem[];
  readonly nextCursor: string | null;
}

const limitMax = 100;

/** Scrolls back to the end of a feed, by pages of any size. */
export async function* scrollPages(
  url: string,
  token: string,
  random: Random,
): AsyncGenerator<ScrollPage> {
  for (let cursor: string | null = ""; cursor !== null;) {
    const limit = 1 + random.below(limitMax);
    const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/v1/feed?limit=${limit}${from}`;
    const { status, body } = await send<FeedPage>(url, { method: "GET", path, token });
    if (status !== 200) {
      throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    }
    cursor = body.nextCursor;
    yield { items: body.items, limit, isLast: cursor === null };
  }
}

export function standingOf({ id, story, reason }: FeedItem): Standing {
  return {
    id: BigInt(id),
    storyId: BigInt(story.id),
    reason: reason.type,
    by: reason.by.map((person) => BigInt(person.id)),
    byCount: reason.byCount,
  };
}

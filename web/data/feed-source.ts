import { api, maru, type FeedItem } from "./client.ts";
import type { ListItem, ListPage } from "./story-list.ts";

const pageSize = 20;
const liveAfterHeader = "maru-live-after";

export function itemOf(item: FeedItem): ListItem {
  const { id, story, reason } = item;
  return {
    id,
    story,
    reason: reason.type === "reshare" ? { by: reason.by, byCount: reason.byCount } : null,
  };
}

/** Reads a page of the feed; `onPosition` learns from where to listen for what comes after it. */
export async function readFeed(
  cursor: string | null,
  onPosition: (liveAfter: string) => void,
): Promise<ListPage> {
  const query = { limit: pageSize, ...(cursor === null ? {} : { cursor }) };
  const call = api.GET("/v1/feed", { params: { query } });
  const { items, nextCursor } = await maru.data(call);
  const after = (await call).response.headers.get(liveAfterHeader);
  if (after !== null) {
    onPosition(after);
  }
  return { items: items.map(itemOf), nextCursor };
}

export async function readStoriesOf(accountId: string, cursor: string | null): Promise<ListPage> {
  const query = { limit: pageSize, ...(cursor === null ? {} : { cursor }) };
  const params = { path: { id: accountId }, query };
  const { items, nextCursor } = await maru.data(api.GET("/v1/accounts/{id}/stories", { params }));
  return { items: items.map((story) => ({ id: story.id, story, reason: null })), nextCursor };
}

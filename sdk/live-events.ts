import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

/** Whether the viewer likes a story, and has reshared it. */
export type ViewerFlags = NonNullable<Schemas["Story"]["viewer"]>;

/**
 * What happens to the feed and around it. Each event says how things are, not what was added, so
 * that hearing one twice does no harm.
 */
export type LiveEvent =
  | { readonly type: "ready"; readonly id: string }
  | { readonly type: "story"; readonly id: string; readonly item: Schemas["FeedItem"] }
  | { readonly type: "story.updated"; readonly id: string; readonly story: Schemas["Story"] }
  | { readonly type: "story.deleted"; readonly id: string; readonly storyId: string }
  | {
      readonly type: "counts";
      readonly id: string;
      readonly storyId: string;
      readonly counts: Schemas["StoryCounts"];
    }
  /** The viewer liked or reshared a story, or took that back, here or on another device. */
  | {
      readonly type: "viewer";
      readonly id: string;
      readonly storyId: string;
      readonly viewer: ViewerFlags;
    }
  /** How the viewer stands to another account has changed, by either of the two. */
  | {
      readonly type: "relationship";
      readonly id: string;
      readonly accountId: string;
      readonly relationship: Schemas["Relationship"];
    }
  /** The viewer's own profile or settings have changed, here or on another device. */
  | { readonly type: "account"; readonly id: string; readonly account: Schemas["OwnAccount"] }
  /** Something was missed for good: read the feed again, and whatever else is kept from earlier. */
  | { readonly type: "reset"; readonly id: string };

/** Null for a kind of event that this version does not know. */
export function liveEvent(type: string, id: string, data: string): LiveEvent | null {
  switch (type) {
    case "ready":
    case "reset":
      return { type, id };
    case "story":
      return { type, id, ...(JSON.parse(data) as { item: Schemas["FeedItem"] }) };
    case "story.updated":
      return { type, id, ...(JSON.parse(data) as { story: Schemas["Story"] }) };
    case "story.deleted":
      return { type, id, storyId: (JSON.parse(data) as { id: string }).id };
    case "counts": {
      const told = JSON.parse(data) as { id: string; counts: Schemas["StoryCounts"] };
      return { type, id, storyId: told.id, counts: told.counts };
    }
    case "viewer": {
      const told = JSON.parse(data) as { id: string; viewer: ViewerFlags };
      return { type, id, storyId: told.id, viewer: told.viewer };
    }
    case "relationship": {
      const told = JSON.parse(data) as {
        account: string;
        relationship: Schemas["Relationship"];
      };
      return { type, id, accountId: told.account, relationship: told.relationship };
    }
    case "account":
      return { type, id, ...(JSON.parse(data) as { account: Schemas["OwnAccount"] }) };
    default:
      return null;
  }
}

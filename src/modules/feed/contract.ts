import { Type } from "typebox";
import { accountSummarySchema } from "../accounts/contract.ts";
import { storySchema } from "../stories/contract.ts";

/** The door of the feed module. Nothing asks it yet but its routes; what it shows is here. */

export const feedItemSchema = Type.Object(
  {
    id: Type.String({ description: "Where the item stands: the story's id, or the reshare's." }),
    at: Type.String({ format: "date-time" }),
    story: storySchema,
    reason: Type.Object({
      type: Type.Union([Type.Literal("author"), Type.Literal("reshare")]),
      by: Type.Array(accountSummarySchema, { maxItems: 3 }),
      byCount: Type.Integer(),
    }),
  },
  { title: "FeedItem" },
);

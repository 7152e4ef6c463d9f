import { Type, type Static } from "typebox";
import type { EventSchemas } from "../../ports/log.ts";
import { friendStateSchema } from "./contract.ts";

/**
 * Every graph event carries the pair's whole state after the command, seen from both sides, and
 * the version of both people's lists: a view that holds version n of a person's lists applies the
 * event that carries n + 1, skips lower ones, and loads anew after a gap.
 */
const standing = {
  /** How this person stands to the other. */
  friend: friendStateSchema,
  following: Type.Boolean(),
  muted: Type.Boolean(),
  blocked: Type.Boolean(),
};
const sideSchema = Type.Object({
  accountId: Type.String(),
  /** The version of this person's lists after the command. */
  version: Type.Integer(),
  ...standing,
  /** The same before the command: it tells what either side may notice of the change. */
  before: Type.Optional(Type.Object(standing)),
});

/** `actor` is who gave the command. For the aggregate (`member`), id and version are the actor's. */
export const relationChangedSchema = Type.Object({ actor: sideSchema, other: sideSchema });
export type RelationChanged = Static<typeof relationChangedSchema>;

/**
 * A deleted person still has relations: the batch of erasing that wrote this was full. Aggregate
 * `member`, version 0; the module's own consumer goes on from here.
 */
export const erasureContinuedSchema = Type.Object({ accountId: Type.String() });
export type ErasureContinued = Static<typeof erasureContinuedSchema>;

export const graphEventTypes = [
  "graph.friend_requested.v1",
  "graph.request_withdrawn.v1",
  "graph.request_declined.v1",
  "graph.befriended.v1",
  "graph.unfriended.v1",
  "graph.followed.v1",
  "graph.unfollowed.v1",
  "graph.blocked.v1",
  "graph.unblocked.v1",
  "graph.muted.v1",
  "graph.unmuted.v1",
] as const;
export type GraphEventType = (typeof graphEventTypes)[number];

export const erasureContinued = "graph.erasure_continued.v1";

export const graphEvents: EventSchemas = {
  ...Object.fromEntries(graphEventTypes.map((type) => [type, relationChangedSchema])),
  [erasureContinued]: erasureContinuedSchema,
};

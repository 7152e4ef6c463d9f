import { Type, type Static } from "typebox";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";

/** The door of the graph module: who is whose friend, who follows, blocks and mutes whom. */

export const friendStateSchema = Type.Union([
  Type.Literal("none"),
  Type.Literal("requested"),
  Type.Literal("received"),
  Type.Literal("friends"),
]);
export type FriendState = Static<typeof friendStateSchema>;

/** How the viewer stands to another person, as `GET /v1/accounts/{id}` shows it. */
export const relationshipSchema = Type.Object(
  {
    friend: friendStateSchema,
    following: Type.Boolean(),
    followedBy: Type.Boolean(),
    muted: Type.Boolean(),
    blocked: Type.Boolean(),
  },
  { title: "Relationship" },
);
export type Relationship = Static<typeof relationshipSchema>;

export interface Relation {
  readonly otherId: Id;
  readonly friend: FriendState;
  readonly following: boolean;
  readonly followedBy: boolean;
  readonly muted: boolean;
  /** The viewer blocks the other. */
  readonly blocked: boolean;
  /** The other blocks the viewer; never shown, but hides as `blocked` does. */
  readonly blockedBy: boolean;
}

/** What the API shows of it; null: strangers. */
export function relationshipOf(relation: Relation | null): Relationship {
  return {
    friend: relation?.friend ?? "none",
    following: relation?.following ?? false,
    followedBy: relation?.followedBy ?? false,
    muted: relation?.muted ?? false,
    blocked: relation?.blocked ?? false,
  };
}

/** Everything that decides what a person sees in the feed. Lists are in no order. */
export interface Audience {
  readonly accountId: Id;
  /** Rises by exactly one with every graph command that changes this person's lists. */
  readonly version: number;
  readonly friendIds: readonly Id[];
  readonly followedIds: readonly Id[];
  /** Blocked in either direction. */
  readonly hiddenIds: readonly Id[];
  readonly mutedIds: readonly Id[];
}

export interface GraphCounts {
  readonly friends: number;
  readonly followers: number;
  readonly following: number;
}

/** Why a pair of an import was refused; "known": it stood already. */
export type ImportedPairResult =
  "made" | "known" | "oneself" | "friend-limit" | "blocked" | "unknown-account";

export interface Graph {
  /** Always from the record's newest state. In the order of the ids; everything false for strangers. */
  relations(context: Context, viewerId: Id, otherIds: readonly Id[]): Promise<readonly Relation[]>;
  /** The same for many viewers: how the first of each pair stands to the second, in the order of the pairs. */
  relationsAmong(
    context: Context,
    pairs: readonly (readonly [Id, Id])[],
  ): Promise<readonly Relation[]>;
  audience(context: Context, accountId: Id): Promise<Audience>;
  /** Like `audience` for many people in one query, for warm-up and consumers; at most 500. */
  audiences(context: Context, accountIds: readonly Id[]): Promise<readonly Audience[]>;
  counts(context: Context, ids: readonly Id[]): Promise<readonly GraphCounts[]>;
  /** Makes friends of an import's pairs, at most 1,000 a call, in one transaction, under the caps. Safe to repeat. */
  importFriendships(
    context: Context,
    pairs: readonly (readonly [Id, Id])[],
  ): Promise<readonly ImportedPairResult[]>;
}

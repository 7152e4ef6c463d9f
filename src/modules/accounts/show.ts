import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound, unauthenticated } from "../../kernel/problem.ts";
import type { Graph, Relation } from "../graph/contract.ts";
import type { Stories } from "../stories/contract.ts";
import type { Directory } from "./directory.ts";
import {
  accountJson,
  noCounts,
  ownAccountJson,
  type AccountAnswer,
  type AccountCounts,
  type OwnAccountJson,
  type RelationshipJson,
} from "./present.ts";

/** Accounts with what other modules know of them. */

export interface ShowDeps {
  readonly directory: Directory;
  readonly graph: Pick<Graph, "relations" | "counts">;
  readonly stories: Pick<Stories, "storyCounts">;
}

export async function countsOf(
  context: Context,
  deps: Pick<ShowDeps, "graph" | "stories">,
  id: Id,
): Promise<AccountCounts> {
  const [[stories], [graph]] = await Promise.all([
    deps.stories.storyCounts(context, [id]),
    deps.graph.counts(context, [id]),
  ]);
  return {
    stories: stories ?? noCounts.stories,
    friends: graph?.friends ?? noCounts.friends,
    followers: graph?.followers ?? noCounts.followers,
    following: graph?.following ?? noCounts.following,
  };
}

export async function showOwnAccount(
  context: Context,
  deps: ShowDeps,
  id: Id,
): Promise<OwnAccountJson> {
  const account = await deps.directory.account(context, id);
  if (account === null) {
    throw unauthenticated();
  }
  return ownAccountJson(account, await countsOf(context, deps, id));
}

/** Throws a 404 for whoever blocks the viewer or is blocked by them, as if they were not there. */
export async function showAccount(
  context: Context,
  deps: ShowDeps,
  idOrHandle: string,
): Promise<AccountAnswer> {
  const account = await deps.directory.resolve(context, idOrHandle);
  if (account === null) {
    throw notFound();
  }
  if (context.viewer === null) {
    return { account: accountJson(account, await countsOf(context, deps, account.id)) };
  }
  const relation = await relationTo(context, deps, account.id);
  if (relation?.blocked === true || relation?.blockedBy === true) {
    throw notFound();
  }
  return {
    account: accountJson(account, await countsOf(context, deps, account.id)),
    relationship: relationshipJson(relation),
  };
}

/** Null to oneself. */
async function relationTo(context: Context, deps: ShowDeps, id: Id): Promise<Relation | null> {
  if (context.viewer === null || context.viewer.accountId === id) {
    return null;
  }
  const [relation] = await deps.graph.relations(context, context.viewer.accountId, [id]);
  return relation ?? null;
}

function relationshipJson(relation: Relation | null): RelationshipJson {
  return {
    friend: relation?.friend ?? "none",
    following: relation?.following ?? false,
    followedBy: relation?.followedBy ?? false,
    muted: relation?.muted ?? false,
    blocked: relation?.blocked ?? false,
  };
}

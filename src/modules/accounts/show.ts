import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound, unauthenticated } from "../../kernel/problem.ts";
import { relationshipOf, type Graph, type Relation } from "../graph/contract.ts";
import type { Stories } from "../stories/contract.ts";
import type { Directory } from "./directory.ts";
import {
  accountJson,
  noCounts,
  ownAccountJson,
  type AccountAnswer,
  type AccountCounts,
  type OwnAccountJson,
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

/** Null for someone who is not active any more. */
export async function findOwnAccount(
  context: Context,
  deps: ShowDeps,
  id: Id,
): Promise<OwnAccountJson | null> {
  const account = await deps.directory.account(context, id);
  return account === null ? null : ownAccountJson(account, await countsOf(context, deps, id));
}

export async function showOwnAccount(
  context: Context,
  deps: ShowDeps,
  id: Id,
): Promise<OwnAccountJson> {
  const account = await findOwnAccount(context, deps, id);
  if (account === null) {
    throw unauthenticated();
  }
  return account;
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
    relationship: relationshipOf(relation),
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

import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound } from "../../kernel/problem.ts";
import type { AccountSummary, Accounts } from "../accounts/contract.ts";
import type { Graph, Relation } from "../graph/contract.ts";
import type { Bodies, LiveStory } from "./bodies.ts";
import { isHidden, maySee, visibilitiesFor, type Sight } from "./rules.ts";

/** Finds out how viewers stand to authors, for the rules to decide. */

export interface SightDeps {
  /** Neighbours are asked for lazily: modules know each other in a circle. */
  readonly accounts: Accounts;
  readonly graph: Graph;
  readonly bodies: Bodies;
}

/** An author, and how the viewer stands to them. */
export interface SeenAuthor extends Sight {
  readonly author: AccountSummary | null;
}

export interface SeenStory {
  readonly story: LiveStory;
  readonly author: AccountSummary;
  readonly sight: Sight;
}

export async function seeAuthor(
  deps: SightDeps,
  context: Context,
  authorId: Id,
): Promise<SeenAuthor> {
  const viewerId = context.viewer?.accountId ?? null;
  const [[author = null], [relation = null]] = await Promise.all([
    deps.accounts.summaries(context, [authorId]),
    viewerId === null || viewerId === authorId
      ? Promise.resolve<readonly Relation[]>([])
      : deps.graph.relations(context, viewerId, [authorId]),
  ]);
  return { viewerId, relation, author, authorActive: author !== null };
}

/** The story, if it is live and the viewer may see it; otherwise null. */
export async function findStory(
  deps: SightDeps,
  context: Context,
  id: Id,
): Promise<SeenStory | null> {
  const [story = null] = await deps.bodies.find(context, [id]);
  if (story === null) {
    return null;
  }
  const { author, ...sight } = await seeAuthor(deps, context, story.authorId);
  return author !== null && maySee({ ...story, status: "live" }, sight)
    ? { story, author, sight }
    : null;
}

/** The same, with 404 for what is not there for the viewer. */
export async function seeStory(deps: SightDeps, context: Context, id: Id): Promise<SeenStory> {
  const found = await findStory(deps, context, id);
  if (found === null) {
    throw notFound();
  }
  return found;
}

/** Those of the people whom the viewer may see: active, and neither blocks the other. */
export async function visiblePeople(
  deps: Pick<SightDeps, "accounts" | "graph">,
  context: Context,
  ids: readonly Id[],
): Promise<ReadonlyMap<Id, AccountSummary>> {
  const wanted = [...new Set(ids)];
  const viewerId = context.viewer?.accountId ?? null;
  const others = wanted.filter((id) => id !== viewerId);
  const [summaries, relations] = await Promise.all([
    deps.accounts.summaries(context, wanted),
    viewerId === null || others.length === 0
      ? Promise.resolve<readonly Relation[]>([])
      : deps.graph.relations(context, viewerId, others),
  ]);
  const hidden = new Set(relations.filter(isHidden).map((relation) => relation.otherId));
  const visible = new Map<Id, AccountSummary>();
  for (const summary of summaries) {
    if (summary !== null && !hidden.has(summary.id)) {
      visible.set(summary.id, summary);
    }
  }
  return visible;
}

/** What of a person's stories the viewer may see; 404 for someone who is not there for the viewer. */
export async function seeStoriesOf(
  deps: SightDeps,
  context: Context,
  authorId: Id,
): Promise<{
  readonly author: AccountSummary;
  readonly visibilities: ReturnType<typeof visibilitiesFor>;
}> {
  const { author, ...sight } = await seeAuthor(deps, context, authorId);
  const visibilities = visibilitiesFor(authorId, sight);
  if (author === null || visibilities.length === 0) {
    throw notFound();
  }
  return { author, visibilities };
}

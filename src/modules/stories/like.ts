import { present } from "../../kernel/assert.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound, unauthenticated } from "../../kernel/problem.ts";
import type { GroupTransaction, Member, Outcome } from "../../ports/record.ts";
import type { ReactDeps } from "./react.ts";
import { viewerOf } from "./route-parts.ts";
import { maySee, type Sight } from "./rules.ts";
import { insertLikes, type Like } from "./store-reactions.ts";
import { erasedAmong, lockTogether, storyStates } from "./store-stories.ts";
import { likeEvent } from "./story-events.ts";

/**
 * New likes: the most frequent command there is, so that those who like at the same time share a
 * transaction. A like is there or not; asking for one that is there already changes nothing.
 */
export async function likeAll(
  deps: ReactDeps,
  tx: GroupTransaction,
  members: readonly Member<Id>[],
): Promise<readonly Outcome<null>[]> {
  const sights = await sightsOf(deps, tx, members);
  const seen = members.filter((_, at) => sights[at] !== null);
  const [people, stories] = [seen.map(likerOf), seen.map(({ item }) => item)];
  if (seen.length === 0) {
    return members.map(() => ({ refusal: notFound() }));
  }
  // Sent at once; the rows are read when the locks are held.
  const [locked, erased, states] = await Promise.all([
    lockTogether(tx.sql, { people, stories }, tx.mayWait),
    erasedAmong(tx.sql, people),
    storyStates(tx.sql, stories),
  ]);
  const wanted = new Map<Id, Member<Id>>();
  const likes: Like[] = [];
  const outcomes = members.map((member, at): Outcome<null> => {
    const { item: storyId } = member;
    const [accountId, sight, state] = [likerOf(member), sights[at] ?? null, states.get(storyId)];
    if (sight === null) {
      return { refusal: notFound() };
    }
    if (!locked.has(accountId) || !locked.has(storyId)) {
      return "alone";
    }
    if (erased.has(accountId)) {
      return { refusal: unauthenticated() };
    }
    if (state === undefined || !maySee(state, sight)) {
      return { refusal: notFound() };
    }
    const like = { id: deps.ids.mint(), accountId, storyId };
    likes.push(like);
    wanted.set(like.id, member);
    return { value: null };
  });
  const ids = likes.length === 0 ? new Set<Id>() : await insertLikes(tx.sql, likes);
  const made = likes.filter(({ id }) => ids.has(id));
  for (const like of made) {
    const { authorId } = present(states.get(like.storyId), "the story that was liked");
    present(wanted.get(like.id), "who likes").append(likeEvent("liked", { ...like, authorId }));
  }
  return outcomes;
}

function likerOf({ context }: Member<Id>): Id {
  return viewerOf(context).accountId;
}

/** How each stands to the author of what they like; null where the story is not there for them. */
async function sightsOf(
  deps: ReactDeps,
  { context }: GroupTransaction,
  members: readonly Member<Id>[],
): Promise<readonly (Sight | null)[]> {
  const stories = await deps.bodies.find(
    context,
    members.map(({ item }) => item),
  );
  const authorIds = [...new Set(stories.flatMap((story) => story?.authorId ?? []))];
  const pairs = members.map((member, at): readonly [Id, Id] | null => {
    const authorId = stories[at]?.authorId ?? null;
    const accountId = likerOf(member);
    return authorId === null || authorId === accountId ? null : [accountId, authorId];
  });
  const strangers = pairs.filter((pair) => pair !== null);
  const [authors, relations] = await Promise.all([
    deps.accounts.summaries(context, authorIds),
    deps.graph.relationsAmong(context, strangers),
  ]);
  const active = new Set(authors.flatMap((author) => author?.id ?? []));
  const relationOf = new Map(strangers.map((pair, at) => [pair, relations[at] ?? null]));
  return members.map((member, at) => {
    const [story, pair] = [stories[at] ?? null, pairs[at] ?? null];
    if (story === null) {
      return null;
    }
    const relation = pair === null ? null : (relationOf.get(pair) ?? null);
    const authorActive = active.has(story.authorId);
    const sight: Sight = { viewerId: likerOf(member), relation, authorActive };
    return maySee({ ...story, status: "live" }, sight) ? sight : null;
  });
}

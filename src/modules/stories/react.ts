import type { Context, Viewer } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound, unavailable } from "../../kernel/problem.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { Transaction } from "../../ports/record.ts";
import { notResharable } from "./errors.ts";
import { assertNotErased } from "./publish.ts";
import { isResharable, maySee } from "./rules.ts";
import { seeStory, type SightDeps } from "./sight.ts";
import { addCountChanges } from "./store-counts.ts";
import * as store from "./store-reactions.ts";
import { lockToReact, storyById, type StoryRow } from "./store-stories.ts";
import { likeEvent, reshareEvent } from "./story-events.ts";

/** Reactions, but for new likes, which are made in groups. Each is there or not; asking for what is so already changes nothing. */

export interface ReactDeps extends SightDeps {
  readonly ids: IdSource;
}

export interface Reaction {
  readonly context: Context;
  readonly viewer: Viewer;
  readonly storyId: Id;
}

/** A node whose clock is behind gives an id below the story's; it catches up within this time. */
const clockRetryAfterS = 1;

/**
 * The story as it stays until this transaction is over: whoever deletes it or narrows who sees it
 * waits, or has done so already and is seen here. Others who react do not wait.
 */
export async function storyToReactTo(
  deps: SightDeps,
  tx: Transaction,
  { context, viewer, storyId }: Reaction,
): Promise<StoryRow> {
  const { sight } = await seeStory(deps, context, storyId);
  await lockToReact(tx.sql, viewer.accountId, storyId);
  await assertNotErased(tx, viewer.accountId);
  const story = await storyById(tx.sql, storyId);
  if (story === undefined || !maySee(story, sight)) {
    throw notFound();
  }
  return story;
}

export async function unlike(deps: ReactDeps, tx: Transaction, reaction: Reaction): Promise<void> {
  const { viewer, storyId } = reaction;
  const { authorId } = await storyToReactTo(deps, tx, reaction);
  if (await store.deleteLike(tx.sql, viewer.accountId, storyId)) {
    await addCountChanges(tx.sql, [{ subjectId: storyId, likes: -1 }]);
    tx.append(likeEvent("unliked", { accountId: viewer.accountId, storyId, authorId }));
  }
}

export async function reshare(deps: ReactDeps, tx: Transaction, reaction: Reaction): Promise<void> {
  const { viewer, storyId } = reaction;
  const story = await storyToReactTo(deps, tx, reaction);
  if (!isResharable(story)) {
    throw notResharable();
  }
  const { accountId } = viewer;
  const made = { id: deps.ids.mint(), accountId, storyId, authorId: story.authorId };
  if (made.id <= storyId) {
    // A reshare stands in the feed at its id, which must not lie before the story's.
    throw unavailable({ retryAfterS: clockRetryAfterS });
  }
  if (await store.insertReshare(tx.sql, made)) {
    await addCountChanges(tx.sql, [{ subjectId: storyId, reshares: 1 }]);
    tx.append(reshareEvent("reshared", made));
  }
}

export async function unreshare(
  deps: ReactDeps,
  tx: Transaction,
  reaction: Reaction,
): Promise<void> {
  const { viewer, storyId } = reaction;
  tx.hide();
  const { authorId } = await storyToReactTo(deps, tx, reaction);
  const id = await store.deleteReshare(tx.sql, viewer.accountId, storyId);
  if (id !== undefined) {
    await addCountChanges(tx.sql, [{ subjectId: storyId, reshares: -1 }]);
    tx.append(reshareEvent("unreshared", { id, accountId: viewer.accountId, storyId, authorId }));
  }
}

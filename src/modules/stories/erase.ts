import type { Id } from "../../kernel/id.ts";
import type { DurableConsumer, EventEnvelope } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import { addCountChanges } from "./store-counts.ts";
import { deletionsAmong, eraseDeletions, mayComeBack } from "./store-deletions.ts";
import * as store from "./store-erasure.ts";
import { storiesById } from "./store-stories.ts";
import {
  commentEvent,
  erasureContinued,
  idOf,
  likeEvent,
  reshareEvent,
  storyEvent,
} from "./story-events.ts";

/**
 * Erases what a deleted person made, and what hangs on a deleted story. Each transaction takes a
 * batch away, with the events that keep views and counts exact, and asks for the next one as long
 * as there may be more. A repeat finds less to do, or nothing.
 *
 * What hangs on a story that is gone goes without events: nobody sees it, and the story's own event
 * has told every view. As long as the deletion may be undone nothing goes; when it may not any more,
 * an event of the module's own says so.
 */
export interface ErasureLimits {
  /** Stories take a lock each, and locks are few. */
  readonly storiesMax: number;
  readonly rowsMax: number;
}

export const erasureLimitsDefault: ErasureLimits = { storiesMax: 100, rowsMax: 500 };
const attemptsMax = 20;

export function createErasure(limits: ErasureLimits = erasureLimitsDefault): DurableConsumer {
  async function eraseAccountBatch(tx: Transaction, accountId: Id): Promise<void> {
    await store.markErased(tx.sql, accountId);
    const mayHaveMore =
      (await eraseStories(tx, accountId, limits.storiesMax)) ||
      (await eraseComments(tx, accountId, limits.rowsMax)) ||
      (await eraseLikes(tx, accountId, limits.rowsMax)) ||
      (await eraseReshares(tx, accountId, limits.rowsMax));
    if (mayHaveMore) {
      tx.append(erasureContinued("account", accountId));
    } else {
      await store.eraseAuthorCount(tx.sql, accountId);
    }
  }

  async function eraseStoryBatch(tx: Transaction, storyId: Id): Promise<void> {
    if (await mayComeBack(tx.sql, storyId)) {
      return;
    }
    const erased = await store.eraseReactionsTo(tx.sql, storyId, limits.rowsMax);
    if (erased >= limits.rowsMax) {
      tx.append(erasureContinued("story", storyId));
    } else {
      await store.eraseCounts(tx.sql, storyId);
    }
  }

  return {
    name: "stories.erasure",
    types: ["accounts.deleted.v1", "stories.deleted.v1", "stories.erasure_continued.v1"],
    attemptsMax,
    async handle(_context, event, tx) {
      const { subject, id } = erasedBy(event);
      await (subject === "account" ? eraseAccountBatch(tx, id) : eraseStoryBatch(tx, id));
    },
  };
}

function erasedBy(event: EventEnvelope): {
  readonly subject: "account" | "story";
  readonly id: Id;
} {
  switch (event.type) {
    case "accounts.deleted.v1":
      return { subject: "account", id: idOf(event, "accountId") };
    case "stories.deleted.v1":
      return { subject: "story", id: idOf(event, "storyId") };
    default:
      return {
        subject: event.data["subject"] === "account" ? "account" : "story",
        id: idOf(event, "id"),
      };
  }
}

/** Each of these is true when the batch was full, so that there may be more. */

async function eraseStories(tx: Transaction, authorId: Id, limit: number): Promise<boolean> {
  const ids = await store.lockStoriesOf(tx.sql, authorId, limit);
  for (const storyId of await eraseDeletions(tx.sql, authorId, ids)) {
    // It was told of as deleted, and what hangs on it waited for the author to think again.
    tx.append(erasureContinued("story", storyId));
  }
  for (const story of await store.eraseStories(tx.sql, authorId, ids)) {
    if (story.status !== "deleted") {
      const gone = { ...story, status: "deleted", version: story.version + 1 } as const;
      tx.append(storyEvent("deleted", gone, authorId));
    }
  }
  return ids.length >= limit;
}

async function eraseComments(tx: Transaction, accountId: Id, limit: number): Promise<boolean> {
  const comments = await store.eraseCommentsBy(tx.sql, accountId, limit);
  const live = comments.filter((comment) => comment.status === "live");
  const authors = await authorsOf(
    tx,
    live.map((comment) => comment.storyId),
  );
  const counted = live.flatMap((comment) => {
    const storyAuthorId = authors.get(comment.storyId);
    return storyAuthorId === undefined ? [] : [{ comment, storyAuthorId }];
  });
  await addCountChanges(
    tx.sql,
    counted.map(({ comment }) => ({ subjectId: comment.storyId, comments: -1 })),
  );
  for (const { comment, storyAuthorId } of counted) {
    tx.append(commentEvent("comment_deleted", comment, { storyAuthorId, actorId: accountId }));
  }
  return comments.length >= limit;
}

async function eraseLikes(tx: Transaction, accountId: Id, limit: number): Promise<boolean> {
  const storyIds = await store.eraseLikesBy(tx.sql, accountId, limit);
  const authors = await authorsOf(tx, storyIds);
  await addCountChanges(
    tx.sql,
    [...authors.keys()].map((subjectId) => ({ subjectId, likes: -1 })),
  );
  for (const [storyId, authorId] of authors) {
    tx.append(likeEvent("unliked", { accountId, storyId, authorId }));
  }
  return storyIds.length >= limit;
}

async function eraseReshares(tx: Transaction, accountId: Id, limit: number): Promise<boolean> {
  const reshares = await store.eraseResharesBy(tx.sql, accountId, limit);
  const authors = await authorsOf(
    tx,
    reshares.map((reshare) => reshare.storyId),
  );
  const counted = reshares.filter((reshare) => authors.has(reshare.storyId));
  await addCountChanges(
    tx.sql,
    counted.map(({ storyId }) => ({ subjectId: storyId, reshares: -1 })),
  );
  for (const reshare of counted) {
    tx.append(reshareEvent("unreshared", reshare));
  }
  return reshares.length >= limit;
}

/** Of the stories that are there or may come back, with the counts that they had. */
async function authorsOf(tx: Transaction, storyIds: readonly Id[]): Promise<ReadonlyMap<Id, Id>> {
  const stories = await storiesById(tx.sql, [...new Set(storyIds)]);
  const mayReturn = await deletionsAmong(
    tx.sql,
    stories.filter((story) => story.status === "deleted"),
  );
  return new Map(
    stories
      .filter((story) => story.status !== "deleted" || mayReturn.has(story.id))
      .map((story) => [story.id, story.authorId] as const),
  );
}

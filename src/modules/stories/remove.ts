import { internalContext } from "../../kernel/context.ts";
import { notFound } from "../../kernel/problem.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Job } from "../../ports/module.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import { assertNotErased, lockedStory, type ChangeRequest, type PublishDeps } from "./publish.ts";
import { addCountChanges } from "./store-counts.ts";
import * as deletions from "./store-deletions.ts";
import { lockToChange, storyById, updateStory, type StoryRow } from "./store-stories.ts";
import { erasureContinued, storyEvent } from "./story-events.ts";

/**
 * Deletes stories, and brings them back for a while. A deletion is in force at once, for everybody;
 * what hangs on the story, and its text, are erased when it cannot be undone any more.
 */
export interface RemoveDeps extends PublishDeps {
  readonly restoreWindowMs: number;
}

/** Time enough to notice a slip, and to find the button once more. */
export const restoreWindowMsDefault = 30_000;

/** Deleting what is deleted already is fine, for its author, and changes nothing. */
export async function remove(
  deps: PublishDeps,
  tx: Transaction,
  request: ChangeRequest,
): Promise<void> {
  const before = await lockedStory(deps, tx, request);
  if (before.status === "deleted") {
    return;
  }
  const gone = { status: "deleted", version: before.version + 1 } as const;
  const isLive = before.status === "live";
  // What a moderator has hidden does not come back by its author's hand.
  const after: StoryRow = isLive
    ? { ...before, ...gone }
    : { ...before, ...gone, text: "", link: null, media: [] };
  await updateStory(tx.sql, after);
  if (isLive) {
    const { id: storyId, authorId } = before;
    await deletions.insertDeletion(tx.sql, { storyId, authorId, atMs: deps.clock.nowMs() });
    await addCountChanges(tx.sql, [{ subjectId: authorId, stories: -1 }]);
  }
  tx.append(storyEvent("deleted", { ...before, ...gone }, request.viewer.accountId));
}

/** Of a story that is there nothing changes. For everybody but its author there is nothing to restore. */
export async function restore(
  deps: RemoveDeps,
  tx: Transaction,
  { viewer: { accountId }, id }: ChangeRequest,
): Promise<StoryRow> {
  const seen = await storyById(tx.sql, id);
  if (seen?.authorId !== accountId) {
    throw notFound();
  }
  await lockToChange(tx.sql, accountId, id);
  await assertNotErased(tx, accountId);
  const before = await storyById(tx.sql, id);
  if (before?.status === "live") {
    return before;
  }
  const deletion = { authorId: accountId, storyId: id };
  const sinceMs = deps.clock.nowMs() - deps.restoreWindowMs;
  if (before === undefined || !(await deletions.undoDeletion(tx.sql, { ...deletion, sinceMs }))) {
    throw notFound();
  }
  const after: StoryRow = { ...before, status: "live", version: before.version + 1 };
  await updateStory(tx.sql, after);
  await addCountChanges(tx.sql, [{ subjectId: accountId, stories: 1 }]);
  tx.append(storyEvent("restored", after, accountId));
  return after;
}

const endEveryMs = 2_000;
/** Clocks of nodes differ a little: none may still restore what another has begun to erase. */
const clockSpreadMs = 1_000;
/** Stories take a lock each, and locks are few. */
const deletionsPerTransaction = 100;

/** Makes deletions final; the module's consumer then erases what hangs on the stories. */
export function createEndOfDeletions(deps: {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly restoreWindowMs: number;
}): Job {
  const { record, clock, restoreWindowMs } = deps;

  async function endOldest(tx: Transaction, beforeMs: number): Promise<number> {
    const due = await deletions.deletionsBefore(tx.sql, beforeMs, deletionsPerTransaction);
    if (due.length > 0) {
      for (const storyId of await deletions.endDeletions(tx.sql, due, beforeMs)) {
        tx.append(erasureContinued("story", storyId));
      }
    }
    return due.length;
  }

  return {
    name: "stories.end-deletions",
    everyMs: endEveryMs,
    async run() {
      const beforeMs = clock.nowMs() - restoreWindowMs - clockSpreadMs;
      const context = internalContext("stories.end-deletions");
      let ended: number;
      do {
        ({ value: ended } = await record.write(context, (tx) => endOldest(tx, beforeMs)));
      } while (ended === deletionsPerTransaction);
    },
  };
}

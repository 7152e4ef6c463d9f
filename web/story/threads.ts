import type { Comment } from "../data/client.ts";

/** A comment and everything that answers it, directly or not, in the order of time. */
export interface Thread {
  /** Of the first comment. */
  readonly id: string;
  /** Null: it is gone, and its answers are there. */
  readonly comment: Comment | null;
  readonly replies: readonly Comment[];
}

/**
 * Threads of comments that come oldest first. An answer to an answer stands in the same thread.
 * Where the first one is gone, its answers stay where they were.
 */
export function threadsOf(comments: readonly Comment[]): readonly Thread[] {
  const threads = new Map<string, { id: string; comment: Comment | null; replies: Comment[] }>();
  const threadIdOf = new Map<string, string>();
  for (const comment of comments) {
    const { id, parentId } = comment;
    if (threadIdOf.has(id)) {
      continue;
    }
    if (parentId === null) {
      threads.set(id, { id, comment, replies: [] });
      threadIdOf.set(id, id);
    } else {
      const threadId = threadIdOf.get(parentId) ?? parentId;
      const thread = threads.get(threadId) ?? { id: threadId, comment: null, replies: [] };
      thread.replies.push(comment);
      threads.set(threadId, thread);
      threadIdOf.set(id, threadId);
    }
  }
  return [...threads.values()].toSorted((a, b) => (isOlder(a, b) ? -1 : 1));
}

/** By their ids, which rise with time. */
function isOlder(a: { readonly id: string }, b: { readonly id: string }): boolean {
  return a.id.length === b.id.length ? a.id < b.id : a.id.length < b.id.length;
}

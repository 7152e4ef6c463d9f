import type { Comment } from "../data/client.ts";

/** A comment and everything that answers it, directly or not, in the order of time. */
export interface Thread {
  readonly comment: Comment;
  readonly replies: readonly Comment[];
}

/**
 * Threads of comments that come oldest first. An answer to an answer stands in the same thread; one
 * whose comment is gone begins a thread of its own.
 */
export function threadsOf(comments: readonly Comment[]): readonly Thread[] {
  const threads = new Map<string, { comment: Comment; replies: Comment[] }>();
  const threadIdOf = new Map<string, string>();
  for (const comment of comments) {
    const parent = comment.parentId === null ? undefined : threadIdOf.get(comment.parentId);
    const thread = parent === undefined ? undefined : threads.get(parent);
    if (threadIdOf.has(comment.id)) {
      continue;
    }
    if (thread === undefined) {
      threads.set(comment.id, { comment, replies: [] });
      threadIdOf.set(comment.id, comment.id);
    } else {
      thread.replies.push(comment);
      threadIdOf.set(comment.id, thread.comment.id);
    }
  }
  return [...threads.values()];
}

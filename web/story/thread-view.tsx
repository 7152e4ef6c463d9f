import { useRef, useState } from "react";
import type { Comment, Story } from "../data/client.ts";
import { useMe } from "../data/session.ts";
import { draftsOf } from "../data/use-draft.ts";
import { useText } from "../language/language.ts";
import { CommentBox } from "./comment-box.tsx";
import { CommentItem } from "./comment-item.tsx";
import styles from "./thread-view.module.css";
import type { Thread } from "./threads.ts";

interface ThreadViewProps {
  readonly story: Story;
  readonly thread: Thread;
}

/** A comment with what answers it one step in, and, while the reader answers, the field for it. */
export function ThreadView({ story, thread }: ThreadViewProps) {
  const t = useText();
  const { comment, replies } = thread;
  const [answered, setAnswered] = useBegunAnswer(thread);
  const ref = useRef<HTMLTextAreaElement>(null);
  const authorOf = new Map([...(comment === null ? [] : [comment]), ...replies].map(authored));

  function answer(to: Comment): void {
    setAnswered(to);
    requestAnimationFrame(() => ref.current?.focus());
  }

  return (
    <li className={styles["thread"]}>
      {comment === null ? (
        <p className={styles["gone"]}>{t("comments.gone")}</p>
      ) : (
        <CommentItem story={story} comment={comment} onAnswer={answer} />
      )}
      {replies.length === 0 && answered === null ? null : (
        <div className={styles["replies"]}>
          {replies.length === 0 ? null : (
            <ol
              aria-label={
                comment === null
                  ? t("comments.repliesToGone")
                  : t("comments.replies", { name: comment.author.name })
              }
            >
              {replies.map((reply) => (
                <li key={reply.id}>
                  <CommentItem
                    story={story}
                    comment={reply}
                    answered={
                      reply.parentId === thread.id ? undefined : answeredBy(reply, authorOf)
                    }
                    onAnswer={answer}
                  />
                </li>
              ))}
            </ol>
          )}
          {answered === null ? null : (
            <CommentBox
              key={answered.id}
              ref={ref}
              storyId={story.id}
              parentId={answered.id}
              label={t("comments.answer", { name: answered.author.name })}
              onDone={() => {
                setAnswered(null);
              }}
            />
          )}
        </div>
      )}
    </li>
  );
}

type Authors = ReadonlyMap<string, string>;

const authored = ({ id, author }: Comment): [string, string] => [id, author.name];

function answeredBy({ parentId }: Comment, authorOf: Authors): string | undefined {
  return parentId === null ? undefined : authorOf.get(parentId);
}

/** The comment that is being answered: at first the one to which an answer was begun before. */
function useBegunAnswer({ comment, replies }: Thread) {
  const me = useMe();
  return useState<Comment | null>(() => {
    const storyId = (comment ?? replies[0])?.storyId;
    if (!me || storyId === undefined) {
      return null;
    }
    const begun = draftsOf(me.id).begunAnswers(storyId);
    const all = comment === null ? replies : [comment, ...replies];
    return all.find(({ id }) => begun.has(id)) ?? null;
  });
}

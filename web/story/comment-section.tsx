import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import buttons from "../app/link-button.module.css";
import { paths } from "../app/paths.ts";
import type { Comment, Story } from "../data/client.ts";
import { useMe } from "../data/session.ts";
import { Button } from "../design/button.tsx";
import { Skeletons } from "../design/skeleton.tsx";
import { useText } from "../language/language.ts";
import { CommentBox } from "./comment-box.tsx";
import { CommentItem } from "./comment-item.tsx";
import styles from "./comment-section.module.css";
import type { Thread } from "./threads.ts";
import { useComments } from "./use-comments.ts";

/** What was answered to a story, and where one answers. */
export function CommentSection({ story }: { readonly story: Story }) {
  const t = useText();
  const me = useMe();
  const { threads, phase, hasMore, isLoadingMore, more, retry } = useComments(story.id);
  return (
    <section aria-label={t("comments.title")}>
      {me ? (
        <FirstBox storyId={story.id} />
      ) : (
        <p className={styles["visitor"]}>
          <Link
            href={`${paths.signIn}?to=${encodeURIComponent(paths.story(story.id))}`}
            className={buttons["link"]}
          >
            {t("comments.signIn")}
          </Link>
        </p>
      )}
      {phase === "first" ? (
        <Skeletons of="person" count={2} label={t("comments.loading")} />
      ) : phase === "failed" ? (
        <div className={styles["more"]} role="alert">
          <p>{t("list.failed")}</p>
          <Button onClick={retry}>{t("app.retry")}</Button>
        </div>
      ) : threads.length === 0 ? (
        <p className={styles["empty"]}>{t("comments.empty")}</p>
      ) : (
        <ol aria-label={t("comments.list")}>
          {threads.map((thread) => (
            <ThreadView key={thread.comment.id} thread={thread} />
          ))}
        </ol>
      )}
      {hasMore ? (
        <div className={styles["more"]}>
          <Button busy={isLoadingMore} onClick={more}>
            {t("comments.more")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

const hash = "#comment";

/** Takes the focus when the reader came to answer. */
function FirstBox({ storyId }: { readonly storyId: string }) {
  const t = useText();
  const ref = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const come = (): void => {
      if (location.hash === hash) {
        ref.current?.focus();
      }
    };
    // After the page itself has taken the focus.
    const frame = requestAnimationFrame(come);
    globalThis.addEventListener("hashchange", come);
    return () => {
      cancelAnimationFrame(frame);
      globalThis.removeEventListener("hashchange", come);
    };
  }, []);
  return <CommentBox ref={ref} storyId={storyId} parentId={null} label={t("comments.write")} />;
}

function ThreadView({ thread }: { readonly thread: Thread }) {
  const t = useText();
  const { comment, replies } = thread;
  const [answered, setAnswered] = useState<Comment | null>(null);
  const ref = useRef<HTMLTextAreaElement>(null);
  function answer(to: Comment): void {
    setAnswered(to);
    requestAnimationFrame(() => ref.current?.focus());
  }
  return (
    <li className={styles["thread"]}>
      <CommentItem comment={comment} onAnswer={answer} />
      {replies.length === 0 && answered === null ? null : (
        <div className={styles["replies"]}>
          {replies.length === 0 ? null : (
            <ol aria-label={t("comments.replies", { name: comment.author.name })}>
              {replies.map((reply) => (
                <li key={reply.id}>
                  <CommentItem comment={reply} onAnswer={answer} />
                </li>
              ))}
            </ol>
          )}
          {answered === null ? null : (
            <CommentBox
              key={answered.id}
              ref={ref}
              storyId={comment.storyId}
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

import { useEffect, useRef } from "react";
import { Link } from "wouter";
import buttons from "../app/link-button.module.css";
import { paths } from "../app/paths.ts";
import type { Story } from "../data/client.ts";
import { useMe } from "../data/session.ts";
import { Button } from "../design/button.tsx";
import { Skeletons } from "../design/skeleton.tsx";
import { useText } from "../language/language.ts";
import { ReadFailure } from "../people/read-failure.tsx";
import { CommentBox } from "./comment-box.tsx";
import { commentFieldId } from "./comment-field-id.ts";
import styles from "./comment-section.module.css";
import { ThreadView } from "./thread-view.tsx";
import { useComments } from "./use-comments.ts";
import { useHeldPlace } from "./use-held-place.ts";

/** What was answered to a story, and where one answers. */
export function CommentSection({ story }: { readonly story: Story }) {
  const t = useText();
  const me = useMe();
  const comments = useComments(story.id);
  const { threads, phase, error, hasMore, hasMoreFailed, isLoadingMore, more, retry } = comments;
  const ref = useRef<HTMLElement>(null);
  useHeldPlace(ref, "[data-comment]", threads);
  return (
    <section ref={ref} aria-label={t("comments.title")}>
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
        <ReadFailure error={error} onRetry={retry} />
      ) : threads.length === 0 ? (
        <p className={styles["empty"]}>{t("comments.empty")}</p>
      ) : (
        <ol aria-label={t("comments.list")}>
          {threads.map((thread) => (
            <ThreadView key={thread.id} story={story} thread={thread} />
          ))}
        </ol>
      )}
      {hasMore ? (
        <div className={styles["more"]}>
          {hasMoreFailed ? <p role="alert">{t("list.failed")}</p> : null}
          <Button busy={isLoadingMore} onClick={more}>
            {t("comments.more")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

/** Takes the focus when the reader came to answer. */
function FirstBox({ storyId }: { readonly storyId: string }) {
  const t = useText();
  const ref = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const come = (): void => {
      if (location.hash === `#${commentFieldId}`) {
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
  return (
    <CommentBox
      ref={ref}
      id={commentFieldId}
      storyId={storyId}
      parentId={null}
      label={t("comments.write")}
    />
  );
}

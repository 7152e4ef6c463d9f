import { useState } from "react";
import { Link } from "wouter";
import { paths } from "../app/paths.ts";
import type { Comment, Story } from "../data/client.ts";
import { useMe } from "../data/session.ts";
import { Avatar } from "../design/avatar.tsx";
import { useText } from "../language/language.ts";
import { languageOf } from "../language/language-of.ts";
import { ConfirmDialog } from "../people/confirm-dialog.tsx";
import { StoryText } from "./story-text.tsx";
import { Time } from "./time.tsx";
import { removeComment } from "./use-comments.ts";
import styles from "./comment-item.module.css";

const avatarPx = 32;

interface CommentItemProps {
  readonly story: Story;
  readonly comment: Comment;
  /** Whom it answers, where that is not whoever began the thread. */
  readonly answered?: string | undefined;
  readonly onAnswer: (comment: Comment) => void;
}

export function CommentItem({ story, comment, answered, onAnswer }: CommentItemProps) {
  const t = useText();
  const me = useMe();
  const { author, text } = comment;
  const [isAsking, setIsAsking] = useState(false);
  return (
    <article
      className={styles["comment"]}
      data-comment={comment.id}
      aria-label={t("comments.by", { name: author.name })}
    >
      <Link href={paths.profile(author.handle)} tabIndex={-1} aria-hidden="true">
        <Avatar account={author} size={avatarPx} />
      </Link>
      <div className={styles["content"]}>
        <header className={styles["head"]}>
          <Link href={paths.profile(author.handle)} className={styles["author"]}>
            <span className={styles["name"]} dir="auto" lang={languageOf(author.name)}>
              {author.name}
            </span>
          </Link>
          <Time at={comment.createdAt} className={styles["time"]} />
        </header>
        {answered === undefined ? null : (
          <p className={styles["answered"]}>{t("comments.to", { name: answered })}</p>
        )}
        <StoryText id={comment.id} text={text} lang={languageOf(text) ?? "und"} folds />
        {me ? (
          <div className={styles["actions"]}>
            <button
              type="button"
              className={styles["action"]}
              aria-label={t("comments.answer", { name: author.name })}
              onClick={() => {
                onAnswer(comment);
              }}
            >
              {t("comments.reply")}
            </button>
            {me.id === author.id || me.id === story.author.id ? (
              <button
                type="button"
                className={styles["action"]}
                onClick={() => {
                  setIsAsking(true);
                }}
              >
                {t("comments.remove")}
              </button>
            ) : null}
          </div>
        ) : null}
      </div>
      {isAsking ? (
        <ConfirmDialog
          title={t("comments.confirmRemove.title")}
          text={t("comments.confirmRemove.text")}
          confirm={t("comments.remove")}
          onConfirm={() => void removeComment(comment)}
          onClose={() => {
            setIsAsking(false);
          }}
        />
      ) : null}
    </article>
  );
}

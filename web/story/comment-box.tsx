import { useCallback, type KeyboardEvent, type RefObject } from "react";
import { commentBounds, measured } from "../data/text-bounds.ts";
import { useDraft, useDrafts, useSent } from "../data/use-draft.ts";
import type { Comment } from "../data/client.ts";
import { useSignedIn } from "../data/session.ts";
import type { Sent } from "../data/draft.ts";
import { Avatar } from "../design/avatar.tsx";
import { Button } from "../design/button.tsx";
import { GrowingArea } from "../design/growing-area.tsx";
import { useText } from "../language/language.ts";
import { DraftStatus } from "../compose/draft-status.tsx";
import { LengthLeft } from "../compose/length-left.tsx";
import styles from "./comment-box.module.css";

const avatarPx = 32;

interface CommentBoxProps {
  readonly ref?: RefObject<HTMLTextAreaElement | null>;
  readonly storyId: string;
  readonly parentId: string | null;
  readonly id?: string;
  readonly label: string;
  /** It was sent, or the writer thought better of it. */
  readonly onDone?: () => void;
}

/** Where a comment is written. What is typed is kept until it has arrived. */
export function CommentBox({ ref, id, storyId, parentId, label, onDone }: CommentBoxProps) {
  const t = useText();
  const me = useSignedIn();
  const draft = useDrafts().comment(storyId, parentId);
  const state = useDraft(draft);
  const { text } = state.written;
  const { isBlank, left } = measured(text, commentBounds);
  const isTooLong = left !== null && left < 0;
  const isOff = state.phase !== "writing";
  const onSent = useCallback(
    ({ isLast }: Sent<Comment>) => {
      if (isLast) {
        onDone?.();
      }
    },
    [onDone],
  );
  useSent(draft, onSent);

  function send(): void {
    if (!isBlank && !isTooLong && !isOff) {
      draft.send();
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && onDone !== undefined) {
      event.stopPropagation();
      onDone();
    }
  }

  return (
    <form
      className={styles["box"]}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Avatar account={me} size={avatarPx} />
      <div className={styles["content"]}>
        <GrowingArea
          ref={ref}
          id={id}
          className={styles["text"]}
          aria-label={label}
          aria-invalid={isTooLong || undefined}
          readOnly={isOff}
          placeholder={label}
          value={text}
          onChange={({ target }) => {
            draft.write({ text: target.value });
          }}
          onKeyDown={onKeyDown}
        />
        <DraftStatus draft={draft} state={state} />
        <div className={styles["foot"]}>
          <LengthLeft left={left} />
          {text === "" && onDone === undefined ? null : (
            <Button
              type="submit"
              look="primary"
              size="s"
              busy={state.phase === "sending"}
              disabled={(isBlank || isTooLong || isOff) && state.phase !== "sending"}
            >
              {t("comments.send")}
            </Button>
          )}
        </div>
      </div>
    </form>
  );
}

import { useCallback, type KeyboardEvent, type ReactNode } from "react";
import type { Story } from "../data/client.ts";
import type { Draft, Sent } from "../data/draft.ts";
import { measured, storyBounds } from "../data/text-bounds.ts";
import { useDraft, useSent } from "../data/use-draft.ts";
import { Button } from "../design/button.tsx";
import { GrowingArea } from "../design/growing-area.tsx";
import { useText } from "../language/language.ts";
import { DraftStatus } from "./draft-status.tsx";
import { LengthLeft } from "./length-left.tsx";
import { VisibilityChoice } from "./visibility-choice.tsx";
import styles from "./composer-form.module.css";

interface ComposerFormProps {
  readonly draft: Draft<Story>;
  readonly sendLabel: string;
  readonly takesFocus?: boolean;
  /** Only the field: the rest comes when someone writes. */
  readonly isFolded?: boolean;
  /** Nothing of it differs from what is there. */
  readonly isUnchanged?: boolean;
  /** It has arrived as it is written here. */
  readonly onDone?: () => void;
  readonly onEscape?: () => void;
  readonly children?: ReactNode;
}

/** Where a story is written, new or to be changed. */
export function ComposerForm(props: ComposerFormProps) {
  const { draft, sendLabel, takesFocus = false, isFolded = false, isUnchanged = false } = props;
  const { onDone, onEscape, children } = props;
  const t = useText();
  const state = useDraft(draft);
  const { written, phase } = state;
  const { isBlank, left } = measured(written.text, storyBounds);
  const isOver = left !== null && left < 0;
  const isOff = phase !== "writing";
  const canSend = !isBlank && !isOver && !isOff && !isUnchanged;
  const onSent = useCallback(
    ({ isLast }: Sent<Story>) => {
      if (isLast) {
        onDone?.();
      }
    },
    [onDone],
  );
  useSent(draft, onSent);

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>): void {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (canSend) {
        draft.send();
      }
    } else if (event.key === "Escape" && onEscape !== undefined) {
      event.preventDefault();
      onEscape();
    }
  }

  return (
    <form
      className={styles["form"]}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) {
          draft.send();
        }
      }}
    >
      <GrowingArea
        className={styles["area"]}
        aria-label={t("compose.label")}
        aria-invalid={isOver || undefined}
        placeholder={t("compose.placeholder")}
        value={written.text}
        readOnly={isOff}
        takesFocus={takesFocus}
        onChange={({ target }) => {
          draft.write({ text: target.value });
        }}
      />
      {isFolded ? null : (
        <>
          <DraftStatus draft={draft} state={state} />
          <div className={styles["foot"]}>
            <VisibilityChoice
              value={written.visibility ?? "public"}
              isFixed={isOff}
              onChoose={(visibility) => {
                draft.write({ visibility });
              }}
            />
            <span className={styles["end"]}>
              <LengthLeft left={left} />
              {children}
              <Button
                type="submit"
                look="primary"
                busy={phase === "sending"}
                disabled={!canSend && phase !== "sending"}
                aria-keyshortcuts="Control+Enter Meta+Enter"
              >
                {sendLabel}
              </Button>
            </span>
          </div>
        </>
      )}
    </form>
  );
}

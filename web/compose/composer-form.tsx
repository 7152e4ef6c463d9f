import { Suspense, useCallback, useEffect, type KeyboardEvent, type ReactNode } from "react";
import { lazyPart } from "../app/lazy-part.tsx";
import { say } from "../app/notices.ts";
import type { Story } from "../data/client.ts";
import type { Draft, Sent } from "../data/draft.ts";
import { mediaOf } from "../data/draft-record.ts";
import { measured, storyBounds } from "../data/text-bounds.ts";
import { useDraft, useSent } from "../data/use-draft.ts";
import { Button } from "../design/button.tsx";
import { GrowingArea } from "../design/growing-area.tsx";
import { useText } from "../language/language.ts";
import { AttachButton } from "./attach-button.tsx";
import { attach, attachmentsOf, expectFiles, gather, useAttachments } from "./attachments-of.ts";
import { DraftStatus } from "./draft-status.tsx";
import { LengthLeft } from "./length-left.tsx";
import { useGivenFiles } from "./use-given-files.ts";
import { VisibilityChoice } from "./visibility-choice.tsx";
import styles from "./composer-form.module.css";

const MediaStrip = lazyPart(async () => (await import("./media-strip.tsx")).MediaStrip);
const FixedStrip = lazyPart(async () => (await import("./media-strip.tsx")).FixedStrip);

interface ComposerFormProps {
  readonly draft: Draft<Story>;
  /** The photos and videos of a story that is changed: they stay. Null: it is new, and some may be added. */
  readonly fixed?: Story["media"] | null;
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
  const { fixed = null, onDone, onEscape, children } = props;
  const t = useText();
  const state = useDraft(draft);
  const { written, phase } = state;
  const { isBlank, left } = measured(written.text, storyBounds);
  const isOver = left !== null && left < 0;
  const attachments = useAttachments(draft);
  const mediaIds = mediaOf(written);
  const hasMedia = [fixed ?? mediaIds, attachments.items].some(({ length }) => length > 0);
  const isGathering = attachments.isBusy && attachments.items.length === 0;
  const isOff = phase !== "writing" || attachments.isWanted;
  const isWhole = (!isBlank || hasMedia) && !isOver && !attachments.isStuck;
  const canSend = isWhole && !isOff && !isUnchanged && !isGathering;
  const isComing = attachments.items.some(({ id }) => id === null) && !attachments.isStuck;
  // Once it may be out, only its text can be changed.
  const canAttach = !isOff && state.isOut === "no" && fixed === null;
  const onSent = useCallback(
    ({ isLast }: Sent<Story>) => {
      if (isLast) {
        onDone?.();
      }
    },
    [onDone],
  );
  useSent(draft, onSent);
  const isKept = mediaIds.length > 0;
  useEffect(() => {
    if (isKept) {
      void gather(draft).catch(() => undefined);
    }
  }, [draft, isKept]);

  function add(files: readonly File[]): void {
    attach(draft, files).catch(() => {
      say(t("settings.failed"), { isProblem: true });
    });
  }

  const given = useGivenFiles(!canAttach, add);

  function send(): void {
    if (canSend && attachments.isBusy) {
      attachmentsOf(draft)?.sendWhenThere();
    } else if (canSend) {
      draft.send();
    }
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>): void {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && onEscape !== undefined) {
      event.preventDefault();
      onEscape();
    }
  }

  return (
    <form
      className={styles["form"]}
      data-over={given.isOver || undefined}
      onKeyDown={onKeyDown}
      onDragOver={given.onDragOver}
      onDragLeave={given.onDragLeave}
      onDrop={given.onDrop}
      onPaste={given.onPaste}
      onSubmit={(event) => {
        event.preventDefault();
        send();
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
      {given.isOver ? <p className={styles["drop"]}>{t("attach.drop")}</p> : null}
      {hasMedia ? (
        <Suspense fallback={null}>
          {fixed === null ? (
            <MediaStrip draft={draft} isFixed={!canAttach} />
          ) : (
            <FixedStrip media={fixed} />
          )}
        </Suspense>
      ) : null}
      {isGathering ? (
        <p className={styles["coming"]} role="status">
          <span className="unseen">{t("app.loading")}</span>
        </p>
      ) : null}
      {isFolded && !hasMedia && !isGathering ? null : (
        <>
          <DraftStatus draft={draft} state={state} />
          <div className={styles["foot"]}>
            <span className={styles["begin"]}>
              {fixed === null ? (
                <AttachButton isOff={!canAttach} onOpen={expectFiles} onChosen={add} />
              ) : null}
              <VisibilityChoice
                value={written.visibility ?? "public"}
                isFixed={isOff}
                onChoose={(visibility) => {
                  draft.write({ visibility });
                }}
              />
            </span>
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
                {isComing ? t("attach.sendThen") : sendLabel}
              </Button>
            </span>
          </div>
        </>
      )}
    </form>
  );
}

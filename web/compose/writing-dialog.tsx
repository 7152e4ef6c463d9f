import { say } from "../app/notices.ts";
import type { Story } from "../data/client.ts";
import type { Draft } from "../data/draft.ts";
import { useDraft } from "../data/use-draft.ts";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { useText } from "../language/language.ts";
import { attach, giveUp } from "./attachments-of.ts";
import { ComposerForm } from "./composer-form.tsx";
import styles from "./writing-dialog.module.css";

interface WritingDialogProps {
  readonly draft: Draft<Story>;
  /** The photos and videos of a story that is changed. */
  readonly fixed?: Story["media"];
  readonly title: string;
  readonly sendLabel: string;
  readonly isUnchanged?: boolean;
  /** There is something to throw away that deleting the text would not. */
  readonly canDiscard: boolean;
  readonly onClose: () => void;
}

/** Closing it keeps what was typed; it closes by itself when that has arrived. */
export function WritingDialog(props: WritingDialogProps) {
  const { draft, fixed = null, title, sendLabel, isUnchanged = false, canDiscard, onClose } = props;
  const t = useText();
  const { written, phase } = useDraft(draft);

  function discard(): void {
    const files = giveUp(draft);
    draft.discard();
    onClose();
    say(t("compose.discarded"), {
      action: {
        label: t("app.undo"),
        run: () => {
          draft.write(written);
          void attach(draft, files).catch(() => undefined);
        },
      },
    });
  }

  return (
    <Dialog title={title} closeLabel={t("app.close")} onClose={onClose} tall>
      <div className={styles["body"]}>
        <ComposerForm
          draft={draft}
          fixed={fixed}
          sendLabel={sendLabel}
          takesFocus
          isUnchanged={isUnchanged}
          onDone={onClose}
        >
          {canDiscard && phase !== "sending" ? (
            <Button look="quiet" onClick={discard}>
              {t("compose.discard")}
            </Button>
          ) : null}
        </ComposerForm>
      </div>
    </Dialog>
  );
}

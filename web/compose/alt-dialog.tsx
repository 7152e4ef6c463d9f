import { useState, type ReactNode } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { TextAreaField } from "../design/field.tsx";
import { useText } from "../language/language.ts";
import styles from "./alt-dialog.module.css";

interface AltDialogProps {
  readonly title: string;
  readonly alt: string;
  readonly picture: ReactNode;
  readonly onSave: (alt: string) => void;
  readonly onClose: () => void;
}

/** In code units, of which a character has one or more: never more than the server takes. */
const altMax = 1_500;
const rows = 4;

/** Where it is said what a photo or video shows. Whatever closes it keeps what was changed. */
export function AltDialog({ title, alt, picture, onSave, onClose }: AltDialogProps) {
  const t = useText();
  // It may change elsewhere meanwhile; what was not touched here is not to undo that.
  const [before] = useState(alt.trim());
  const [text, setText] = useState(alt);

  function close(): void {
    if (text.trim() !== before) {
      onSave(text.trim());
    }
    onClose();
  }

  return (
    // The form around the button that opened this one has nothing to do with its keys.
    <div
      hidden
      onKeyDown={(event) => {
        event.stopPropagation();
      }}
      onSubmit={(event) => {
        event.stopPropagation();
      }}
      onPaste={(event) => {
        event.stopPropagation();
      }}
    >
      <Dialog title={title} closeLabel={t("app.close")} onClose={close}>
        <form
          className={styles["form"]}
          onSubmit={(event) => {
            event.preventDefault();
            close();
          }}
        >
          <div className={styles["picture"]}>{picture}</div>
          <TextAreaField
            label={t("attach.label")}
            hint={t("attach.hint")}
            rows={rows}
            maxLength={altMax}
            value={text}
            ref={takeFocus}
            onChange={({ target }) => {
              setText(target.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                close();
              }
            }}
          />
          <Button type="submit" look="primary">
            {t("compose.save")}
          </Button>
        </form>
      </Dialog>
    </div>
  );
}

/** A dialog gives the focus to what asks for it by this attribute. */
function takeFocus(area: HTMLTextAreaElement | null): void {
  area?.setAttribute("autofocus", "");
}

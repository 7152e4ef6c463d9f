import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { useText } from "../language/language.ts";
import styles from "./confirm-dialog.module.css";

interface ConfirmDialogProps {
  readonly title: string;
  readonly text: string;
  /** The name of the button that does it. */
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks once more before something that weighs much. */
export function ConfirmDialog({ title, text, confirm, onConfirm, onClose }: ConfirmDialogProps) {
  const t = useText();
  return (
    <Dialog title={title} closeLabel={t("app.close")} onClose={onClose}>
      <p>{text}</p>
      <div className={styles["actions"]}>
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button
          look="danger"
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}

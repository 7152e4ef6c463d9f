import { useEffect, useRef, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { Icon } from "./icons.tsx";
import styles from "./dialog.module.css";

interface DialogProps {
  readonly title: string;
  /** The name of the button that closes it. */
  readonly closeLabel: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Fills the screen of a phone, for writing. */
  readonly tall?: boolean;
}

/**
 * The browser's own modal dialog: it holds the focus, and Escape closes it. It stands at the end of
 * the page, where nothing around the button that opened it has a say in how it looks.
 */
export function Dialog({ title, closeLabel, onClose, children, tall = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  return createPortal(
    <dialog
      ref={ref}
      className={styles["dialog"]}
      data-tall={tall || undefined}
      aria-label={title}
      onCancel={(event) => {
        // One that was opened from within tells of its own end.
        if (event.target === ref.current) {
          event.preventDefault();
          onClose();
        }
      }}
      onClick={(event) => {
        // A press on the veil lands on the dialog itself, not on what is in it.
        if (event.target === ref.current) {
          onClose();
        }
      }}
    >
      <div className={styles["frame"]}>
        <header className={styles["head"]}>
          <h2 className={styles["title"]}>{title}</h2>
          <button
            type="button"
            className={styles["close"]}
            aria-label={closeLabel}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </header>
        <div className={styles["body"]}>{children}</div>
      </div>
    </dialog>,
    document.body,
  );
}

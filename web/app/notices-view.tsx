import { useText } from "../language/language.ts";
import { Icon } from "../design/icons.tsx";
import { dismiss, useNotices } from "./notices.ts";
import styles from "./notices-view.module.css";

export function Notices() {
  const t = useText();
  const notices = useNotices();
  return (
    <div className={styles["notices"]} role="status" aria-live="polite">
      {notices.map(({ id, text, isProblem, action }) => (
        <div key={id} className={styles["notice"]} data-problem={isProblem || undefined}>
          <p className={styles["text"]}>{text}</p>
          {action === undefined ? null : (
            <button
              type="button"
              className={styles["action"]}
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            className={styles["close"]}
            aria-label={t("app.dismiss")}
            onClick={() => {
              dismiss(id);
            }}
          >
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

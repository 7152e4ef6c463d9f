import { isProblem } from "../data/client.ts";
import { Button } from "../design/button.tsx";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import styles from "./read-failure.module.css";

/** A page whose content could not be read: it is tried again by itself, or at once when asked to. */
export function ReadFailure(props: { readonly error: unknown; readonly onRetry: () => void }) {
  const { error, onRetry } = props;
  const t = useText();
  return (
    <State icon="offline" title={t("people.failed.title")} text={t("people.failed.text")} urgent>
      <Button onClick={onRetry}>{t("app.retry")}</Button>
      {isProblem(error) ? (
        <details className={styles["details"]}>
          <summary>{t("app.details")}</summary>
          <p>
            <code>{error.code}</code> <code>{error.details.requestId}</code>
          </p>
        </details>
      ) : null}
    </State>
  );
}

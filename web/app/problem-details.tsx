import { isProblem } from "../data/client.ts";
import { useText } from "../language/language.ts";
import styles from "./problem-details.module.css";

/** For whoever is asked for help: what the server called it, and under which number it is in its log. */
export function ProblemDetails({ error }: { readonly error: unknown }) {
  const t = useText();
  if (!isProblem(error)) {
    return null;
  }
  const { code, requestId } = error.details;
  return (
    <details className={styles["details"]}>
      <summary>{t("app.details")}</summary>
      <code>
        {code} {requestId}
      </code>
    </details>
  );
}

import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import { Button } from "../design/button.tsx";
import { useText } from "../language/language.ts";
import { loadPart } from "./lazy-page.ts";
import styles from "./lazy-part.module.css";
import { OutOfDateError } from "./patient-import.ts";
import { reportError } from "./report.ts";

/**
 * A part of a page that comes when there is something for it. When it cannot be had, the page around it
 * stays as it is, and in its place stands what can be done.
 */
export function lazyPart<P>(
  load: () => Promise<ComponentType<P>>,
): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => ({ default: await loadPart(load).catch(standIn) }));
}

function standIn(error: unknown): typeof Away {
  if (!(error instanceof OutOfDateError)) {
    reportError("render", error);
  }
  return Away;
}

function Away() {
  const t = useText();
  return (
    <div className={styles["away"]}>
      <p>{t("pictures.away")}</p>
      <Button
        size="s"
        onClick={() => {
          location.reload();
        }}
      >
        {t("version.reload")}
      </Button>
    </div>
  );
}

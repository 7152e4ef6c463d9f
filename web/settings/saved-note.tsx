import { useState } from "react";
import { ProblemDetails } from "../app/problem-details.tsx";
import type { Part, Progress } from "../data/own-changes.ts";
import { useProgress } from "../data/session.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import styles from "./saved-note.module.css";

/** Whether what was changed here is saved. */
export function SavedNote({ part }: { readonly part: Part }) {
  const progress = useProgress(part);
  const [before] = useState(progress);
  // What was saved on an earlier visit to this page is no news.
  return <ProgressNote progress={progress === before && isOver(progress) ? null : progress} />;
}

export function ProgressNote({ progress }: { readonly progress: Progress | null }) {
  const t = useText();
  return (
    <div role="status" className={styles["place"]}>
      {progress === null ? null : (
        <p className={styles["note"]} data-phase={progress.phase}>
          {progress.phase === "saved" ? <Icon name="check" size={20} /> : null}
          <span>{t(`settings.progress.${progress.phase}`)}</span>
        </p>
      )}
      {progress?.phase === "refused" ? <ProblemDetails error={progress.error} /> : null}
    </div>
  );
}

export function isOver(progress: Progress | null): boolean {
  return progress?.phase === "saved";
}

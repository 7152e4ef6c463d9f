import { useSyncExternalStore, type ReactNode } from "react";
import { ProblemDetails } from "../app/problem-details.tsx";
import { useSignedIn, type Me } from "../data/session.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icons.tsx";
import { wholeCount } from "../language/format.ts";
import { useLocale, useText } from "../language/language.ts";
import { exportOf } from "./own-export.ts";
import type { ExportState } from "./export-run.ts";
import styles from "./settings.module.css";

/** Everything that the reader wrote, as a file. The reading goes on while they look elsewhere. */
export function ExportSection() {
  const t = useText();
  const me = useSignedIn();
  const run = exportOf(me);
  const state = useSyncExternalStore(run.listen, run.state);
  const isRunning = state.phase === "running";
  return (
    <>
      <p className={styles["text"]}>{t("settings.export.text")}</p>
      <ul className={styles["points"]}>
        <li>{t("settings.export.profile")}</li>
        <li>{t("settings.export.stories")}</li>
        <li>{t("settings.export.comments")}</li>
      </ul>
      <div className={styles["actions"]}>
        {isRunning ? (
          <Button onClick={run.stop}>{t("app.cancel")}</Button>
        ) : (
          <Button look="primary" onClick={run.start}>
            <Icon name="download" size={20} />
            {t(isBegun(state) ? "settings.export.resume" : "settings.export.start")}
          </Button>
        )}
      </div>
      <ExportProgress state={state} me={me} />
    </>
  );
}

function isBegun({ phase }: ExportState): boolean {
  return phase === "stopped" || phase === "refused";
}

function ExportProgress({ state, me }: { readonly state: ExportState; readonly me: Me }) {
  const t = useText();
  const locale = useLocale();
  const { phase, counts, waiting, error } = state;
  const [stories = 0, comments = 0] = counts;
  if (phase === "rest") {
    return <div role="status" />;
  }
  return (
    <div className={styles["form"]}>
      {phase === "running" ? (
        <progress
          className={styles["progress"]}
          aria-label={t("settings.export.title")}
          max={Math.max(me.counts.stories, stories) + 1}
          value={stories}
        />
      ) : null}
      <p>
        {t("settings.export.read", {
          stories: wholeCount(stories, locale),
          comments: wholeCount(comments, locale),
        })}
      </p>
      <div role="status">{statusOf(phase, waiting, t)}</div>
      {phase === "refused" ? <ProblemDetails error={error} /> : null}
    </div>
  );
}

function statusOf(
  phase: ExportState["phase"],
  waiting: ExportState["waiting"],
  t: ReturnType<typeof useText>,
): ReactNode {
  if (waiting !== null) {
    return <p className={styles["waiting"]}>{t(`app.waiting.${waiting}`)}</p>;
  }
  switch (phase) {
    case "done":
      return (
        <p className={styles["done"]}>
          <Icon name="check" size={20} />
          <span>{t("settings.export.done")}</span>
        </p>
      );
    case "stopped":
      return <p>{t("settings.export.stopped")}</p>;
    case "refused":
      return <p className={styles["refused"]}>{t("settings.export.refused")}</p>;
    default:
      return null;
  }
}

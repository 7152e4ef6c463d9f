import { ProblemDetails } from "../app/problem-details.tsx";
import type { Draft, DraftState } from "../data/draft.ts";
import { Button } from "../design/button.tsx";
import { useText } from "../language/language.ts";
import { stateWords } from "./draft-words.ts";
import styles from "./draft-status.module.css";

interface DraftStatusProps {
  readonly draft: Pick<Draft<unknown>, "send" | "takeBack">;
  readonly state: DraftState;
}

/** How it stands with what was sent off, and what can be done about it. */
export function DraftStatus({ draft, state }: DraftStatusProps) {
  const t = useText();
  const words = stateWords(state);
  const { phase, trouble } = state;
  return (
    <div role="status" className={styles["status"]} data-trouble={trouble !== null || undefined}>
      {words === null ? null : <p>{t(words)}</p>}
      {trouble?.kind === "refused" ? <ProblemDetails error={trouble.error} /> : null}
      {phase === "waiting" ? (
        <div className={styles["actions"]}>
          <Button size="s" onClick={draft.send}>
            {t("compose.tryNow")}
          </Button>
          <Button size="s" look="quiet" onClick={draft.takeBack}>
            {t("compose.takeBack")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

import type { ReactNode } from "react";
import type { AttemptState } from "../data/use-attempt.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { ProblemDetails } from "./problem-details.tsx";
import styles from "./attempt-note.module.css";

/**
 * Why a form is not done yet, or that it was refused. `refusal`: what is said of a refusal; null where
 * it is said at a field.
 */
export function AttemptNote(props: {
  readonly state: AttemptState;
  readonly refusal: (error: unknown) => ReactNode;
}) {
  const { state, refusal } = props;
  const t = useText();
  const refused = state.phase === "refused" ? refusal(state.error) : null;
  return (
    <>
      <div role="status">
        {state.phase === "waiting" ? (
          <p className={styles["waiting"]}>
            <Icon name="clock" size={20} />
            <span>{t(`app.waiting.${state.why}`)}</span>
          </p>
        ) : null}
      </div>
      {state.phase !== "refused" || refused === null ? null : (
        <div role="alert" className={styles["refused"]}>
          <p>{refused}</p>
          <ProblemDetails error={state.error} />
        </div>
      )}
    </>
  );
}

import { useState, type SyntheticEvent } from "react";
import { AttemptNote } from "../app/attempt-note.tsx";
import { passwordFault } from "../data/account-rules.ts";
import { isProblem, isTooManyAttempts } from "../data/client.ts";
import { useSignedIn } from "../data/session.ts";
import { useAttempt } from "../data/use-attempt.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icons.tsx";
import { PasswordField } from "../design/password-field.tsx";
import { useText } from "../language/language.ts";
import type { MessageKey } from "../language/messages.ts";
import { changePassword, isBadPassword } from "./change-password.ts";
import styles from "./settings.module.css";

export function PasswordSection() {
  const t = useText();
  const me = useSignedIn();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [isAsked, setIsAsked] = useState(false);
  const [wasLeft, setWasLeft] = useState(false);
  const attempt = useAttempt<true>();
  const { state } = attempt;
  const isBusy = state.phase === "sending" || state.phase === "waiting";
  const nextFault = passwordFault(next);
  const isWrong = state.phase === "refused" && isBadPassword(state.error);

  async function submit(event: SyntheticEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    setIsAsked(true);
    if (current !== "" && nextFault === null && !isBusy) {
      if ((await attempt.run(changePassword({ current, next }))) === true) {
        setCurrent("");
        setNext("");
        setIsAsked(false);
        setWasLeft(false);
        return;
      }
    }
    requestAnimationFrame(() => {
      form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    });
  }

  return (
    <form className={styles["form"]} noValidate onSubmit={(event) => void submit(event)}>
      <p className={styles["text"]}>{t("settings.password.text")}</p>
      {/* Whose password it is, for the keeper of passwords in the browser. */}
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={me.handle}
        readOnly
        hidden
      />
      <PasswordField
        label={t("settings.password.current")}
        showLabel={t("entrance.password.show")}
        autoComplete="current-password"
        value={current}
        error={
          isAsked && current === ""
            ? t("entrance.password.empty")
            : isWrong
              ? t("settings.password.wrong")
              : null
        }
        onChange={({ target }) => {
          setCurrent(target.value);
          attempt.stop();
        }}
      />
      <PasswordField
        label={t("settings.password.next")}
        hint={t("entrance.password.hint")}
        showLabel={t("entrance.password.show")}
        autoComplete="new-password"
        value={next}
        error={
          nextFault !== null && (isAsked || (wasLeft && next !== ""))
            ? t(`entrance.password.${nextFault}`)
            : null
        }
        onBlur={() => {
          setWasLeft(true);
        }}
        onChange={({ target }) => {
          setNext(target.value);
          attempt.stop();
        }}
      />
      <div className={styles["actions"]}>
        <Button type="submit" look="primary" busy={isBusy}>
          {t("settings.password.save")}
        </Button>
        {state.phase === "waiting" ? (
          <Button look="quiet" onClick={attempt.stop}>
            {t("app.cancel")}
          </Button>
        ) : null}
      </div>
      <AttemptNote state={state} refusal={(error) => (isWrong ? null : t(refusalOf(error)))} />
      <div role="status">
        {state.phase === "done" ? (
          <p className={styles["done"]}>
            <Icon name="check" size={20} />
            <span>{t("settings.password.saved")}</span>
          </p>
        ) : null}
      </div>
    </form>
  );
}

function refusalOf(error: unknown): MessageKey {
  if (isTooManyAttempts(error)) return "entrance.tooMany";
  return isProblem(error) ? "entrance.refused" : "settings.failed";
}

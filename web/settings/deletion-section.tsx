import { useState, type SyntheticEvent } from "react";
import { Link } from "wouter";
import { AttemptNote } from "../app/attempt-note.tsx";
import { handleOf } from "../data/account-rules.ts";
import { isTooManyAttempts } from "../data/client.ts";
import { leaveBy, useSignedIn } from "../data/session.ts";
import { useAttempt } from "../data/use-attempt.ts";
import { Button } from "../design/button.tsx";
import { TextField } from "../design/field.tsx";
import { PasswordField } from "../design/password-field.tsx";
import { useText } from "../language/language.ts";
import { paths } from "../app/paths.ts";
import { isBadPassword } from "./change-password.ts";
import { deleteAccount, forgetOnThisDevice } from "./delete-account.ts";
import { pathOf } from "./sections.ts";
import styles from "./settings.module.css";

export function DeletionSection() {
  const t = useText();
  return (
    <>
      <p>{t("settings.deletion.text")}</p>
      <ul className={styles["points"]}>
        <li>{t("settings.deletion.stories")}</li>
        <li>{t("settings.deletion.people")}</li>
        <li>{t("settings.deletion.handle")}</li>
      </ul>
      <p>{t("settings.deletion.never")}</p>
      <p>
        <Link href={pathOf("export")} className={styles["link"]}>
          {t("settings.deletion.exportFirst")}
        </Link>
      </p>
      <DeletionForm />
    </>
  );
}

function DeletionForm() {
  const t = useText();
  const me = useSignedIn();
  const [password, setPassword] = useState("");
  const [typed, setTyped] = useState("");
  const [isAsked, setIsAsked] = useState(false);
  const attempt = useAttempt<true>();
  const { state } = attempt;
  const isBusy = state.phase !== "rest" && state.phase !== "refused";
  const isConfirmed = handleOf(typed) === me.handle;
  const isWrong = state.phase === "refused" && isBadPassword(state.error);

  async function submit(event: SyntheticEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    setIsAsked(true);
    if (password !== "" && isConfirmed && !isBusy) {
      await leaveBy(
        async () => {
          if ((await attempt.run(deleteAccount(me.id, password))) !== true) {
            throw new Error("the account is not deleted");
          }
          forgetOnThisDevice(me.id);
        },
        paths.signIn,
        "deleted",
      ).catch(() => undefined);
    }
    requestAnimationFrame(() => {
      form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    });
  }

  return (
    <form className={styles["form"]} noValidate onSubmit={(event) => void submit(event)}>
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={me.handle}
        readOnly
        hidden
      />
      <PasswordField
        label={t("entrance.password.label")}
        showLabel={t("entrance.password.show")}
        autoComplete="current-password"
        value={password}
        error={
          isAsked && password === ""
            ? t("entrance.password.empty")
            : isWrong
              ? t("settings.password.wrong")
              : null
        }
        onChange={({ target }) => {
          setPassword(target.value);
          attempt.stop();
        }}
      />
      <TextField
        label={t("settings.deletion.confirm")}
        hint={t("settings.deletion.confirmHint", { handle: me.handle })}
        error={
          isAsked && !isConfirmed ? t("settings.deletion.confirmHint", { handle: me.handle }) : null
        }
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          attempt.stop();
        }}
      />
      <div className={styles["actions"]}>
        <Button type="submit" look="danger" busy={isBusy}>
          {t("settings.deletion.delete")}
        </Button>
        {state.phase === "waiting" ? (
          <Button look="quiet" onClick={attempt.stop}>
            {t("app.cancel")}
          </Button>
        ) : null}
      </div>
      <AttemptNote
        state={state}
        refusal={(error) =>
          isWrong ? null : t(isTooManyAttempts(error) ? "entrance.tooMany" : "settings.failed")
        }
      />
    </form>
  );
}

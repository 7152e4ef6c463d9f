import { useRef, useState, type SyntheticEvent } from "react";
import { Link } from "wouter";
import { useSearch } from "wouter/use-browser-location";
import { idempotencyKey } from "../../sdk/key.ts";
import { AttemptNote } from "../app/attempt-note.tsx";
import { paths } from "../app/paths.ts";
import { handleOf } from "../data/account-rules.ts";
import { isProblem, isTooManyAttempts } from "../data/client.ts";
import { useTyped } from "../data/typed.ts";
import { plain } from "../data/use-attempt.ts";
import { Button } from "../design/button.tsx";
import { TextField } from "../design/field.tsx";
import { PasswordField } from "../design/password-field.tsx";
import { useText } from "../language/language.ts";
import { DemoBox } from "./demo-box.tsx";
import { EntranceFrame } from "./entrance-frame.tsx";
import { isEntering, useEntering } from "./use-entering.ts";
import { focusFirstFault } from "./use-field.ts";
import { withWish } from "./way-on.ts";
import styles from "./entrance.module.css";

export function SignInPage() {
  const t = useText();
  const search = useSearch();
  return (
    <EntranceFrame title={t("entrance.signIn")}>
      <DemoBox />
      <SignInForm />
      <p className={styles["other"]}>
        {t("entrance.isNew")}{" "}
        <Link href={withWish(paths.signUp, search)}>{t("entrance.signUp")}</Link>
      </p>
    </EntranceFrame>
  );
}

function SignInForm() {
  const t = useText();
  const handle = useTyped("entrance.handle", "");
  const [password, setPassword] = useState("");
  const [isAsked, setIsAsked] = useState(false);
  const entering = useEntering();
  const key = useRef<string | null>(null);
  const { state } = entering;

  /** What is sent is no longer what is typed. */
  const changed = (): void => {
    key.current = null;
    entering.stop();
  };

  async function submit(event: SyntheticEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    setIsAsked(true);
    const body = { handle: handleOf(handle.text), password, cookie: true };
    if (body.handle === "" || password === "") {
      focusFirstFault(form);
      return;
    }
    key.current ??= idempotencyKey();
    const headers = { "idempotency-key": key.current };
    await entering.enter(
      ({ signal }) => plain.api.POST("/v1/sessions", { body, headers, signal }),
      handle.forget,
    );
    // Answered: what is sent next is a new attempt.
    key.current = null;
  }

  const isWrong = state.phase === "refused" && isWrongPassword(state.error);
  return (
    <form
      className={styles["form"]}
      noValidate
      onSubmit={(event) => {
        if (isEntering(entering)) {
          event.preventDefault();
        } else {
          void submit(event);
        }
      }}
    >
      <TextField
        label={t("entrance.handle.label")}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        value={handle.text}
        error={isAsked && handleOf(handle.text) === "" ? t("entrance.handle.empty") : null}
        onChange={({ target }) => {
          handle.change(target.value);
          changed();
        }}
      />
      <PasswordField
        label={t("entrance.password.label")}
        showLabel={t("entrance.password.show")}
        name="password"
        autoComplete="current-password"
        value={password}
        error={
          isAsked && password === ""
            ? t("entrance.password.empty")
            : isWrong
              ? t("entrance.wrong")
              : null
        }
        onChange={({ target }) => {
          setPassword(target.value);
          changed();
        }}
      />
      <div className={styles["actions"]}>
        <Button type="submit" look="primary" busy={isEntering(entering)}>
          {t("entrance.signIn")}
        </Button>
        {state.phase === "waiting" ? (
          <Button look="quiet" onClick={changed}>
            {t("app.cancel")}
          </Button>
        ) : null}
      </div>
      <AttemptNote
        state={state}
        refusal={(error) =>
          isWrong ? null : t(isTooManyAttempts(error) ? "entrance.tooMany" : "entrance.refused")
        }
      />
    </form>
  );
}

/** What is longer than any handle or password is refused by its form, and is as wrong. */
function isWrongPassword(error: unknown): boolean {
  const codes = ["accounts.bad_credentials", "request.invalid", "idempotency.mismatch"];
  return isProblem(error) && codes.includes(error.code);
}

import { useState, type SyntheticEvent } from "react";
import { AttemptNote } from "../app/attempt-note.tsx";
import {
  handleFault,
  handleOf,
  nameFault,
  passwordFault,
  type Fault,
} from "../data/account-rules.ts";
import { isProblem } from "../data/client.ts";
import { ofThisTab } from "../data/memory.ts";
import { useTyped } from "../data/typed.ts";
import { plain } from "../data/use-attempt.ts";
import { Button } from "../design/button.tsx";
import { TextField } from "../design/field.tsx";
import { PasswordField } from "../design/password-field.tsx";
import { currentLocale, useText } from "../language/language.ts";
import { createFormKey } from "./form-key.ts";
import { isEntering, useEntering } from "./use-entering.ts";
import { focusFirstFault, useField } from "./use-field.ts";
import styles from "./entrance.module.css";

const formKey = createFormKey(ofThisTab, "sign-up");

/** A wish for a handle that was refused: it belongs to someone, perhaps to whoever asks. */
const takenCodes = ["accounts.handle_taken", "idempotency.mismatch"];

export function SignUpForm() {
  const t = useText();
  const name = useTyped("entrance.name", "");
  const handle = useTyped("entrance.handle", "");
  const [password, setPassword] = useState("");
  const [isAsked, setIsAsked] = useState(false);
  const [taken, setTaken] = useState<string | null>(null);
  const entering = useEntering();
  const { state } = entering;

  const isTaken = handleOf(handle.text) === taken;
  const handleNow: Fault | "taken" | null = isTaken ? "taken" : handleFault(handle.text);
  const nameField = useField(name.text, nameFault(name.text), isAsked);
  const handleField = useField(handle.text, handleNow, isAsked);
  const passwordField = useField(password, passwordFault(password), isAsked);
  const isRight =
    nameFault(name.text) === null && handleNow === null && passwordFault(password) === null;

  async function submit(event: SyntheticEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    setIsAsked(true);
    if (!isRight) {
      focusFirstFault(form);
      return;
    }
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const own = {
      handle: handleOf(handle.text),
      name: name.text.trim(),
      locale: currentLocale(),
      timeZone,
      cookie: true,
    };
    const headers = { "idempotency-key": formKey.keyOf(own) };
    const body = { ...own, password };
    await entering.enter(
      async ({ signal }) => {
        try {
          return await plain.api.POST("/v1/accounts", { body, headers, signal });
        } catch (error) {
          if (isProblem(error) && takenCodes.includes(error.code)) {
            setTaken(own.handle);
            formKey.forget();
            focusFirstFault(form);
          }
          throw error;
        }
      },
      () => {
        formKey.forget();
        name.forget();
        handle.forget();
      },
    );
  }

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
        label={t("entrance.name.label")}
        hint={t("entrance.name.hint")}
        name="name"
        autoComplete="name"
        value={name.text}
        error={nameField.fault && t(`entrance.name.${nameField.fault}`)}
        onBlur={nameField.onBlur}
        onChange={({ target }) => {
          name.change(target.value);
          entering.stop();
        }}
      />
      <TextField
        label={t("entrance.handle.label")}
        hint={t("entrance.handle.hint")}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        value={handle.text}
        error={handleField.fault && t(`entrance.handle.${handleField.fault}`)}
        onBlur={handleField.onBlur}
        onChange={({ target }) => {
          handle.change(target.value);
          entering.stop();
        }}
      />
      <PasswordField
        label={t("entrance.password.label")}
        hint={t("entrance.password.hint")}
        showLabel={t("entrance.password.show")}
        name="password"
        autoComplete="new-password"
        value={password}
        error={passwordField.fault && t(`entrance.password.${passwordField.fault}`)}
        onBlur={passwordField.onBlur}
        onChange={({ target }) => {
          setPassword(target.value);
          entering.stop();
        }}
      />
      <div className={styles["actions"]}>
        <Button type="submit" look="primary" busy={isEntering(entering)}>
          {t("entrance.signUp")}
        </Button>
        {state.phase === "waiting" ? (
          <Button look="quiet" onClick={entering.stop}>
            {t("app.cancel")}
          </Button>
        ) : null}
      </div>
      <AttemptNote state={state} refusal={() => (isTaken ? null : t("entrance.refused"))} />
    </form>
  );
}

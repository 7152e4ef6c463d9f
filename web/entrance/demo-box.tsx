import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { AttemptNote } from "../app/attempt-note.tsx";
import { idempotencyKey } from "../../sdk/key.ts";
import { api, maru } from "../data/client.ts";
import { keys } from "../data/queries.ts";
import { plain } from "../data/use-attempt.ts";
import { Button } from "../design/button.tsx";
import { useLocale, useText } from "../language/language.ts";
import { isEntering, useEntering } from "./use-entering.ts";
import styles from "./entrance.module.css";

interface DemoAccount {
  readonly handle: string;
  readonly name: string;
  readonly locale: string;
  readonly password: string;
}

/** On a server with a sample community: one press, and one looks around as somebody of it. */
export function DemoBox() {
  const t = useText();
  const instance = useQuery({
    queryKey: keys.instance,
    queryFn: () => maru.data(api.GET("/client.json")),
    staleTime: Infinity,
  });
  const entering = useEntering();
  const [chosen, setChosen] = useState<string | null>(null);
  const locale = useLocale();
  // Whoever speaks the reader's language comes first.
  const accounts = (instance.data?.demo?.accounts ?? []).toSorted(
    (a, b) => Number(b.locale === locale) - Number(a.locale === locale),
  );
  if (accounts.length === 0) {
    return null;
  }
  const enterAs = ({ handle, password }: DemoAccount): void => {
    const key = idempotencyKey();
    setChosen(handle);
    void entering.enter(({ signal }) =>
      plain.api.POST("/v1/sessions", {
        body: { handle, password, cookie: true },
        headers: { "idempotency-key": key },
        signal,
      }),
    );
  };
  return (
    <section className={styles["demo"]} aria-labelledby="demo-title">
      <h2 id="demo-title" className={styles["demoTitle"]}>
        {t("entrance.demo.title")}
      </h2>
      <p className={styles["demoText"]}>{t("entrance.demo.text")}</p>
      <ul className={styles["accounts"]}>
        {accounts.map((account) => (
          <li key={account.handle} className={styles["account"]}>
            <Button
              busy={chosen === account.handle && isEntering(entering)}
              onClick={() => {
                enterAs(account);
              }}
            >
              <span>{t("entrance.demo.as", { name: account.name })}</span>
            </Button>
            <p className={styles["credentials"]}>
              <code>@{account.handle}</code> · <code>{account.password}</code>
            </p>
          </li>
        ))}
      </ul>
      <AttemptNote state={entering.state} refusal={() => t("entrance.refused")} />
    </section>
  );
}

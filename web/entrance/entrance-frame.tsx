import { useEffect, type ReactNode } from "react";
import { farewellSaid } from "../data/session.ts";
import type { Farewell } from "../data/session-state.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import styles from "./entrance.module.css";

/** What someone sees who is not signed in: what Maru is, and the way in. */
export function EntranceFrame(props: { readonly title: string; readonly children: ReactNode }) {
  const { title, children } = props;
  const t = useText();
  const farewell = farewellSaid();
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <div className={styles["entrance"]}>
      {farewell === null ? null : <FarewellNote farewell={farewell} />}
      <header className={styles["head"]}>
        <h1 className={styles["title"]}>{title}</h1>
        <p className={styles["lede"]}>{t("entrance.lede")}</p>
      </header>
      {children}
    </div>
  );
}

function FarewellNote({ farewell }: { readonly farewell: Farewell }) {
  const t = useText();
  return (
    <p role="status" className={styles["farewell"]}>
      <Icon name={farewell === "ended" ? "lock" : "check"} size={20} />
      <span>{t(`entrance.farewell.${farewell}`)}</span>
    </p>
  );
}

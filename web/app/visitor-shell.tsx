import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { LanguageChoice } from "../language/language-choice.tsx";
import { useText } from "../language/language.ts";
import { paths } from "./paths.ts";
import buttons from "./link-button.module.css";
import styles from "./visitor-shell.module.css";

/** The frame for those who are not signed in. */
export function VisitorShell({ children }: { readonly children: ReactNode }) {
  const t = useText();
  const [path] = useLocation();
  const isEntrance = !path.startsWith("/stories/") && !path.startsWith("/@");
  return (
    <div className={styles["shell"]}>
      <header className={styles["head"]}>
        <Link href={paths.feed} className={styles["logo"]} aria-label={t("app.home")}>
          <img src="/icons/maru.svg" alt="" width={32} height={32} />
          <span className={styles["word"]}>{t("app.name")}</span>
        </Link>
        <LanguageChoice />
        {isEntrance ? null : (
          <Link href={paths.signIn} className={buttons["primary"]}>
            {t("entrance.signIn")}
          </Link>
        )}
      </header>
      <main id="content" className={styles["main"]} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

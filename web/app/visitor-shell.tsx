import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { LanguageChoice } from "../language/language-choice.tsx";
import { useText } from "../language/language.ts";
import { Bars } from "./bars.tsx";
import { paths } from "./paths.ts";
import buttons from "./link-button.module.css";
import styles from "./visitor-shell.module.css";

/** Where a visitor has a form to sign in or up before them. */
function isEntrance(path: string): boolean {
  const { feed, search, friends, settings, signIn, signUp } = paths;
  const first = `/${path.split("/")[1] ?? ""}`;
  return path === feed || [search, friends, settings, signIn, signUp].some((own) => own === first);
}

/** The frame for those who are not signed in. */
export function VisitorShell({ children }: { readonly children: ReactNode }) {
  const t = useText();
  const [path] = useLocation();
  return (
    <div className={styles["shell"]}>
      <a className={styles["skip"]} href="#content">
        {t("app.skip")}
      </a>
      <header className={styles["head"]}>
        <Link href={paths.feed} className={styles["logo"]} aria-label={t("app.home")}>
          <img src="/icons/maru.svg" alt="" width={32} height={32} />
          <span className={styles["word"]}>{t("app.name")}</span>
        </Link>
        <LanguageChoice />
        {isEntrance(path) ? null : (
          <Link
            href={`${paths.signIn}?to=${encodeURIComponent(path)}`}
            className={buttons["primary"]}
          >
            {t("entrance.signIn")}
          </Link>
        )}
      </header>
      <main id="content" className={styles["main"]} tabIndex={-1}>
        {children}
      </main>
      <Bars isAtEdge />
    </div>
  );
}

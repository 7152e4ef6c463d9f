import { useEffect, type ReactNode } from "react";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { goBack } from "./go-back.ts";
import styles from "./page-head.module.css";

interface PageHeadProps {
  readonly title: string;
  /** The way back to where the reader came from. */
  readonly hasBack?: boolean;
  /** Where the way back leads when this page was the first; the feed where it is not given. */
  readonly backTo?: string;
  readonly children?: ReactNode;
}

/** The head of a page, which is also the title of the window. */
export function PageHead({ title, hasBack = false, backTo, children }: PageHeadProps) {
  const t = useText();
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <header className={styles["head"]} data-sticky>
      {hasBack ? (
        <button
          type="button"
          className={styles["back"]}
          aria-label={t("app.back")}
          onClick={() => {
            goBack(backTo);
          }}
        >
          <Icon name="back" />
        </button>
      ) : null}
      <h1 className={styles["title"]}>{title}</h1>
      {children}
    </header>
  );
}

import { Link } from "wouter";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import { PageHead } from "./page-head.tsx";
import { paths } from "./paths.ts";
import styles from "./link-button.module.css";

export function NotFoundPage() {
  const t = useText();
  return (
    <>
      <PageHead title={t("app.notFound.title")} />
      <State icon="search" title={t("app.notFound.title")} text={t("app.notFound.text")}>
        <Link href={paths.feed} className={styles["link"]}>
          {t("app.notFound.home")}
        </Link>
      </State>
    </>
  );
}
